import { describe, expect, it } from 'vitest';
import { agreementOf } from './agreement.ts';

describe('agreement of pairs', () => {
  it('of Shrout and Fleiss (1979), two of their judges', () => {
    // Judges 1 and 4 of their Table 2.
    const [first, second] = [
      [9, 6, 8, 7, 10, 6],
      [8, 2, 6, 6, 9, 7],
    ];
    const { icc, ccc, bias, median, limits, largest } = agreementOf(first, second);
    // Analysis of variance by hand, about the mean 7: rows (8.5, 4, 7, 6.5, 9.5, 6.5) 2·18 = 36, columns (23/3, 19/3)
    // 6·2·(2/3)² = 16/3, all 48, so residual 20/3; degrees of freedom 5, 1, 5.
    const [rows, error, columns] = [36 / 5, 20 / 15, 16 / 3];
    expect(icc).toBeCloseTo((rows - error) / (rows + error + (2 / 6) * (columns - error)), 12);
    // Σ(x−x̄)(y−ȳ) = 44/3, Σ(x−x̄)² = 40/3, Σ(y−ȳ)² = 88/3, difference of the means 4/3.
    expect(ccc).toBeCloseTo((2 * (44 / 3)) / (40 / 3 + 88 / 3 + 6 * (16 / 9)), 12);
    expect(bias).toBeCloseTo(-4 / 3, 12);
    expect(median).toBe(-1);
    expect(largest).toBe(-4);
    const deviation = Math.sqrt([-1, -4, -2, -1, -1, 1].reduce((sum, d) => sum + (d + 4 / 3) ** 2, 0) / 5);
    expect(limits?.[0]).toBeCloseTo(-4 / 3 - 1.96 * deviation, 12);
    expect(limits?.[1]).toBeCloseTo(-4 / 3 + 1.96 * deviation, 12);
  });

  it('is perfect where nothing changed, and undefined where nothing varies', () => {
    expect(agreementOf([1, 2, 4], [1, 2, 4])).toMatchObject({ ccc: 1, icc: 1, bias: 0, largest: 0 });
    const flat = agreementOf([3, 3], [3, 3]);
    expect('ccc' in flat || 'icc' in flat).toBe(false);
    expect(agreementOf([1], [2])).toEqual({ n: 1, median: 1, quartile1: 1, quartile3: 1, largest: 1, bias: 1, ccc: 0 });
    expect(() => agreementOf([1], [])).toThrow(RangeError);
  });
});
