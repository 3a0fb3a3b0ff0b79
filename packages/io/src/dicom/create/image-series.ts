import { ijkToLps, scale, spacingMm, stepLps, type Volume } from '@efface/volume';
import { voxelBytes } from '../../alter.ts';
import type { Fields } from './fields.ts';
import { code, commonFields, type StudyUids } from './modules.ts';
import type { StudyIdentity, StudyToWrite } from './study-to-write.ts';

/** Half-life and positron fraction of fluorine-18 (DDEP evaluation: 109.77 min, 0.9686). */
const F18 = { halfLifeS: 6586.2, positronFraction: 0.9686 };
/** From injection to the scan, s, and what was injected, Bq. */
const UPTAKE_S = 3600;
const INJECTED_BQ = 3.5e8;
const FRAME_MS = 120_000;

/** Fields of the image on slice k, pixels included. RangeError for voxels that are not of 16 bits. */
export function imageFields(
  study: StudyToWrite,
  uids: StudyUids,
  kind: 'ct' | 'mr' | 'pet',
  volume: Volume,
  k: number,
): Fields {
  const { grid, type, rescale } = volume;
  if (type !== 'i16' && type !== 'u16') throw new RangeError(`images are written with 16 bits, these have ${type}`);
  const [columns, rows, nk] = grid.sizeIjk;
  const [columnMm, rowMm, sliceMm] = spacingMm(grid);
  const sliceBytes = 2 * columns * rows;
  const own = kind === 'ct' ? CT : kind === 'mr' ? MR : petFields(study.identity, nk, k);
  const isRescaled = kind !== 'mr';
  return {
    ...commonFields(study, uids, kind, k),
    ...own,
    AcquisitionDate: study.identity.date,
    ContentDate: study.identity.date,
    AcquisitionTime: study.identity.time,
    ContentTime: study.identity.time,
    AcquisitionNumber: 1,
    BodyPartExamined: 'HEADNECK',
    SliceThickness: sliceMm,
    InstanceNumber: k + 1,
    ImagePositionPatient: ijkToLps(grid, [0, 0, k]),
    ImageOrientationPatient: [...scale(stepLps(grid, 0), 1 / columnMm), ...scale(stepLps(grid, 1), 1 / rowMm)],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    PixelSpacing: [rowMm, columnMm],
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: type === 'i16' ? 1 : 0,
    BurnedInAnnotation: 'NO',
    ...(isRescaled ? { RescaleIntercept: rescale.interceptPerK[k], RescaleSlope: rescale.slopePerK[k] } : {}),
    PixelData: voxelBytes(volume.voxels).subarray(k * sliceBytes, (k + 1) * sliceBytes),
  };
}

/** PS3.3 section C.8.2.1. */
const CT: Fields = {
  ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
  PatientPosition: 'HFS',
  KVP: 120,
  RescaleType: 'HU',
  WindowCenter: 40,
  WindowWidth: 400,
};

/** PS3.3 section C.8.3.1: a magnetisation-prepared gradient echo. */
const MR: Fields = {
  ImageType: ['ORIGINAL', 'PRIMARY', 'OTHER'],
  PatientPosition: 'HFS',
  ScanningSequence: ['GR', 'IR'],
  SequenceVariant: ['SP', 'MP'],
  ScanOptions: '',
  MRAcquisitionType: '3D',
  RepetitionTime: 2000,
  EchoTime: 3,
  InversionTime: 900,
  EchoTrainLength: 1,
  MagneticFieldStrength: 1.5,
  FlipAngle: 9,
};

/** PS3.3 sections C.8.9.1, C.8.9.2 and C.8.9.4: one bed position of FDG, decay-corrected to the start of the scan. */
function petFields(identity: StudyIdentity, nk: number, k: number): Fields {
  const injected = clockTime(secondsOf(identity.time) - UPTAKE_S);
  return {
    ImageType: ['ORIGINAL', 'PRIMARY'],
    SeriesType: ['STATIC', 'IMAGE'],
    Units: 'BQML',
    CountsSource: 'EMISSION',
    CorrectedImage: ['NORM', 'DTIM', 'ATTN', 'SCAT', 'DECY', 'RAN'],
    DecayCorrection: 'START',
    DecayFactor: 1,
    CollimatorType: 'NONE',
    ReconstructionMethod: 'analytic',
    AttenuationCorrectionMethod: 'analytic',
    ScatterCorrectionMethod: 'analytic',
    RandomsCorrectionMethod: 'NONE',
    NumberOfSlices: nk,
    ImageIndex: k + 1,
    FrameReferenceTime: FRAME_MS / 2,
    ActualFrameDuration: FRAME_MS,
    RadiopharmaceuticalInformationSequence: [
      {
        Radiopharmaceutical: 'Fluorodeoxyglucose',
        RadiopharmaceuticalStartTime: injected,
        RadiopharmaceuticalStartDateTime: `${identity.date}${injected}`,
        RadionuclideTotalDose: INJECTED_BQ,
        RadionuclideHalfLife: F18.halfLifeS,
        RadionuclidePositronFraction: F18.positronFraction,
        RadionuclideCodeSequence: [code('77004003', 'SCT', '^18^Fluorine')],
        RadiopharmaceuticalCodeSequence: [code('35321007', 'SCT', 'Fluorodeoxyglucose F^18^')],
      },
    ],
    PatientOrientationCodeSequence: [
      {
        ...code('102538003', 'SCT', 'recumbent'),
        PatientOrientationModifierCodeSequence: [code('40199007', 'SCT', 'supine')],
      },
    ],
    PatientGantryRelationshipCodeSequence: [code('102540008', 'SCT', 'headfirst')],
  };
}

function secondsOf(time: string): number {
  return 3600 * Number(time.slice(0, 2)) + 60 * Number(time.slice(2, 4)) + Number(time.slice(4, 6));
}

/** HHMMSS of the same day; RangeError before midnight, where the date would change. */
function clockTime(seconds: number): string {
  if (seconds < 0) throw new RangeError('the injection would fall on the day before the study');
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join('');
}
