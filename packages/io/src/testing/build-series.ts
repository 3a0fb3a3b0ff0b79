import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ijkToLps, scale, spacingMm, stepLps, type Volume } from '@efface/volume';
import { voxelBytes } from '../alter.ts';
import { buildDicom } from './build-dicom.ts';

const SOP_CLASS = {
  CT: '1.2.840.10008.5.1.4.1.1.2',
  MR: '1.2.840.10008.5.1.4.1.1.4',
  PT: '1.2.840.10008.5.1.4.1.1.128',
} as const;

/** How a volume becomes a series. */
export interface BuiltSeries {
  readonly seriesInstanceUid: string;
  readonly description: string;
  /** Default '1.2.3.4.9', that of the built radiotherapy objects. */
  readonly frameOfReferenceUid?: string;
}

/**
 * Writes a volume of 16-bit voxels (CT, MR or PET, one rescale for all slices) as a series, a file a slice, in `folder`,
 * which is made.
 */
export function writeVolumeAsSeries(folder: string, volume: Volume, series: BuiltSeries): void {
  const { grid, type, modality, unit, rescale } = volume;
  if (modality === 'OT' || (type !== 'i16' && type !== 'u16')) throw new RangeError('only CT, MR and PET of 16 bits');
  const [columns, rows, nk] = grid.sizeIjk;
  const [columnMm, rowMm] = spacingMm(grid);
  const cosines = [...scale(stepLps(grid, 0), 1 / columnMm), ...scale(stepLps(grid, 1), 1 / rowMm)];
  const bytes = voxelBytes(volume.voxels);
  const sliceBytes = 2 * columns * rows;
  mkdirSync(folder, { recursive: true });
  for (let k = 0; k < nk; k++) {
    const slice = buildDicom({
      elements: [
        ['00080008', 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'],
        ['00080016', 'UI', SOP_CLASS[modality]],
        ['00080018', 'UI', `${series.seriesInstanceUid}.${k + 1}`],
        ['00080060', 'CS', modality],
        ['0008103E', 'LO', series.description],
        ['0020000D', 'UI', '1.2.3.4.5'],
        ['0020000E', 'UI', series.seriesInstanceUid],
        ['00200032', 'DS', ijkToLps(grid, [0, 0, k]).join('\\')],
        ['00200037', 'DS', cosines.join('\\')],
        ['00200052', 'UI', series.frameOfReferenceUid ?? '1.2.3.4.9'],
        ['00280002', 'US', [1]],
        ['00280004', 'CS', 'MONOCHROME2'],
        ['00280010', 'US', [rows]],
        ['00280011', 'US', [columns]],
        ['00280030', 'DS', `${rowMm}\\${columnMm}`],
        ['00280100', 'US', [16]],
        ['00280101', 'US', [16]],
        ['00280102', 'US', [15]],
        ['00280103', 'US', [type === 'i16' ? 1 : 0]],
        ['00281052', 'DS', String(rescale.interceptPerK[0])],
        ['00281053', 'DS', String(rescale.slopePerK[0])],
        ...(unit === 'Bq/ml' ? ([['00541001', 'CS', 'BQML']] as const) : []),
        ['7FE00010', 'OW', bytes.subarray(k * sliceBytes, (k + 1) * sliceBytes)],
      ],
    });
    writeFileSync(join(folder, `${k}.dcm`), slice);
  }
}
