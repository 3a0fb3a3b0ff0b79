import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type Finding } from '@efface/deface';
import { type Alteration, type Scan } from '@efface/io';
import {
  describeHead, descriptorDistance, type FaceModel, type FaceNetworks, faceThresholdReal, fastGrid, HELD_OUT_GRID,
  matchDepthsBothWays, type PersonDescription, type PortraitGrid, STANDARD_GRID,
} from '@efface/reidentify'; // prettier-ignore
import { FACE_SHARE, type RecordImage } from '@efface/report';
import { spacingMm, type Volume } from '@efface/volume';
import { type Calibration, CalibrationError, type Thresholds, thresholdsFor } from './audit/calibration.ts';
import { alteredVolume, renderSmoothingMm } from './pictures.ts';

/** How hard a case tries to recognise the patient: 9 portraits before and 9 after, or 81 each. */
export type VerifyMode = 'fast' | 'full';

/** The eyes that judge a case. */
export interface Recognition {
  readonly mode: VerifyMode;
  readonly networks: FaceNetworks;
  /** What the record says of the networks. */
  readonly models: readonly FaceModel[];
  readonly cuts: Thresholds['cuts'];
  /** Descriptors up to so far apart are one person's. */
  readonly distance: number;
  /** Shapes of faces up to so far apart are one person's, mm; absent where nobody measured that. */
  readonly shapeDistanceMm?: number;
  /** Medians over pairs of strangers, where somebody measured them. */
  readonly strangers: { readonly distance?: number; readonly shapeDistanceMm?: number };
}

/** Eyes with the thresholds of a calibration. @throws CalibrationError when it has none for them */
export function recognitionBy(
  calibration: Calibration,
  { mode, networks, models }: Pick<Recognition, 'mode' | 'networks' | 'models'>,
): Recognition {
  const { cuts, distances, strangers } = thresholdsFor(calibration, mode === 'fast' ? '9' : '81', networks);
  if (distances.mean === undefined)
    throw new CalibrationError(
      'CALIBRATION_UNFIT',
      `the calibration (${calibration.origin}) has no distance for --verify ${mode} by ${networks.recogniser.name}; audit ` +
        'originals with as many portraits and give its calibration.json',
    );
  const { mean: distance, geometry } = distances;
  return {
    mode,
    networks,
    models,
    cuts,
    distance,
    ...(geometry === undefined ? {} : { shapeDistanceMm: geometry }),
    strangers: {
      ...(strangers.mean === undefined ? {} : { distance: strangers.mean }),
      ...(strangers.geometry === undefined ? {} : { shapeDistanceMm: strangers.geometry }),
    },
  };
}

/** Distances up to this many times the threshold, and this share of faces, are near enough to be looked at. */
const NEAR_DISTANCE = 1.15;
const NEAR_FACE_SHARE = 0.2;

/**
 * In voxels up to this size a face is seen in 59 of 63 heads on T1 (benchmarks/results/recognition-resolution.md): one that is
 * not is covered, cut off, or not where it was looked for. In larger ones of CT it is often just not seen.
 */
const FACE_SEEN_UP_TO_MM = 4;

/** Code of what is said of a head, whatever was done to it, in which no face was seen before. */
export const NOT_SEEN_BEFORE = 'FACE_NOT_SEEN_BEFORE';

/** What came of trying to recognise the patient in one image. */
export interface RecognitionCheck {
  readonly findings: readonly Finding[];
  readonly measured: NonNullable<RecordImage['recognition']>;
}

/** The head as it was: what `checkRecognition` compares with, for those who compare several times. */
export async function describeOriginal(
  backend: Backend,
  recognition: Recognition,
  volume: Volume,
  anatomy: HeadAnatomy,
): Promise<PersonDescription> {
  return describeFor(backend, recognition, volume, STANDARD_GRID, { volume, anatomy });
}

/** A head as it is seen in the pose and at the skin of the original. */
async function describeFor(
  backend: Backend,
  { mode, networks }: Recognition,
  seen: Volume,
  grid: PortraitGrid,
  original: { readonly volume: Volume; readonly anatomy: HeadAnatomy },
): Promise<PersonDescription> {
  const { description } = await describeHead(backend, networks, {
    volume: seen,
    frame: original.anatomy.frame,
    thresholdReal: faceThresholdReal(original.volume, original.anatomy),
    smoothMm: renderSmoothingMm(original.volume),
    grid: mode === 'fast' ? fastGrid(grid) : grid,
  });
  return description;
}

