import { invert, transformPoint, type Vec3 } from '@efface/volume';
import type { Fields } from './fields.ts';
import { commonFields, SOP_CLASS, type StudyUids } from './modules.ts';
import type { StudyToWrite } from './study-to-write.ts';

/** The structure set drawn on the CT (PS3.3 section A.19), every contour with the image it lies on. */
export function structureSetFields(study: StudyToWrite, uids: StudyUids): Fields {
  const { identity, regions, ct } = study;
  const nk = ct.grid.sizeIjk[2];
  const image = (k: number): Fields => ({
    ReferencedSOPClassUID: SOP_CLASS.ct,
    ReferencedSOPInstanceUID: uids.instance('ct', k),
  });
  const lpsToIjk = invert(ct.grid.affineIjkToLps);
  const sliceOf = (points: Float64Array): number =>
    Math.round(transformPoint(lpsToIjk, [points[0], points[1], points[2]] as Vec3)[2]);
  return {
    ...commonFields(study, uids, 'structureSet'),
    InstanceNumber: 1,
    StructureSetLabel: 'Structures',
    StructureSetDate: identity.date,
    StructureSetTime: identity.time,
    ReferencedFrameOfReferenceSequence: [
      {
        FrameOfReferenceUID: uids.frameOfReference,
        RTReferencedStudySequence: [
          {
            ReferencedSOPClassUID: SOP_CLASS.study,
            ReferencedSOPInstanceUID: uids.study,
            RTReferencedSeriesSequence: [
              {
                SeriesInstanceUID: uids.series('ct'),
                ContourImageSequence: Array.from({ length: nk }, (_, k) => image(k)),
              },
            ],
          },
        ],
      },
    ],
    StructureSetROISequence: regions.map(({ number, name, generation }) => ({
      ROINumber: number,
      ReferencedFrameOfReferenceUID: uids.frameOfReference,
      ROIName: name,
      ROIGenerationAlgorithm: generation,
    })),
    ROIContourSequence: regions.map(({ number, colour, contours }) => ({
      ROIDisplayColor: colour,
      ReferencedROINumber: number,
      ContourSequence: contours.map(({ type, pointsLps }, n) => ({
        ContourNumber: n + 1,
        ContourImageSequence: [image(sliceOf(pointsLps))],
        ContourGeometricType: type,
        NumberOfContourPoints: pointsLps.length / 3,
        ContourData: Array.from(pointsLps),
      })),
    })),
    RTROIObservationsSequence: regions.map(({ number, interpretedType }) => ({
      ObservationNumber: number,
      ReferencedROINumber: number,
      RTROIInterpretedType: interpretedType,
      ROIInterpreter: '',
    })),
    ApprovalStatus: 'UNAPPROVED',
  };
}
