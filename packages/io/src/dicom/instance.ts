import type { Modality, Vec3, VoxelType } from '@efface/volume';
import type { DataSet } from './data-set.ts';
import { tagName } from './dictionary.ts';
import { DicomError } from './errors.ts';
import type { DicomFile } from './file.ts';
import { TAG } from './tags.ts';
import { termInWords } from './words.ts';

/** Storage SOP classes of slices that can be stacked into a volume (PS3.4 annex B). */
const VOLUMETRIC: Readonly<Record<string, { readonly modality: Modality; readonly enhanced: boolean }>> = {
  '1.2.840.10008.5.1.4.1.1.2': { modality: 'CT', enhanced: false },
  '1.2.840.10008.5.1.4.1.1.2.1': { modality: 'CT', enhanced: true },
  '1.2.840.10008.5.1.4.1.1.2.2': { modality: 'CT', enhanced: true },
  '1.2.840.10008.5.1.4.1.1.4': { modality: 'MR', enhanced: false },
  '1.2.840.10008.5.1.4.1.1.4.1': { modality: 'MR', enhanced: true },
  '1.2.840.10008.5.1.4.1.1.4.4': { modality: 'MR', enhanced: true },
  '1.2.840.10008.5.1.4.1.1.128': { modality: 'PT', enhanced: false },
  '1.2.840.10008.5.1.4.1.1.128.1': { modality: 'PT', enhanced: true },
  '1.2.840.10008.5.1.4.1.1.130': { modality: 'PT', enhanced: true },
};

/** Objects that are no images of their own: they are named, never opened. */
const NO_IMAGES: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.3.10': 'a DICOMDIR',
  '1.2.840.10008.5.1.4.1.1.481.2': 'an RT dose',
  '1.2.840.10008.5.1.4.1.1.481.3': 'an RT structure set',
  '1.2.840.10008.5.1.4.1.1.481.5': 'an RT plan',
  '1.2.840.10008.5.1.4.1.1.66': 'raw data',
  '1.2.840.10008.5.1.4.1.1.66.1': 'a spatial registration',
  '1.2.840.10008.5.1.4.1.1.66.3': 'a deformable registration',
  '1.2.840.10008.5.1.4.1.1.66.4': 'a segmentation',
  '1.2.840.10008.5.1.4.1.1.66.5': 'a surface segmentation',
  '1.2.840.10008.5.1.4.1.1.66.7': 'a label map segmentation',
  '1.2.840.10008.5.1.4.1.1.67': 'a real world value mapping',
  '1.2.840.10008.5.1.4.1.1.4.2': 'MR spectroscopy',
  '1.2.840.10008.5.1.4.1.1.104.1': 'an encapsulated PDF',
};

/** Families of classes by the start of their UID. */
const NO_IMAGE_FAMILIES: readonly (readonly [string, string])[] = [
  ['1.2.840.10008.5.1.4.1.1.11.', 'a presentation state'],
  ['1.2.840.10008.5.1.4.1.1.88.', 'a structured report'],
  ['1.2.840.10008.5.1.4.1.1.9.', 'a waveform'],
  ['1.2.840.10008.5.1.4.1.1.104.', 'an encapsulated document'],
];

/** What a storage class is, for grouping. */
export function classOf(sopClassUid: string): { readonly modality: Modality; readonly enhanced: boolean } | undefined {
  return VOLUMETRIC[sopClassUid];
}

/** What kind of object without images this is, in words, or undefined when it is none that is known. */
export function kindWithoutImage(sopClassUid: string): string | undefined {
  return NO_IMAGES[sopClassUid] ?? NO_IMAGE_FAMILIES.find(([start]) => sopClassUid.startsWith(start))?.[1];
}

/** How one frame's pixels are stored. */
export interface PixelFormat {
  readonly type: VoxelType;
  readonly rows: number;
  readonly columns: number;
  readonly bitsStored: number;
  readonly highBit: number;
}

