import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KernelError } from '../errors.ts';
import { foldWorkgroups } from './fold.ts';

describe('foldWorkgroups', () => {
  it('leaves what fits one dimension alone', () => {
    expect(foldWorkgroups(1)).toEqual([1, 1, 1]);
    expect(foldWorkgroups(65_535)).toEqual([65_535, 1, 1]);
  });

  it('folds evenly: the fewest rows, and the fewest planes', () => {
    expect(foldWorkgroups(65_536)).toEqual([32_768, 2, 1]);
    expect(foldWorkgroups(65_535 ** 2)).toEqual([65_535, 65_535, 1]);
    expect(foldWorkgroups(65_535 ** 2 + 1)[2]).toBe(2);
    expect(foldWorkgroups(65_535 ** 3)).toEqual([65_535, 65_535, 65_535]);
  });

  it('covers every total within the limit, and wastes less than a row and a plane', () => {
    const totals = fc.tuple(fc.integer({ min: 1, max: 64 }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(totals, ([max, share]) => {
        const total = Math.max(1, Math.round(share * max ** 3));
        const [x, y, z] = foldWorkgroups(total, max);
        for (const count of [x, y, z]) {
          expect(Number.isInteger(count)).toBe(true);
          expect(count).toBeGreaterThanOrEqual(1);
          expect(count).toBeLessThanOrEqual(max);
        }
        expect(x * y * z).toBeGreaterThanOrEqual(total);
        expect(x * y * z - total).toBeLessThan(y * z + z);
      }),
    );
  });

  it('refuses what no grid holds', () => {
    for (const total of [0, -1, 1.5, NaN, 65_535 ** 3 + 1]) expect(() => foldWorkgroups(total)).toThrow(KernelError);
  });
});
