import type { Volume } from '@efface/volume';
import { code, commonFields, SOP_CLASS, type StudyUids } from './modules.ts';
import type { Fields } from './fields.ts';
import type { StudyToWrite } from './study-to-write.ts';

/**
 * That the MR lies on the CT as it is: a rigid spatial registration (PS3.3 section A.39.1) of both by the identity, since
 * they share a frame of reference.
 */
export function registrationFields(study: StudyToWrite, uids: StudyUids, mr: Volume): Fields {
  const series = [
    { kind: 'ct', nk: study.ct.grid.sizeIjk[2] },
    { kind: 'mr', nk: mr.grid.sizeIjk[2] },
  ] as const;
  const images = ({ kind, nk }: (typeof series)[number]): Fields[] =>
    Array.from({ length: nk }, (_, k) => ({
      ReferencedSOPClassUID: SOP_CLASS[kind],
      ReferencedSOPInstanceUID: uids.instance(kind, k),
    }));
  return {
    ...commonFields(study, uids, 'registration'),
    InstanceNumber: 1,
    ContentDate: study.identity.date,
    ContentTime: study.identity.time,
    BodyPartExamined: 'HEADNECK',
    ContentLabel: 'REGISTRATION',
    ContentDescription: '',
    ContentCreatorName: '',
    RegistrationSequence: series.map((one) => ({
      FrameOfReferenceUID: uids.frameOfReference,
      ReferencedImageSequence: images(one),
      MatrixRegistrationSequence: [
        {
          RegistrationTypeCodeSequence: [code('125025', 'DCM', 'Visual Alignment')],
          MatrixSequence: [
            {
              FrameOfReferenceTransformationMatrixType: 'RIGID',
              FrameOfReferenceTransformationMatrix: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
            },
          ],
        },
      ],
    })),
    ReferencedSeriesSequence: series.map((one) => ({
      ReferencedInstanceSequence: images(one),
      SeriesInstanceUID: uids.series(one.kind),
    })),
  };
}
