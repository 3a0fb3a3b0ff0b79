import { cross, type Grid, scale, uniformRescale, type Vec3, type Volume } from '@efface/volume';
import { DicomError } from '../errors.ts';
import type { DicomFile } from '../file.ts';
import { framesOf, type Slice, sliceOf } from '../instance.ts';
import { readStackVoxels } from '../pixels.ts';
import { TAG } from '../tags.ts';
import { termInWords } from '../words.ts';
import { readRtFile } from './rt-file.ts';

/** A dose grid. */
export interface RtDose {
  /** Planes in the order of the file; real values in Gy, modality OT. Descending planes make k grow against the normal. */
  readonly volume: Volume;
  readonly frameOfReferenceUid?: string;
  /** Dose Type (3004,0004), for example 'PHYSICAL' or 'EFFECTIVE'. */
  readonly doseType: string;
  /** Dose Summation Type (3004,000A): what was added up, for example 'PLAN', 'FRACTION' or 'BEAM'. */
  readonly summationType: string;
}

/** Offsets with one decimal are off by 0.05 mm, and so are the first and the last, which place the others. */
const PLANE_TOLERANCE_MM = 0.1;

/** How far written positions that mean the same may differ, mm. */
const SAME_POSITION_MM = 1e-3;

/**
 * The dose grid of a DICOM RT Dose (PS3.3 section C.8.8.3) with its stored values, unsigned or signed, and Dose Grid
 * Scaling as slope. The voxels are in shared memory and belong to the caller.
 * @throws InputNotFoundError when the file cannot be opened
 * @throws DicomError DICOM_WRONG_OBJECT when it is no dose, DICOM_DOSE_NOT_GY when it is relative, DICOM_DOSE_GRID when
 * its planes are not evenly spaced, DICOM_TOO_FEW_SLICES when it has one plane, DICOM_BAD_FIELD for fields that are
 * missing or contradict each other, and whatever damaged or unreadable pixels have
 */
export async function readDose(path: string): Promise<RtDose> {
  const file = await readRtFile(path, 'dose');
  const units = termInWords(file.dataSet.text(TAG.doseUnits), ['GY', 'RELATIVE']);
  if (units !== 'GY')
    throw new DicomError(
      'DICOM_DOSE_NOT_GY',
      path,
      `its Dose Units (3004,0002) are ${units}, GY was expected; export the dose in Gy`,
    );
  return doseOf(file);
}

/** The dose grid of a file in whatever unit, for those who only ask where there is none. Throws as `readDose`. */
export async function readAnyDose(path: string): Promise<RtDose> {
  return doseOf(await readRtFile(path, 'dose'));
}

async function doseOf(file: DicomFile): Promise<RtDose> {
  const { dataSet, path } = file;
  const scaling = dataSet.number(TAG.doseGridScaling);
  if (!(scaling > 0)) throw new DicomError('DICOM_BAD_FIELD', path, '(3004,000e) Dose Grid Scaling is not positive');
  const { format, nFrames } = framesOf(file);
  const first = sliceOf(file, 0, format);
  const grid = gridOf(file, first, nFrames);
  // Dose has a scaling of its own; readStackVoxels looks at pixels only.
  const slices = Array.from({ length: nFrames }, (_, frame): Slice => ({ ...first, frame }));
  const { voxels } = await readStackVoxels(slices, path);
  const frameOfReferenceUid = dataSet.text(TAG.frameOfReferenceUid);
  return {
    volume: {
      grid,
      type: format.type,
      voxels,
      rescale: uniformRescale(nFrames, scaling, 0),
      modality: 'OT',
      unit: dataSet.text(TAG.doseUnits) === 'GY' ? 'Gy' : 'arbitrary',
    },
    ...(frameOfReferenceUid === undefined ? {} : { frameOfReferenceUid }),
    doseType: dataSet.text(TAG.doseType) ?? '',
    summationType: dataSet.text(TAG.doseSummationType) ?? '',
  };
}

function gridOf(file: DicomFile, first: Slice, nFrames: number): Grid {
  const step = planeStep(file, first, nFrames);
  const { format, positionLps: origin } = first;
  const i = scale(first.rowDirection, first.spacingMm[1]);
  const j = scale(first.columnDirection, first.spacingMm[0]);
  return {
    sizeIjk: [format.columns, format.rows, nFrames],
    affineIjkToLps: [0, 1, 2].flatMap((r) => [i[r], j[r], step[r], origin[r]]),
  };
}

/**
 * From one plane to the next, LPS mm. Grid Frame Offset Vector (PS3.3 section C.8.8.3.2) starts with 0 when it counts from
 * the first plane along the normal, and with the first plane's z when it holds z coordinates of axial planes.
 */
function planeStep({ dataSet, path }: DicomFile, first: Slice, nFrames: number): Vec3 {
  if (nFrames < 2)
    throw new DicomError('DICOM_TOO_FEW_SLICES', path, 'is a single plane of dose; a grid has two planes at least');
  const offsetsMm = dataSet.numbers(TAG.gridFrameOffsetVector);
  if (offsetsMm.length !== nFrames)
    throw new DicomError(
      'DICOM_BAD_FIELD',
      path,
      `has ${nFrames} planes and ${offsetsMm.length} values in (3004,000c) Grid Frame Offset Vector; both must be the same`,
    );
  const stepMm = (offsetsMm[nFrames - 1] - offsetsMm[0]) / (nFrames - 1);
  const off = offsetsMm.findIndex((mm, n) => !(Math.abs(mm - offsetsMm[0] - n * stepMm) <= PLANE_TOLERANCE_MM));
  if (off >= 0 || !(Math.abs(stepMm) > PLANE_TOLERANCE_MM))
    throw new DicomError(
      'DICOM_DOSE_GRID',
      path,
      'its planes are not evenly spaced by (3004,000c) Grid Frame Offset Vector; export the dose on a regular grid',
    );
  const { rowDirection, columnDirection, positionLps } = first;
  if (Math.abs(offsetsMm[0]) <= SAME_POSITION_MM) return scale(cross(rowDirection, columnDirection), stepMm);
  const isAxial = rowDirection[0] > 1 - 1e-6 && columnDirection[1] > 1 - 1e-6;
  if (!isAxial || Math.abs(offsetsMm[0] - positionLps[2]) > SAME_POSITION_MM)
    throw new DicomError(
      'DICOM_BAD_FIELD',
      path,
      '(3004,000c) Grid Frame Offset Vector must start with 0, or on axial planes with the z of (0020,0032); it does not',
    );
  return [0, 0, stepMm];
}
