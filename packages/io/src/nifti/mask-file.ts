import { createMask, type Grid, type Mask, maskToBytes, sameGrid, spacingMm } from '@efface/volume';
import { uniformRescale, type VoxelArray } from '@efface/volume';
import type { OpenOptions, Scan } from '../scan.ts';
import { createHeader } from './create.ts';
import { codeFromVoxelType } from './datatype.ts';
import { NiftiError } from './errors.ts';
import { HEADER_BYTES, HeaderBytes } from './layout.ts';
import { NiftiScan, openNifti } from './nifti-scan.ts';
import { writeContent } from './write.ts';

/** Grids agree when no corner is further off than this share of the smallest voxel edge (other tools round affines). */
const GRID_TOLERANCE_VOXELS = 0.01;

/**
 * Writes a mask as unsigned bytes, 1 = set (what a method removes), on the grid and in the voxel order of `on`. For an
 * opened NIfTI image the geometry of its header (version, byte order, sform, qform, pixdim, units) is kept verbatim;
 * its texts, scaling, time axis and extensions are not, because they describe the image.
 * @param path does not exist yet; gzip when it ends with '.gz'
 */
export async function writeMaskNifti(path: string, on: Scan | Grid, mask: Mask): Promise<void> {
  const grid = 'volume' in on ? on.volume.grid : on;
  if (mask.sizeIjk.some((n, d) => n !== grid.sizeIjk[d]))
    throw new RangeError(`the mask is ${mask.sizeIjk.join('×')}, the grid ${grid.sizeIjk.join('×')}`);
  const header = on instanceof NiftiScan ? geometryOf(on) : createHeader(grid, 1);
  header.set('datatype', codeFromVoxelType('u8'));
  header.set('bitpix', 8);
  header.set('sclSlope', 1);
  header.set('sclInter', 0);
  header.set('calMax', 1);
  header.setText('descrip', 'efface: 1 = removed');
  await writeContent(path, {
    prefix: header.bytes,
    frames: [
      {
        grid,
        type: 'u8',
        voxels: maskToBytes(mask),
        rescale: uniformRescale(grid.sizeIjk[2], 1, 0),
        modality: 'OT',
        unit: 'arbitrary',
      },
    ],
    littleEndian: header.littleEndian,
    suffix: new Uint8Array(0),
  });
}

/** The image's header with everything but the geometry cleared, no extensions, one frame. */
function geometryOf(scan: NiftiScan): HeaderBytes {
  const { fields, version, littleEndian, sizeIjk } = scan.header;
  const bytes = new Uint8Array(HEADER_BYTES[version] + 4);
  bytes.set(fields.bytes);
  const header = new HeaderBytes(version, littleEndian, bytes);
  header.set('dim', 3, ...sizeIjk, 1, 1, 1, 1);
  header.set('voxOffset', bytes.length);
  header.set('intentP', 0, 0, 0);
  for (const field of [
    'intentCode',
    'sliceStart',
    'sliceEnd',
    'sliceCode',
    'sliceDuration',
    'toffset',
    'calMin',
    'dimInfo',
  ] as const)
    // prettier-ignore
    header.set(field, 0);
  for (const field of ['dataTypeText', 'dbName', 'descrip', 'auxFile', 'intentName'] as const)
    header.setText(field, '');
  return header;
}

/**
 * Reads a mask: every voxel whose value is neither 0 nor NaN is set, whatever its type and scaling.
 * @param expected the image's grid; a mask on another one is refused
 * @throws NiftiError NIFTI_MASK_GRID, and everything `openNifti` throws
 */
export async function readMaskNifti(path: string, expected: Grid, options: OpenOptions = {}): Promise<Mask> {
  const scan = await openNifti(path, { ...options, modality: 'OT' });
  const { grid, voxels } = scan.volume;
  if (scan.frames.length !== 1)
    throw new NiftiError('NIFTI_MASK_GRID', path, `has ${scan.frames.length} frames; a mask is a single volume`);
  const toleranceMm = Math.max(1e-3, GRID_TOLERANCE_VOXELS * Math.min(...spacingMm(expected)));
  if (!sameGrid(grid, expected, toleranceMm))
    throw new NiftiError(
      'NIFTI_MASK_GRID',
      path,
      `lies on another grid than the image: ${describeGrid(grid)} here, ${describeGrid(expected)} there; ` +
        'resample it to the image with nearest neighbour first',
    );
  return maskFromReal(grid, voxels, scan.header.slope, scan.header.intercept);
}

function maskFromReal(grid: Grid, voxels: VoxelArray, slope: number, intercept: number): Mask {
  const mask = createMask(grid.sizeIjk);
  const [ni, nj, nk] = grid.sizeIjk;
  let index = 0;
  for (let row = 0; row < nj * nk; row++) {
    const base = row * mask.wordsPerRow;
    for (let i = 0; i < ni; i++, index++) {
      const real = Number(voxels[index]) * slope + intercept;
      // NaN, the only value that differs from itself, is not a voxel anybody marked.
      if (real !== 0 && real === real) mask.words[base + (i >>> 5)] |= 1 << (i & 31);
    }
  }
  return mask;
}

function describeGrid(grid: Grid): string {
  const m = grid.affineIjkToLps;
  const mm = (values: readonly number[]): string => values.map((v) => v.toFixed(3)).join(', ');
  return `${grid.sizeIjk.join('×')} voxels of ${mm(spacingMm(grid))} mm from LPS (${mm([m[3], m[7], m[11]])})`;
}
