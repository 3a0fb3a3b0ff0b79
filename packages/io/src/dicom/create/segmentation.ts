import { ijkToLps, type Mask, maskHas, scale, spacingMm, stepLps } from '@efface/volume';
import { TAG } from '../tags.ts';
import { code, commonFields, SOP_CLASS, type StudyUids } from './modules.ts';
import type { Fields } from './fields.ts';
import type { CodeToWrite, SegmentToWrite, StudyToWrite } from './study-to-write.ts';

/** A frame: one segment on one slice of the CT. */
interface SegmentFrame {
  /** Segment Number, from 1. */
  readonly number: number;
  readonly mask: Mask;
  readonly k: number;
}

/** Segments on the grid of the CT as a binary segmentation (PS3.3 section A.51), a frame for each slice with voxels. */
export function segmentationFields(study: StudyToWrite, uids: StudyUids, segments: readonly SegmentToWrite[]): Fields {
  const { ct, identity } = study;
  const [columns, rows] = ct.grid.sizeIjk;
  const [columnMm, rowMm, sliceMm] = spacingMm(ct.grid);
  const frames = framesOf(segments);
  if (frames.length === 0) throw new RangeError('a segmentation needs a segment with voxels');
  const dimension = { DimensionOrganizationUID: uids.dimensionOrganization };
  return {
    ...commonFields(study, uids, 'segmentation'),
    InstanceNumber: 1,
    ContentDate: identity.date,
    ContentTime: identity.time,
    ImageType: ['DERIVED', 'PRIMARY'],
    ContentLabel: 'SEGMENTATION',
    ContentDescription: '',
    ContentCreatorName: '',
    LossyImageCompression: '00',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: frames.length,
    Rows: rows,
    Columns: columns,
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    PixelRepresentation: 0,
    SegmentationType: 'BINARY',
    SegmentSequence: segments.map(({ label, category, type }, n) => ({
      SegmentNumber: n + 1,
      SegmentLabel: label,
      SegmentAlgorithmType: 'AUTOMATIC',
      SegmentAlgorithmName: identity.description,
      SegmentedPropertyCategoryCodeSequence: [codeOf(category)],
      SegmentedPropertyTypeCodeSequence: [codeOf(type)],
    })),
    DimensionOrganizationSequence: [dimension],
    DimensionIndexSequence: [
      {
        ...dimension,
        DimensionIndexPointer: TAG.referencedSegmentNumber,
        FunctionalGroupPointer: TAG.segmentIdentificationSequence,
      },
      { ...dimension, DimensionIndexPointer: TAG.imagePosition, FunctionalGroupPointer: TAG.planePositionSequence },
    ],
    SharedFunctionalGroupsSequence: [
      {
        PixelMeasuresSequence: [
          { SliceThickness: sliceMm, SpacingBetweenSlices: sliceMm, PixelSpacing: [rowMm, columnMm] },
        ],
        PlaneOrientationSequence: [
          {
            ImageOrientationPatient: [
              ...scale(stepLps(ct.grid, 0), 1 / columnMm),
              ...scale(stepLps(ct.grid, 1), 1 / rowMm),
            ],
          },
        ],
      },
    ],
    PerFrameFunctionalGroupsSequence: frames.map(({ number, k }) => ({
      // A slice's place among all slices: the same number for the same place in every segment.
      FrameContentSequence: [{ DimensionIndexValues: [number, k + 1] }],
      PlanePositionSequence: [{ ImagePositionPatient: ijkToLps(ct.grid, [0, 0, k]) }],
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber: number }],
      DerivationImageSequence: [
        {
          SourceImageSequence: [
            {
              ...ctImage(uids, k),
              PurposeOfReferenceCodeSequence: [code('121322', 'DCM', 'Source image for image processing operation')],
            },
          ],
          DerivationCodeSequence: [code('113076', 'DCM', 'Segmentation')],
        },
      ],
    })),
    ReferencedSeriesSequence: [
      {
        ReferencedInstanceSequence: [...new Set(frames.map(({ k }) => k))].map((k) => ctImage(uids, k)),
        SeriesInstanceUID: uids.series('ct'),
      },
    ],
    PixelData: packedFrames(frames, columns, rows),
  };
}

function framesOf(segments: readonly SegmentToWrite[]): SegmentFrame[] {
  return segments.flatMap(({ mask }, n) => {
    const perSlice = mask.wordsPerRow * mask.sizeIjk[1];
    return Array.from({ length: mask.sizeIjk[2] }, (_, k) => ({ number: n + 1, mask, k })).filter(({ k }) =>
      mask.words.subarray(k * perSlice, (k + 1) * perSlice).some((word) => word !== 0),
    );
  });
}

/** One bit a pixel from the lowest on, frames one after the other without a gap (PS3.5 section 8.1.1). */
function packedFrames(frames: readonly SegmentFrame[], columns: number, rows: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((frames.length * columns * rows) / 8));
  let bit = 0;
  for (const { mask, k } of frames)
    for (let j = 0; j < rows; j++)
      for (let i = 0; i < columns; i++, bit++) if (maskHas(mask, i, j, k)) bytes[bit >>> 3] |= 1 << (bit & 7);
  return bytes;
}

function ctImage(uids: StudyUids, k: number): Fields {
  return { ReferencedSOPClassUID: SOP_CLASS.ct, ReferencedSOPInstanceUID: uids.instance('ct', k) };
}

function codeOf({ value, scheme, meaning }: CodeToWrite): Fields {
  return code(value, scheme, meaning);
}