/** One slice: a whole classic instance or one frame of an enhanced one. */
export interface Slice {
  readonly file: DicomFile;
  /** 0-based frame in the file. */
  readonly frame: number;
  readonly format: PixelFormat;
  /** Centre of the first pixel, LPS mm. */
  readonly positionLps: Vec3;
  /** Direction in which the column index grows (along a row), unit length. */
  readonly rowDirection: Vec3;
  /** Direction in which the row index grows (down a column), unit length. */
  readonly columnDirection: Vec3;
  /** Distance between neighbouring rows and between neighbouring columns, mm. */
  readonly spacingMm: readonly [number, number];
  /**
   * Distance to the next slice that the header lets expect, mm: the larger of Slice Thickness and Spacing Between
   * Slices, when it has both. Used only to notice that slices were left out, never for geometry.
   */
  readonly statedStepMm?: number;
  /** Slice Thickness, mm. */
  readonly thicknessMm?: number;
  readonly slope: number;
  readonly intercept: number;
}

/** A scanner's coordinates are metres at most; beyond, sums of them lose the millimetres. */
const MAX_POSITION_MM = 1e6;

/** Edges of pixels: from those of microscopes to more than a head. */
const MIN_SPACING_MM = 1e-4;
const MAX_SPACING_MM = 1e3;

/** Error of the unit length and of the right angle that direction cosines may have from being written as text. */
const DIRECTION_TOLERANCE = 1e-3;

/** Defined terms of Photometric Interpretation (0028,0004) besides the grey ones. */
const COLOUR = ['PALETTE COLOR', 'RGB', 'HSV', 'ARGB', 'CMYK', 'YBR_FULL', 'YBR_FULL_422', 'YBR_PARTIAL_422', 'YBR_PARTIAL_420', 'YBR_ICT', 'YBR_RCT', 'XYB', 'MONOCHROME1', 'MONOCHROME2']; // prettier-ignore

/** More rows or columns than any scanner makes. */
export const MAX_ROWS = 2 ** 14;

/**
 * The slices of one file.
 * @throws DicomError when they cannot be placed in a volume
 */
export function slicesOf(file: DicomFile): Slice[] {
  const { dataSet, path } = file;
  const isEnhanced = classOf(dataSet.text(TAG.sopClassUid) ?? '')?.enhanced ?? false;
  const { format, nFrames } = framesOf(file);
  if (!isEnhanced) {
    if (nFrames > 1)
      throw new DicomError('DICOM_BAD_FIELD', path, `has ${nFrames} frames, a classic image must have one`);
    return [sliceOf(file, 0, format)];
  }
  const shared = dataSet.items(TAG.sharedFunctionalGroups)[0];
  const perFrame = dataSet.items(TAG.perFrameFunctionalGroups);
  if (perFrame.length !== nFrames)
    throw new DicomError(
      'DICOM_BAD_FIELD',
      path,
      `has ${nFrames} frames and ${perFrame.length} items in (5200,9230); both must be the same`,
    );
  return perFrame.map((groups, frame) => sliceOfGroups(file, frame, format, groups, shared));
}

/** A frame that is placed by its functional groups, or else by those that all frames share. */
export function sliceOfGroups(
  file: DicomFile,
  frame: number,
  format: PixelFormat,
  groups: DataSet,
  shared: DataSet | undefined,
): Slice {
  return sliceFrom(file, frame, format, (tag) => {
    const sequence = MACRO_OF[tag];
    return groups.items(sequence)[0] ?? shared?.items(sequence)[0];
  });
}

/** How many frames a file has and how their pixels are stored. Throws DicomError when its pixel data are shorter. */
export function framesOf(file: DicomFile): { readonly format: PixelFormat; readonly nFrames: number } {
  const format = pixelFormatOf(file);
  const nFrames = file.dataSet.count(TAG.numberOfFrames, 1);
  if (nFrames < 1) throw new DicomError('DICOM_BAD_FIELD', file.path, `(0028,0008) Number of Frames is ${nFrames}`);
  checkPixelBytes(file, format, nFrames);
  return { format, nFrames };
}

