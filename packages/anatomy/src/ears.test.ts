import { createMask, dot, type Grid, type GridMask, ijkToLps, scale, subtract, type Vec3 } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { findEars } from './ears.ts';
import { rotationMatrix } from './pose.ts';
import { headFrame } from './frame.ts';

const GRID: Grid = { sizeIjk: [120, 120, 110], affineIjkToLps: [2, 0, 0, -119, 0, 2, 0, -119, 0, 0, 2, -129] };

/**
 * A box 130 mm wide with rounded auricles 16 mm high and 40 × 60 mm around posterior 15, superior −55; where it leans, it is
 * wider by so much a mm above that.
 */
function boxHead(rotation: Vec3, ears: readonly (1 | -1)[], leans = 0): GridMask {
  const r = rotationMatrix(rotation);
  const mask = createMask(GRID.sizeIjk);
  const [ni, nj, nk] = GRID.sizeIjk;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++) {
        const p = ijkToLps(GRID, [i, j, k]);
        // Head coordinates: the transposed rotation.
        const [x, y, z] = [0, 1, 2].map((c) => r[c] * p[0] + r[3 + c] * p[1] + r[6 + c] * p[2]);
        const isHead = Math.abs(x) <= 65 + leans * (z + 55) && Math.abs(y) <= 85 && Math.abs(z) <= 110;
        const isEar = ears.some(
          (side) => side * x > 60 && ((side * x - 65) / 16) ** 2 + ((y - 15) / 20) ** 2 + ((z + 55) / 30) ** 2 <= 1,
        );
        if (isHead || isEar) mask.words[(k * nj + j) * mask.wordsPerRow + (i >>> 5)] |= 1 << (i & 31);
      }
  return { grid: GRID, mask };
}

describe('findEars', () => {
  it.each([{ turned: [0, 0, 0] }, { turned: [0.15, -0.1, 0.2] }] as const)(
    'boxes what stands off the side of a head turned by $turned, to two voxels',
    ({ turned }) => {
      const frame = headFrame([0, 0, 0, ...turned, 0, 0, 0]);
      const [left, right] = findEars({ frame, body: boxHead(turned, [1, -1]) });
      for (const [ear, out] of [
        [left, frame.leftLps],
        [right, scale(frame.leftLps, -1)],
      ] as const) {
        // prettier-ignore
        // Half a voxel over the box, which is 52 mm wide.
        expect(Math.acos(Math.min(1, dot(ear.outLps, out)))).toBeLessThan(1 / 52);
        // A voxel and the step along the line of sight.
        expect(Math.abs(dot(subtract(ear.headLps, frame.originLps), out) - 65)).toBeLessThan(3);
        expect(Math.abs(ear.protrusionMm - 16)).toBeLessThan(4);
        // The ellipsoid is 6 mm high where it is √(1 − (6/16)²) of its size; then 6 mm of margin.
        const part = Math.sqrt(1 - (6 / 16) ** 2);
        const bounds = [15 - 20 * part - 6, 15 + 20 * part + 6, -55 - 30 * part - 6, -55 + 30 * part + 6];
        // The usual place of ears, −5 … 35 and −85 … −30, is in the box whatever is found.
        const expected = [Math.min(bounds[0], -11), Math.max(bounds[1], 41), Math.min(bounds[2], -91), Math.max(bounds[3], -24)]; // prettier-ignore
        [...ear.posteriorMm, ...ear.superiorMm].forEach((mm, n) =>
          expect(Math.abs(mm - expected[n])).toBeLessThan(4.1),
        );
      }
    },
  );

  it('leans as the side of the head does, so that what bulges above the ear is not cut', () => {
    const frame = headFrame([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for (const ear of findEars({ frame, body: boxHead([0, 0, 0], [1, -1], 0.25) })) {
      const expected = [ear.side === 'left' ? 1 : -1, 0, -0.25].map((v) => v / Math.hypot(1, 0.25)) as unknown as Vec3;
      expect((180 / Math.PI) * Math.acos(dot(ear.outLps, expected))).toBeLessThan(2);
      // The plane's distance from the middle at the height of the ear.
      const reach = dot(ear.headLps, ear.outLps) + 55 * ear.outLps[2];
      expect(Math.abs(reach / Math.abs(ear.outLps[0]) - 65)).toBeLessThan(3);
    }
  });

  it('has the usual box where nothing stands out', () => {
    const frame = headFrame([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const [left, right] = findEars({ frame, body: boxHead([0, 0, 0], [1]) });
    expect(left.protrusionMm).toBeGreaterThan(10);
    expect(right).toMatchObject({ protrusionMm: 0, posteriorMm: [-11, 41], superiorMm: [-91, -24] });
    expect(Math.abs(right.headLps[0] + 65)).toBeLessThan(2);
  });

  it('cuts nothing where there is no head', () => {
    const frame = headFrame([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const [left] = findEars({ frame, body: { grid: GRID, mask: createMask(GRID.sizeIjk) } });
    expect(left.headLps[0]).toBe(130);
  });
});
