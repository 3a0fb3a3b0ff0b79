import { inputErrorFrom } from '@efface/io';
import { type Attacker, ATTACKERS, type FaceNetworks } from '@efface/reidentify';
import { EffaceError } from '@efface/volume';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';

/** False matches and false detections that thresholds allow, share. */
export const FALSE_RATE = 0.01;

/** How many pictures of a head are looked at: all of a grid, or one a camera. */
export type PortraitCount = '81' | '9';

/** By attacker: distances up to it count as the same person. */
export type Distances = Readonly<Partial<Record<Attacker, number>>>;

/** What one audit or one verification judges by. */
export interface Thresholds {
  readonly origin: string;
  /** By detector: scores above it count as a face. */
  readonly cuts: Readonly<Record<string, number>>;
  readonly distances: Distances;
  /** Half of the pairs of strangers are within; empty where nobody measured that. */
  readonly strangers: Distances;
}

/** Thresholds that were measured on other people than those who are judged by them, and frozen. */
export interface Calibration {
  readonly schema: typeof CALIBRATION_SCHEMA;
  /** What they were measured on. */
  readonly origin: string;
  /** Whose descriptors the distances are of. */
  readonly recogniser: string;
  readonly cuts: Thresholds['cuts'];
  /** By the number of portraits that were compared. */
  readonly distances: Readonly<Partial<Record<PortraitCount, Distances>>>;
  /** Likewise: medians over pairs of strangers, which is how far a hidden face should lie from its own. */
  readonly strangers: Readonly<Partial<Record<PortraitCount, Distances>>>;
}

export const CALIBRATION_SCHEMA = 'efface-calibration/1';

/** A calibration that cannot be used; the message names the file and what is wrong with it. */
export class CalibrationError extends EffaceError {
  constructor(code: 'CALIBRATION_INVALID' | 'CALIBRATION_UNFIT', message: string) {
    super(code, code === 'CALIBRATION_INVALID' ? 'inputCorrupt' : 'usage', message);
  }
}

/** Measured by evaluate-calibration.ts; benchmarks/README.md has the figures. */
export const DEFAULT_CALIBRATION: Calibration = {
  schema: CALIBRATION_SCHEMA,
  origin:
    'every second of 60 T1 heads of the IXI collection (2 mm), each against a second session made of the same scan: 1 % of ' +
    '870 impostor pairs accepted; 1 % of 864 pictures without a face taken for one',
  recogniser: 'dlib-resnet-v1',
  cuts: { 'ssd-mobilenet-v1': 0.2173, 'tiny-face-detector': 0.3474 },
  distances: {
    81: { mean: 0.3346, best: 0.3385, linear: 9.4364, geometry: 0.9139 },
    9: { mean: 0.3845, best: 0.3805, linear: 16.0836, geometry: 0.9139 },
  },
  strangers: {
    81: { mean: 0.4641, best: 0.4337, linear: 12.0438, geometry: 1.6453 },
    9: { mean: 0.5192, best: 0.505, linear: 21.09, geometry: 1.6453 },
  },
};

/**
 * What a calibration says for so many portraits and these networks. Descriptors of another recogniser have other distances:
 * only that of shapes stays, which is the same for any number of portraits.
 * @throws CalibrationError when a detector has no cut
 */
export function thresholdsFor(
  calibration: Calibration,
  portraits: PortraitCount,
  { recogniser, detectors }: Pick<FaceNetworks, 'recogniser' | 'detectors'>,
): Thresholds {
  const { origin, cuts, distances, strangers } = calibration;
  const blind = detectors.find(({ name }) => cuts[name] === undefined);
  if (blind)
    throw new CalibrationError(
      'CALIBRATION_UNFIT',
      `the calibration (${origin}) has no cut for ${blind.name}; audit more originals, or all 81 portraits, to make one`,
    );
  const isOwn = recogniser.name === calibration.recogniser;
  const fitting = (by: Calibration['distances']): Distances => {
    const geometry = by[portraits]?.geometry ?? by['81']?.geometry ?? by['9']?.geometry;
    return { ...(isOwn ? by[portraits] : {}), ...(geometry === undefined ? {} : { geometry }) };
  };
  return { origin, cuts, distances: fitting(distances), strangers: fitting(strangers) };
}

/** Reads what an audit measured. @throws InputNotFoundError for no such file, CalibrationError for one that is none */
export async function readCalibration(path: string): Promise<Calibration> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw inputErrorFrom(error, path);
  }
  const invalid = (what: string): CalibrationError =>
    new CalibrationError('CALIBRATION_INVALID', `${path}: ${what}; give the calibration.json of an audit`);
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw invalid('is no JSON');
  }
  const parsed = CALIBRATION.safeParse(found);
  if (parsed.success) return parsed.data;
  const [{ path: at, message }] = parsed.error.issues;
  throw invalid(`${at.length === 0 ? '' : `${at.join('.')}: `}${message}`);
}

const threshold = z.number().nonnegative();
const BY_PORTRAITS = z.partialRecord(z.enum(['81', '9']), z.partialRecord(z.enum(ATTACKERS), threshold));
const CALIBRATION = z.object({
  schema: z.literal(CALIBRATION_SCHEMA),
  origin: z.string(),
  recogniser: z.string(),
  cuts: z.record(z.string(), threshold),
  distances: BY_PORTRAITS,
  // Calibrations of before this was measured have none.
  strangers: BY_PORTRAITS.default({}),
});