/** A frame that is placed by the file's own fields, not by functional groups. */
export function sliceOf(file: DicomFile, frame: number, format: PixelFormat): Slice {
  return sliceFrom(file, frame, format, (tag) => (file.dataSet.has(tag) ? file.dataSet : undefined));
}

/** The functional group macro that holds a field (PS3.3 section C.7.6.16.2). */
const MACRO_OF: Readonly<Record<number, number>> = {
  [TAG.imagePosition]: TAG.planePositionSequence,
  [TAG.imageOrientation]: TAG.planeOrientationSequence,
  [TAG.pixelSpacing]: TAG.pixelMeasuresSequence,
  [TAG.sliceThickness]: TAG.pixelMeasuresSequence,
  [TAG.spacingBetweenSlices]: TAG.pixelMeasuresSequence,
  [TAG.rescaleSlope]: TAG.pixelValueTransformationSequence,
  [TAG.rescaleIntercept]: TAG.pixelValueTransformationSequence,
};

function sliceFrom(
  file: DicomFile,
  frame: number,
  format: PixelFormat,
  holderOf: (tag: number) => DataSet | undefined,
): Slice {
  const { path } = file;
  const position = holderOf(TAG.imagePosition)?.vector(TAG.imagePosition, 3);
  const cosines = holderOf(TAG.imageOrientation)?.vector(TAG.imageOrientation, 6);
  if (!position || !cosines)
    throw new DicomError(
      'DICOM_NO_POSITION',
      path,
      `${position ? '(0020,0037) Image Orientation' : '(0020,0032) Image Position'} (Patient) is missing; ` +
        'without it nobody knows where the slice lies',
    );
  if (position.some((mm) => Math.abs(mm) > MAX_POSITION_MM))
    throw new DicomError('DICOM_BAD_FIELD', path, '(0020,0032) Image Position (Patient) is kilometres away');
  const spacing = holderOf(TAG.pixelSpacing)?.vector(TAG.pixelSpacing, 2);
  if (!spacing || !(spacing[0] > 0 && spacing[1] > 0))
    throw new DicomError('DICOM_BAD_FIELD', path, '(0028,0030) Pixel Spacing is missing or not positive');
  if (Math.min(...spacing) < MIN_SPACING_MM || Math.max(...spacing) > MAX_SPACING_MM)
    throw new DicomError('DICOM_BAD_FIELD', path, `(0028,0030) Pixel Spacing is ${spacing.join(' and ')} mm`);
  const thickness = holderOf(TAG.sliceThickness)?.number(TAG.sliceThickness, 0) ?? 0;
  const between = Math.abs(holderOf(TAG.spacingBetweenSlices)?.number(TAG.spacingBetweenSlices, 0) ?? 0);
  const slope = holderOf(TAG.rescaleSlope)?.number(TAG.rescaleSlope, 1) ?? 1;
  const intercept = holderOf(TAG.rescaleIntercept)?.number(TAG.rescaleIntercept, 0) ?? 0;
  if (slope === 0) throw new DicomError('DICOM_BAD_FIELD', path, '(0028,1053) Rescale Slope is 0');
  const [rowDirection, columnDirection] = directions(cosines, path);
  return {
    file,
    frame,
    format,
    positionLps: [position[0], position[1], position[2]],
    rowDirection,
    columnDirection,
    spacingMm: [spacing[0], spacing[1]],
    ...(thickness > 0 ? { thicknessMm: thickness } : {}),
    ...(thickness > 0 && between > 0 ? { statedStepMm: Math.max(thickness, between) } : {}),
    slope,
    intercept,
  };
}

