import { describe, expect, it } from 'vitest';
import type { PixelPoint } from './face-picture.ts';
import { fitSimilarity, moveBySimilarity, type PlaneSimilarity } from './similarity.ts';

const SQUARE: readonly PixelPoint[] = [
  { xPx: 0, yPx: 0 },
  { xPx: 10, yPx: 0 },
  { xPx: 10, yPx: 10 },
  { xPx: 0, yPx: 10 },
  { xPx: 3, yPx: 7 },
];

describe('fitSimilarity', () => {
  it.each([0, 30, 90, 179, -135])('finds a turn of %i° with scale and shift again', (degrees) => {
    const angle = (degrees * Math.PI) / 180;
    const truth: PlaneSimilarity = { a: 2.5 * Math.cos(angle), b: 2.5 * Math.sin(angle), c: -40, d: 1000 };
    const found = fitSimilarity(
      SQUARE,
      SQUARE.map((point) => moveBySimilarity(truth, point)),
    );
    for (const key of ['a', 'b', 'c', 'd'] as const) expect(found[key]).toBeCloseTo(truth[key], 11);
  });

  it('has the least squares: the residual is orthogonal to every way of moving the points', () => {
    const noise = [3, -1, 4, -1, -5, 9, -2, 6, 5, -3];
    const to = SQUARE.map(({ xPx, yPx }, n) => ({ xPx: 2 * xPx + noise[2 * n], yPx: 2 * yPx + noise[2 * n + 1] }));
    const similarity = fitSimilarity(SQUARE, to);
    const residual = SQUARE.map((point, n) => {
      const moved = moveBySimilarity(similarity, point);
      return [to[n].xPx - moved.xPx, to[n].yPx - moved.yPx];
    });
    // The derivatives of (a·x − b·y + c, b·x + a·y + d) by a, b, c and d.
    const directions = [
      (x: number, y: number) => [x, y],
      (x: number, y: number) => [-y, x],
      () => [1, 0],
      () => [0, 1],
    ];
    for (const direction of directions) {
      const product = SQUARE.reduce((sum, { xPx, yPx }, n) => {
        const [dx, dy] = direction(xPx, yPx);
        return sum + dx * residual[n][0] + dy * residual[n][1];
      }, 0);
      expect(product).toBeCloseTo(0, 10);
    }
  });

  it('never mirrors', () => {
    const mirrored = SQUARE.map(({ xPx, yPx }) => ({ xPx: -xPx, yPx }));
    const { a, b } = fitSimilarity(SQUARE, mirrored);
    expect(Math.hypot(a, b)).toBeLessThan(1);
  });

  it('refuses what determines nothing', () => {
    expect(() => fitSimilarity(SQUARE.slice(0, 1), SQUARE.slice(0, 1))).toThrow(RangeError);
    expect(() => fitSimilarity(SQUARE, SQUARE.slice(1))).toThrow('5 and 4 points');
    expect(() => fitSimilarity([SQUARE[0], SQUARE[0]], SQUARE.slice(0, 2))).toThrow('all coincide');
  });
});
