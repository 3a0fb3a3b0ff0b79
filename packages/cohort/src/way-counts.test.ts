import { describe, expect, it } from 'vitest';
import { type CountedRow, countWay, fiveNumbers } from './way-counts.ts';

const UNKNOWN = { alteredMl: null, alteredBodyMl: null, faceBefore: null, faceAfter: null, distance: null, seconds: null }; // prettier-ignore

describe('counts of a way', () => {
  it('have quartiles as numpy.percentile has them', () => {
    expect(fiveNumbers([])).toBeUndefined();
    expect(fiveNumbers([null, 3])).toEqual([3, 3, 3, 3, 3]);
    // numpy.percentile([1, 2, 4, 8], [0, 25, 50, 75, 100])
    expect(fiveNumbers([8, 1, null, 4, 2])).toEqual([1, 1.75, 3, 5, 8]);
  });

  it('are of those that left an image, with exact intervals', () => {
    const rows: CountedRow[] = [
      { ...UNKNOWN, verdict: 'pass', alteredMl: 10, alteredBodyMl: 1, faceBefore: 1, faceAfter: 0, distance: 1.25, seconds: 1 },
      // Half of the portraits make a face; at the threshold they are one person's.
      { ...UNKNOWN, verdict: 'review', alteredMl: 30, alteredBodyMl: 2, faceBefore: 0.49, faceAfter: 0.5, distance: 1, seconds: 3 },
      // Failed: whoever is recognised in it is recognised in nothing that left.
      { ...UNKNOWN, verdict: 'fail', alteredMl: 99, alteredBodyMl: 9, faceBefore: 1, faceAfter: 1, distance: 0.2, seconds: 2 },
      // Nobody tried.
      { ...UNKNOWN, verdict: 'pass', alteredMl: 20, alteredBodyMl: 3 },
      { ...UNKNOWN, verdict: 'open' },
    ]; // prettier-ignore
    const way = countWay('b', rows);
    expect(way.counts).toEqual({ pass: 2, review: 1, fail: 1, open: 1 });
    expect(way.pass).toMatchObject({ count: 2, of: 4 });
    expect(way.review).toMatchObject({ count: 1, of: 4 });
    expect(way.fail).toMatchObject({ count: 1, of: 4 });
    for (const rate of [way.faceSeenBefore, way.faceSeenAfter, way.recognised]) {
      expect(rate).toMatchObject({ count: 1, of: 2 });
      // Clopper and Pearson's interval of 1 of 2: 1 − √0.975 and √0.975.
      expect(rate.interval.low).toBeCloseTo(1 - Math.sqrt(0.975), 9);
      expect(rate.interval.high).toBeCloseTo(Math.sqrt(0.975), 9);
    }
    expect(way.alteredMl).toEqual([10, 15, 20, 25, 30]);
    expect(way.alteredBodyMl).toEqual([1, 1.5, 2, 2.5, 3]);
    expect(way.seconds).toEqual([1, 1.5, 2, 2.5, 3]);
    expect(countWay('b', [])).toMatchObject({ pass: { of: 0 }, faceSeenAfter: { of: 0 }, seconds: undefined });
  });
});
