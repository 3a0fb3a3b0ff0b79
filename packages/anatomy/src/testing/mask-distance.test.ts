import { type Grid, maskFromNonzero } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { distanceMm, hausdorff95Mm } from './mask-distance.ts';

const grid: Grid = { sizeIjk: [9, 7, 5], affineIjkToLps: [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0] };

describe('distanceMm', () => {
  it('is the distance to the nearest of a few voxels, in mm', () => {
    const seeds = [
      [1, 2, 3],
      [7, 6, 0],
      [4, 0, 4],
    ] as const;
    const bytes = new Uint8Array(9 * 7 * 5);
    for (const [i, j, k] of seeds) bytes[(k * 7 + j) * 9 + i] = 1;
    const distance = distanceMm(grid, bytes);
    for (let k = 0, n = 0; k < 5; k++) {
      for (let j = 0; j < 7; j++) {
        for (let i = 0; i < 9; i++, n++) {
          const nearest = Math.min(...seeds.map((s) => Math.hypot(i - s[0], 2 * (j - s[1]), 3 * (k - s[2]))));
          expect(distance[n]).toBeCloseTo(nearest, 5);
        }
      }
    }
  });
});

describe('hausdorff95Mm', () => {
  it('is the shift of two like boxes, and nothing for one mask', () => {
    const box = (shift: number) =>
      maskFromNonzero(
        grid.sizeIjk,
        Array.from({ length: 9 * 7 * 5 }, (_, n) => (n % 9 >= 1 + shift && n % 9 <= 4 + shift ? 1 : 0)),
      );
    expect(hausdorff95Mm(grid, box(0), box(0))).toBe(0);
    expect(hausdorff95Mm(grid, box(0), box(3))).toBe(3);
  });
});
