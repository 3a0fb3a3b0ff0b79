import { type PersonDescription, thresholdAtFalseMatchRate } from '@efface/reidentify';
import type { Attack } from './audit-rates.ts';
import { type Distances, FALSE_RATE, type Thresholds } from './calibration.ts';

/** Thresholds at a false rate of 1 %, and what they rest on. */
export interface MeasuredThresholds extends Pick<Thresholds, 'cuts' | 'distances' | 'strangers'> {
  readonly nPictures: number;
  readonly nImpostors: number;
}

/**
 * Cuts that 1 % of the pictures without a face exceed, distances that 1 % of the impostors are within, and half. Nothing is
 * said of what fewer than 100 pictures or pairs would have to tell.
 */
export function measureThresholds(
  controls: readonly PersonDescription[],
  originals: readonly Pick<Attack, 'attacker' | 'table'>[],
): MeasuredThresholds {
  const least = 1 / FALSE_RATE;
  const cuts: Record<string, number> = {};
  let nPictures = 0;
  for (const detector of Object.keys(controls.at(0)?.detectorScores ?? {})) {
    const scores = controls.flatMap(({ detectorScores }) => detectorScores[detector]);
    nPictures = scores.length;
    if (nPictures >= least) cuts[detector] = thresholdAtFalseMatchRate(scores, FALSE_RATE);
  }
  const distances: { -readonly [A in keyof Distances]: number } = {};
  const strangers: { -readonly [A in keyof Distances]: number } = {};
  let nImpostors = 0;
  for (const { attacker, table } of originals) {
    const impostors = table.scores.flatMap((row, n) =>
      Array.from(row).filter((_, column) => table.known[column] !== table.unknown[n]),
    );
    nImpostors = Math.max(nImpostors, impostors.length);
    if (impostors.length < least) continue;
    distances[attacker] = -thresholdAtFalseMatchRate(impostors, FALSE_RATE);
    strangers[attacker] = -thresholdAtFalseMatchRate(impostors, 0.5);
  }
  return { cuts, distances, strangers, nPictures, nImpostors };
}