function directions(cosines: readonly number[], path: string): readonly [Vec3, Vec3] {
  const row: Vec3 = [cosines[0], cosines[1], cosines[2]];
  const column: Vec3 = [cosines[3], cosines[4], cosines[5]];
  const rowLength = Math.hypot(...row);
  const columnLength = Math.hypot(...column);
  const between = row[0] * column[0] + row[1] * column[1] + row[2] * column[2];
  const worst = Math.max(Math.abs(rowLength - 1), Math.abs(columnLength - 1), Math.abs(between));
  if (!(worst <= DIRECTION_TOLERANCE))
    throw new DicomError('DICOM_BAD_FIELD', path, '(0020,0037) holds no two perpendicular unit vectors');
  // Rounded cosines are put right: unit length, the column at a right angle to the row.
  const unitRow: Vec3 = [row[0] / rowLength, row[1] / rowLength, row[2] / rowLength];
  const along = unitRow[0] * column[0] + unitRow[1] * column[1] + unitRow[2] * column[2];
  const rest: Vec3 = [column[0] - along * unitRow[0], column[1] - along * unitRow[1], column[2] - along * unitRow[2]];
  const restLength = Math.hypot(...rest);
  return [unitRow, [rest[0] / restLength, rest[1] / restLength, rest[2] / restLength]];
}

function pixelFormatOf(file: DicomFile): PixelFormat {
  const { dataSet, path, pixel } = file;
  if (!pixel) throw new DicomError('DICOM_BAD_FIELD', path, 'has no (7FE0,0010) Pixel Data');
  if (pixel.tag !== TAG.pixelData)
    throw new DicomError('DICOM_UNSUPPORTED_PIXELS', path, `has floating-point pixels ${tagName(pixel.tag)}`);
  const photometric = dataSet.text(TAG.photometricInterpretation) ?? 'MONOCHROME2';
  if (dataSet.number(TAG.samplesPerPixel, 1) !== 1 || !photometric.startsWith('MONOCHROME'))
    throw new DicomError(
      'DICOM_COLOUR',
      path,
      `has colour pixels (${termInWords(photometric, COLOUR)}); only grey images are volumes`,
    );
  const rows = dataSet.count(TAG.rows);
  const columns = dataSet.count(TAG.columns);
  if (rows < 1 || columns < 1 || rows > MAX_ROWS || columns > MAX_ROWS)
    throw new DicomError('DICOM_BAD_FIELD', path, `has ${rows} rows and ${columns} columns`);
  const bits = dataSet.count(TAG.bitsAllocated);
  const bitsStored = dataSet.count(TAG.bitsStored, bits);
  const highBit = dataSet.count(TAG.highBit, bitsStored - 1);
  const signed = dataSet.number(TAG.pixelRepresentation, 0) === 1;
  if (bits !== 8 && bits !== 16 && bits !== 32)
    throw new DicomError('DICOM_UNSUPPORTED_PIXELS', path, `has ${bits} bits a pixel; 8, 16 and 32 are read`);
  if (bitsStored < 1 || bitsStored > bits || highBit >= bits || highBit < bitsStored - 1)
    throw new DicomError('DICOM_BAD_FIELD', path, `Bits Stored ${bitsStored} and High Bit ${highBit} of ${bits} bits`);
  return { type: `${signed ? 'i' : 'u'}${bits}`, rows, columns, bitsStored, highBit };
}

function checkPixelBytes(file: DicomFile, format: PixelFormat, nFrames: number): void {
  const { pixel, path, syntax } = file;
  if (syntax.pixels !== 'native') {
    if (pixel?.length !== undefined)
      throw new DicomError('DICOM_DAMAGED', path, `its ${syntax.name} pixel data are not encapsulated`);
    return;
  }
  const needed = frameBytesOf(format) * nFrames;
  if (pixel?.length === undefined || pixel.length < needed)
    throw new DicomError(
      'DICOM_TRUNCATED',
      path,
      `has ${pixel?.length ?? 0} bytes of pixel data; its header promises ${needed}`,
    );
}

/** Bytes of one uncompressed frame. */
export function frameBytesOf(format: PixelFormat): number {
  return format.rows * format.columns * (Number(format.type.slice(1)) / 8);
}
