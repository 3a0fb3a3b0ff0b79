import type { DataSet } from '../data-set.ts';
import { DicomError } from '../errors.ts';
import { TAG } from '../tags.ts';
import { readRtFile } from './rt-file.ts';

/** Contour Geometric Type (3006,0042), PS3.3 section C.8.8.6.3. */
const CONTOUR_TYPES = ['CLOSED_PLANAR', 'CLOSEDPLANAR_XOR', 'OPEN_PLANAR', 'OPEN_NONPLANAR', 'POINT'] as const;

/** One contour of a region. */
export interface RegionContour {
  readonly type: (typeof CONTOUR_TYPES)[number];
  /** x, y, z of one point after the other, LPS mm; at least one point. */
  readonly pointsLps: Float64Array;
}

/** A region of interest. */
export interface StructureRegion {
  /** ROI Number, unique in its structure set. */
  readonly number: number;
  /** ROI Name: free text, whatever a person typed. Empty when there is none. */
  readonly name: string;
  /** RT ROI Interpreted Type in capitals, for example 'EXTERNAL', 'ORGAN' or 'PTV'; empty when nobody said. */
  readonly interpretedType: string;
  /** Whose coordinates the contours are in. */
  readonly frameOfReferenceUid?: string;
  /** In the order of the file; none when the region was never drawn. */
  readonly contours: readonly RegionContour[];
}

/** An RT Structure Set. */
export interface StructureSet {
  readonly regions: readonly StructureRegion[];
  /** The one frame of reference of all regions; absent when they differ or do not say. */
  readonly frameOfReferenceUid?: string;
}

/**
 * The regions of a DICOM RT Structure Set (PS3.3 sections C.8.8.5, C.8.8.6 and C.8.8.8) in the order in which it names
 * them. Nothing is drawn, closed or resampled.
 * @throws InputNotFoundError when the file cannot be opened
 * @throws DicomError DICOM_WRONG_OBJECT when it is no structure set, DICOM_BAD_FIELD when a sequence or number is missing
 * or a contour is not made of points, and whatever a damaged file has
 */
export async function readStructureSet(path: string): Promise<StructureSet> {
  return structureSetOf((await readRtFile(path, 'structureSet')).dataSet);
}

/** The regions of a structure set that was read. Throws DicomError as `readStructureSet`. */
export function structureSetOf(dataSet: DataSet): StructureSet {
  const { path } = dataSet;
  const charset = dataSet.text(TAG.specificCharacterSet);
  const named = requiredItems(dataSet, TAG.structureSetRoiSequence, '(3006,0020) Structure Set ROI Sequence');
  const drawn = requiredItems(dataSet, TAG.roiContourSequence, '(3006,0039) ROI Contour Sequence');
  const contours = new Map<number, RegionContour[]>();
  for (const item of drawn) {
    const region = item.number(TAG.referencedRoiNumber);
    const own = contours.get(region) ?? [];
    contours.set(region, own);
    for (const contour of item.items(TAG.contourSequence)) own.push(contourOf(contour, region));
  }
  // Type 1 in the standard, but only what regions are for is lost without it.
  const types = new Map(
    dataSet
      .items(TAG.rtRoiObservationsSequence)
      .map((item) => [item.number(TAG.referencedRoiNumber), item.text(TAG.rtRoiInterpretedType)?.toUpperCase()]),
  );
  const regions = new Map<number, StructureRegion>();
  for (const item of named) {
    const number = item.number(TAG.roiNumber);
    const frame = item.text(TAG.referencedFrameOfReferenceUid) ?? dataSet.text(TAG.frameOfReferenceUid);
    if (regions.has(number)) throw badField(path, `two regions have the number ${number} (3006,0022)`);
    regions.set(number, {
      number,
      name: item.label(TAG.roiName, charset),
      interpretedType: types.get(number) ?? '',
      ...(frame === undefined ? {} : { frameOfReferenceUid: frame }),
      contours: contours.get(number) ?? [],
    });
  }
  const unnamed = [...contours.keys()].find((number) => !regions.has(number));
  if (unnamed !== undefined) throw badField(path, `has contours of region ${unnamed}, which (3006,0020) does not name`);
  const all = [...regions.values()];
  const frames = new Set(all.map(({ frameOfReferenceUid }) => frameOfReferenceUid));
  const [frame] = frames;
  return { regions: all, ...(frames.size !== 1 || frame === undefined ? {} : { frameOfReferenceUid: frame }) };
}

function requiredItems(dataSet: DataSet, tag: number, name: string): readonly DataSet[] {
  if (dataSet.get(tag)?.items === undefined)
    throw badField(dataSet.path, `${name} is missing; without it a structure set has no regions`);
  return dataSet.items(tag);
}

/** One item of the Contour Sequence. Throws DicomError DICOM_BAD_FIELD when it is not made of points. */
export function contourOf(item: DataSet, region: number): RegionContour {
  const found = item.text(TAG.contourGeometricType);
  const type = CONTOUR_TYPES.find((known) => known === found);
  if (type === undefined)
    throw badField(item.path, `(3006,0042) Contour Geometric Type of region ${region} is missing or unknown`);
  const pointsLps = Float64Array.from(item.numbers(TAG.contourData));
  if (pointsLps.length === 0 || pointsLps.length % 3 !== 0)
    throw badField(
      item.path,
      `(3006,0050) Contour Data of region ${region} has ${pointsLps.length} numbers; x, y and z of each point are needed`,
    );
  const nPoints = item.number(TAG.numberOfContourPoints, pointsLps.length / 3);
  if (3 * nPoints !== pointsLps.length)
    throw badField(
      item.path,
      `a contour of region ${region} has ${pointsLps.length / 3} points in (3006,0050) and ${nPoints} by (3006,0046)`,
    );
  return { type, pointsLps };
}

function badField(path: string, message: string): DicomError {
  return new DicomError('DICOM_BAD_FIELD', path, `${message}; export it again`);
}
