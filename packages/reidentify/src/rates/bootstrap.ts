import { seededRandom } from '../seeded-random.ts';
import { type Interval } from './binomial.ts';

/**
 * Percentile interval of a statistic over subjects: pairs share subjects, so subjects are drawn with replacement, not
 * pairs. `statistic` gets the drawn subjects' numbers, 0 … n − 1, some several times; undefined results (a draw without
 * genuine pairs) are drawn again, up to ten times as often as asked. Throws RangeError when that gives too few.
 */
export function bootstrapInterval(
  subjects: number,
  statistic: (drawn: readonly number[]) => number | undefined,
  { draws = 1000, seed = 1, confidence = 0.95 } = {},
): Interval {
  const random = seededRandom(seed);
  const values: number[] = [];
  for (let n = 0; values.length < draws; n++) {
    if (n >= 10 * draws) throw new RangeError(`${values.length} of ${n} draws of ${subjects} subjects had a value`);
    const value = statistic(Array.from({ length: subjects }, () => Math.floor(random() * subjects)));
    if (value !== undefined) values.push(value);
  }
  values.sort((a, b) => a - b);
  const at = (share: number): number => values[Math.min(draws - 1, Math.max(0, Math.round(share * (draws - 1))))];
  return { low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) };
}
