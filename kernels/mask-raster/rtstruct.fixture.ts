// @ts-expect-error dcmjs comes without types
import dcmjs from 'dcmjs';
import { readFileSync } from 'node:fs';
import { type Contour, type ContourType } from './contour-slices.ts';

interface StructureSet {
  readonly StructureSetROISequence: readonly { readonly ROINumber: number; readonly ROIName: string }[];
  readonly ROIContourSequence: readonly {
    readonly ReferencedROINumber: number;
    readonly ContourSequence?: readonly {
      readonly ContourGeometricType: ContourType;
      readonly ContourData: readonly (number | string)[];
    }[];
  }[];
}

/** The regions of an RT Structure Set file as dcmjs, somebody else's reader, sees them, with their contours. */
export function readStructureSet(path: string): { readonly name: string; readonly contours: Contour[] }[] {
  const bytes = Uint8Array.from(readFileSync(path));
  // eslint-disable-next-line -- dcmjs comes without types
  const { dict } = dcmjs.data.DicomMessage.readFile(bytes.buffer);
  // eslint-disable-next-line -- dcmjs comes without types
  const set = dcmjs.data.DicomMetaDictionary.naturalizeDataset(dict) as StructureSet;
  return set.ROIContourSequence.map(({ ReferencedROINumber, ContourSequence = [] }) => ({
    name: set.StructureSetROISequence.find(({ ROINumber }) => ROINumber === ReferencedROINumber)?.ROIName ?? '',
    contours: ContourSequence.map(({ ContourGeometricType, ContourData }) => ({
      type: ContourGeometricType,
      pointsLps: ContourData.map(Number),
    })),
  }));
}
