import type { Grid, Modality, Volume } from '@efface/volume';
import { scanFacts } from '../facts.ts';
import type { Alteration, Scan, ScanFacts, WriteOptions, WrittenImage } from '../scan.ts';
import type { ScanWarning } from '../scan-warning.ts';
import type { SeriesContent } from './altered-frames.ts';
import type { DataSet } from './data-set.ts';
import type { DicomFile } from './file.ts';
import type { Slice } from './instance.ts';
import { crcOfSlices, readStackVoxels } from './pixels.ts';
import { resampledSlices, resampleTilted, type TiltedStack } from './resample.ts';
import { writeSeries } from './series-writer.ts';
import { TAG } from './tags.ts';
import type { UidMap } from './uid-map.ts';

/** A DICOM series, opened. Its headers are kept as they were read; written files differ in what derive.ts says only. */
export class DicomScan implements Scan {
  readonly kind = 'dicom';
  readonly outputExtension = '';
  readonly label: string;
  readonly volume: Volume;
  readonly frames: readonly Volume[];
  readonly frameOfReferenceUid?: string;
  readonly warnings: readonly ScanWarning[];
  /** Series Instance UID of the input. */
  readonly seriesInstanceUid: string;
  readonly #content: SeriesContent;

  /** Made by `loadDicomScan`. */
  constructor(label: string, content: SeriesContent, warnings: readonly ScanWarning[]) {
    const { dataSet } = content.slices[0].file;
    const frameOfReferenceUid = dataSet.text(TAG.frameOfReferenceUid);
    this.label = label;
    this.volume = content.volume;
    this.frames = [content.volume];
    if (frameOfReferenceUid !== undefined) this.frameOfReferenceUid = frameOfReferenceUid;
    this.warnings = warnings;
    this.seriesInstanceUid = dataSet.text(TAG.seriesInstanceUid) ?? '';
    this.#content = content;
  }

  /** Header of the file that holds slice k. Read it only. */
  headerOfSlice(k: number): DataSet {
    return this.#content.slices[k].file.dataSet;
  }

  /** SOP Instance UID of the file that holds slice k, for objects that refer to it. */
  sopInstanceUidOfSlice(k: number): string {
    return this.#content.slices[k].file.dataSet.text(TAG.sopInstanceUid) ?? '';
  }

  async write(alteration: Alteration, destination: string, options?: WriteOptions): Promise<WrittenImage> {
    return writeSeries(this.#content, alteration, destination, options);
  }

  describe(): ScanFacts {
    const { slices } = this.#content;
    const { file, format } = slices[0];
    return scanFacts(this, {
      format: file.syntax.coding.explicit ? 'DICOM' : 'DICOM, implicit VR',
      transferSyntax: `${file.syntax.name} (${file.syntax.uid})`,
      sopClassUid: file.dataSet.text(TAG.sopClassUid) ?? '',
      instances: new Set(slices.map((slice) => slice.file)).size,
      framesPerInstance: file.dataSet.number(TAG.numberOfFrames, 1),
      bitsStored: format.bitsStored,
      imageType: file.dataSet.texts(TAG.imageType).join('\\'),
      recognizableVisualFeatures: file.dataSet.text(TAG.recognizableVisualFeatures) ?? '',
    });
  }
}

/** What `loadDicomScan` needs. */
export interface DicomStack {
  readonly label: string;
  readonly path: string;
  readonly modality: Modality;
  /** In the order of the grid's k; of a tilted stack in the order along its normal. */
  readonly slices: readonly Slice[];
  readonly grid: Grid;
  /** Present when the stack is to be resampled to its grid. */
  readonly tilted?: TiltedStack;
  readonly uids: UidMap;
  readonly keepSourceReferences: boolean;
}

/**
 * Reads the pixels of a stack.
 * @throws DicomError when a file is damaged
 */
export async function loadDicomScan(stack: DicomStack): Promise<DicomScan> {
  const { slices, grid, modality } = stack;
  const { voxels, cleanedPixels, crcPerK } = await readStackVoxels(slices, stack.path);
  const warnings: ScanWarning[] = [];
  if (cleanedPixels > 0)
    warnings.push({
      code: 'DICOM_UNUSED_BITS',
      message: `${cleanedPixels} pixels had content above their stored bits, such as old overlays; it is cleared`,
    });
  const unit = unitOf(slices[0].file, modality);
  if (modality === 'CT' && unit !== 'HU')
    warnings.push({ code: 'DICOM_CT_NOT_HU', message: 'the CT values are not said to be Hounsfield units' });
  const padding = paddingRangeOf(slices[0]);
  const rescaled = (own: readonly Slice[]): Volume['rescale'] => ({
    slopePerK: Float64Array.from(own, ({ slope }) => slope),
    interceptPerK: Float64Array.from(own, ({ intercept }) => intercept),
  });
  const { uids, keepSourceReferences, tilted } = stack;
  const base = {
    grid,
    type: slices[0].format.type,
    modality,
    unit,
    ...(padding ? { paddingRange: padding } : {}),
  };
  if (!tilted) {
    const volume: Volume = { ...base, voxels, rescale: rescaled(slices) };
    return new DicomScan(stack.label, { slices, volume, crcPerK, uids, keepSourceReferences }, warnings);
  }
  const made = resampledSlices(tilted, uids);
  const rescale = rescaled(made);
  const resampled = resampleTilted(tilted, voxels, { ...base, rescale });
  warnings.push({
    code: 'DICOM_RESAMPLED',
    message: `the gantry was tilted by ${tilted.tiltDegrees.toFixed(1)}°: all voxels are interpolated, none is original`,
  });
  const content = {
    slices: made,
    volume: { ...base, voxels: resampled, rescale },
    crcPerK: crcOfSlices(resampled, made.length),
    uids,
    keepSourceReferences,
  };
  return new DicomScan(stack.label, content, warnings);
}

/**
 * CT without a Rescale Type is HU by definition (PS3.3 section C.11.1.1.2), but only where there is a rescale at all: its
 * intercept is mandatory, and stored values without one are whatever a converter left. PET says its unit in Units.
 */
function unitOf({ dataSet }: DicomFile, modality: Modality): string {
  if (modality === 'CT') {
    const [transformation = dataSet] = [TAG.sharedFunctionalGroups, TAG.perFrameFunctionalGroups].flatMap(
      (groups) => dataSet.items(groups)[0]?.items(TAG.pixelValueTransformationSequence) ?? [],
    );
    const hasRescale = transformation.numbers(TAG.rescaleIntercept).length > 0;
    const isHu = hasRescale && (transformation.text(TAG.rescaleType) ?? 'HU') === 'HU';
    return isHu ? 'HU' : 'arbitrary';
  }
  if (modality === 'PT' && dataSet.text(TAG.units) === 'BQML') return 'Bq/ml';
  return 'arbitrary';
}

/** Pixel Padding Value and Range Limit, smaller first (PS3.3 section C.7.5.1.1.2), read by the pixels' own sign. */
function paddingRangeOf({ file, format }: Slice): readonly [number, number] | undefined {
  const isSigned = format.type.startsWith('i');
  const read = (tag: number): number | undefined => {
    const value = file.dataSet.numbers(tag)[0];
    if (value === undefined) return undefined;
    return isSigned ? (value << 16) >> 16 : value & 0xffff;
  };
  const value = read(TAG.pixelPaddingValue);
  if (value === undefined) return undefined;
  const limit = read(TAG.pixelPaddingRangeLimit) ?? value;
  return [Math.min(value, limit), Math.max(value, limit)];
}
