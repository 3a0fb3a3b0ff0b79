import type { DataSet } from './data-set.ts';
import { DicomError } from './errors.ts';
import { readDicomFile } from './file.ts';
import { RT_STRUCTURE_SET } from './instance.ts';
import { TAG } from './tags.ts';

/** Contour Geometric Type (3006,0042), PS3.3 section C.8.8.6.3. */
export const CONTOUR_TYPES = ['CLOSED_PLANAR', 'CLOSEDPLANAR_XOR', 'OPEN_PLANAR', 'OPEN_NONPLANAR', 'POINT'] as const;

/** One contour of a region. */
export interface StructureContour {
  readonly type: (typeof CONTOUR_TYPES)[number];
  /** x, y, z of one point after the other, LPS mm. */
  readonly pointsLps: Float64Array;
}

/** A region of interest. */
export interface StructureRegion {
  readonly number: number;
  /** As the planner named it. */
  readonly name: string;
  /** RT ROI Interpreted Type (3006,00A4), such as EXTERNAL, ORGAN, PTV; '' where nothing is said. */
  readonly interpretedType: string;
  readonly frameOfReferenceUid: string;
  /** None when the region was left empty. */
  readonly contours: readonly StructureContour[];
}

/**
 * The regions of an RT Structure Set with their contours, in the order of the Structure Set ROI Sequence.
 * @throws DicomError when the file is no RT Structure Set or a contour cannot be read, InputNotFoundError when it is not
 * there
 */
export async function readStructureSet(path: string): Promise<StructureRegion[]> {
  const file = await readDicomFile(path);
  if ('error' in file) throw file.error;
  const { dataSet } = file;
  if (dataSet.text(TAG.sopClassUid) !== RT_STRUCTURE_SET)
    throw new DicomError('DICOM_NOT_VOLUMETRIC', path, 'is no RT Structure Set; name the RTSTRUCT file of the study');
  const contoursOf = new Map<number, readonly StructureContour[]>();
  for (const item of dataSet.items(TAG.roiContourSequence))
    contoursOf.set(
      item.number(TAG.referencedRoiNumber),
      item.items(TAG.contourSequence).map((contour) => readContour(contour, path)),
    );
  const typeOf = new Map(
    dataSet.items(TAG.rtRoiObservationsSequence).map((item) => [
      item.number(TAG.referencedRoiNumber),
      item.text(TAG.rtRoiInterpretedType) ?? '',
    ]), // prettier-ignore
  );
  return dataSet.items(TAG.structureSetRoiSequence).map((item) => {
    const number = item.number(TAG.roiNumber);
    return {
      number,
      name: item.label(TAG.roiName),
      interpretedType: typeOf.get(number) ?? '',
      frameOfReferenceUid: item.text(TAG.referencedFrameOfReferenceUid) ?? '',
      contours: contoursOf.get(number) ?? [],
    };
  });
}

function readContour(contour: DataSet, path: string): StructureContour {
  const found = contour.text(TAG.contourGeometricType) ?? '';
  const type = CONTOUR_TYPES.find((known) => known === found);
  if (!type)
    throw new DicomError('DICOM_BAD_FIELD', path, `(3006,0042) Contour Geometric Type is ${JSON.stringify(found)}`);
  const values = contour.numbers(TAG.contourData);
  if (values.length % 3 !== 0)
    throw new DicomError('DICOM_BAD_FIELD', path, `(3006,0050) Contour Data has ${values.length} values, no triplets`);
  return { type, pointsLps: Float64Array.from(values) };
}
