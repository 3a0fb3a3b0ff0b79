import { describe, expect, it } from 'vitest';
import { holm, wilcoxonSignedRank } from './wilcoxon.ts';

// Of `scipy.stats.wilcoxon`, SciPy 1.17.1.
describe("Wilcoxon's signed ranks, as SciPy has them", () => {
  it.each([
    ['few differences', [1.5, -0.3, 2.2, 0.9, -1.1, 3.0, 0.4], 0.15625],
    ['ties and zeros', [1, 2, 2, -1, 3, 0, 0, 4, -2, 5, 1], 0.08203125],
    ['many differences with ties', [16, 21, 50, 74, -36, -23, 58, 73, -11, -3, 64, 10, -8, 59, -10, 9, 37, 25, -30, -37, 63, 50, 60, 24, 58, -1, 14, 54, -26, -4, -26, 14, 77, -24, 5, 8, 68, -16, 20, -9, -38, 50, -33, -7, 19, 18, -26, 77, 49, 75, -29, 46, -5, 24, 70, -7, 47, -21, -2, 76], 0.0014153437772685075],
    ['far in the tail', Array.from({ length: 60 }, (_, i) => i + 1), 1.6295557943119345e-11],
  ])('%s', (_, differences, expected) => {
    const p = wilcoxonSignedRank(differences) ?? NaN;
    expect(Math.abs(p - expected) / expected).toBeLessThan(1e-9);
    expect(wilcoxonSignedRank(differences.map((d) => -d))).toBe(p);
  }); // prettier-ignore

  it('nothing differs', () => {
    expect(wilcoxonSignedRank([0, 0, 0])).toBeUndefined();
    expect(wilcoxonSignedRank([5])).toBe(1);
  });

  it('what is no number cannot be ranked', () => {
    expect(() => wilcoxonSignedRank([1, NaN, 2])).toThrow(RangeError);
  });
});

it("Holm's adjustment by hand", () => {
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
});