/**
 * Looks at the head before and after, the latter from other sides under other lights, and tries to recognise the one in
 * the other. Fails when a face is seen in half of the pictures after and its descriptor is as near to the original's as one
 * person's, or when the shape is that of a face seen before, whatever the networks say after; what is near to either is for
 * review, and so is a fine MR or CT in which no face was seen before. Thresholds are the audit's. `original` spares the look at
 * the head before.
 */
export async function checkRecognition(
  backend: Backend,
  recognition: Recognition,
  { volume, label }: Pick<Scan, 'volume' | 'label'>,
  alteration: Alteration,
  anatomy: HeadAnatomy,
  original?: PersonDescription,
): Promise<RecognitionCheck> {
  const { networks, cuts, distance: threshold, shapeDistanceMm } = recognition;
  const before = original ?? (await describeOriginal(backend, recognition, volume, anatomy));
  const altered = alteredVolume(volume, alteration);
  const after = await describeFor(backend, recognition, altered, HELD_OUT_GRID, { volume, anatomy });
  const shareBefore = faceShare(before.detectorScores, cuts);
  const shareAfter = faceShare(after.detectorScores, cuts);
  const distance = descriptorDistance(before.mean, after.mean, networks.recogniser.metric);
  const shape = before.depth && after.depth && matchDepthsBothWays(after.depth, before.depth)?.residualMm;
  const measured = {
    faceSeenShareBefore: shareBefore,
    faceSeenShareAfter: shareAfter,
    descriptorDistance: distance,
    descriptorDistanceThreshold: threshold,
    ...(shape === undefined ? {} : { shapeDistanceMm: shape }),
    ...(shapeDistanceMm === undefined ? {} : { shapeDistanceThresholdMm: shapeDistanceMm }),
  };
  const text =
    `${label}: a face is seen in ${(100 * shareAfter).toFixed(0)} % of the pictures after, at a distance of ${distance.toFixed(3)} from ` +
    `the original's (one person: up to ${threshold.toFixed(3)})`;
  const findings: Finding[] = [];
  if (shareAfter >= FACE_SHARE && distance <= threshold)
    findings.push({ code: 'FACE_RECOGNISED', severity: 'fail', message: text });
  else if (shareAfter >= NEAR_FACE_SHARE && distance <= NEAR_DISTANCE * threshold)
    findings.push({ code: 'FACE_NEARLY_RECOGNISED', severity: 'review', message: text });
  // Where no face was to be seen, as in PET, the shape is that of something else: the brain's stays, and should.
  const isFaceShape = shareBefore >= FACE_SHARE && shape !== undefined && shapeDistanceMm !== undefined;
  if (isFaceShape && shape <= NEAR_DISTANCE * shapeDistanceMm) {
    const isRecognised = shape <= shapeDistanceMm;
    findings.push({
      code: isRecognised ? 'FACE_SHAPE_RECOGNISED' : 'FACE_SHAPE_NEARLY_RECOGNISED',
      severity: isRecognised ? 'fail' : 'review',
      message:
        `${label}: laid on each other, the shapes of the face before and after lie ${shape.toFixed(2)} mm apart (one person: up to ` +
        `${shapeDistanceMm.toFixed(2)} mm)`,
    });
  }
  if (shareBefore < FACE_SHARE)
    findings.push({
      code: NOT_SEEN_BEFORE,
      severity: isFaceExpected(volume) ? 'review' : 'note',
      message: `${label}: a face is seen in ${(100 * shareBefore).toFixed(0)} % of the pictures before: that none is recognised after says little`,
    });
  return { findings, measured };
}

function isFaceExpected({ modality, grid }: Volume): boolean {
  return (modality === 'MR' || modality === 'CT') && Math.max(...spacingMm(grid)) <= FACE_SEEN_UP_TO_MM;
}

/** Share of the pictures in which the detector that sees most sees a face. */
function faceShare(scores: Readonly<Record<string, readonly number[]>>, cuts: Thresholds['cuts']): number {
  return Math.max(
    ...Object.entries(scores).map(([name, some]) => some.filter((score) => score > cuts[name]).length / some.length),
  );
}
