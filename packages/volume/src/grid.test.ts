import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Affine, compose, determinant, IDENTITY, invert, transformPoint } from './affine.ts';
import { axisCodes, type Grid, ijkToLps, orientationCode, sameGrid, shear, spacingMm, voxelVolumeMm3 } from './grid.ts';
import { type Vec3 } from './vec3.ts';

const between = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
const vec3 = (min: number, max: number): fc.Arbitrary<Vec3> =>
  fc.tuple(between(min, max), between(min, max), between(min, max));
const point = vec3(-300, 300);

/** Rotation about z, then about x, scaled columns: a rectangular oblique grid. */
function oblique(yawRad: number, pitchRad: number, spacing: Vec3, origin: Vec3): Affine {
  const [cy, sy, cp, sp] = [Math.cos(yawRad), Math.sin(yawRad), Math.cos(pitchRad), Math.sin(pitchRad)];
  const r = [cy, -sy, 0, cp * sy, cp * cy, -sp, sp * sy, sp * cy, cp];
  return [0, 1, 2].flatMap((row) => [...[0, 1, 2].map((c) => r[3 * row + c] * spacing[c]), origin[row]]);
}

const obliqueAffine = fc
  .tuple(between(-3, 3), between(-3, 3), vec3(0.2, 6), point)
  .map(([yaw, pitch, spacing, origin]) => ({ affine: oblique(yaw, pitch, spacing, origin), spacing }));

describe('affine', () => {
  it('inverts and composes: inverse after forward gives the point back', () => {
    fc.assert(
      fc.property(obliqueAffine, point, ({ affine }, p) => {
        const back = transformPoint(compose(invert(affine), affine), p);
        for (let d = 0; d < 3; d++) expect(Math.abs(back[d] - p[d])).toBeLessThan(1e-7);
      }),
    );
  });

  it('has the product of the spacings as determinant of a rectangular grid', () => {
    fc.assert(
      fc.property(obliqueAffine, ({ affine, spacing }) => {
        const product = spacing[0] * spacing[1] * spacing[2];
        expect(Math.abs(determinant(affine) / product - 1)).toBeLessThan(1e-9);
      }),
    );
  });

  it('refuses a singular map', () => {
    expect(() => invert([1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0])).toThrow(RangeError);
  });
});

describe('grid', () => {
  const grid = (affineIjkToLps: Affine, sizeIjk: Vec3 = [4, 5, 6]): Grid => ({ sizeIjk, affineIjkToLps });

  it('reads spacing, volume and shear from the affine', () => {
    const g = grid([0.5, 0, 0, 1, 0, 0.5, 0, 2, 0, 0, 3, 4]);
    expect(spacingMm(g)).toEqual([0.5, 0.5, 3]);
    expect(voxelVolumeMm3(g)).toBe(0.75);
    expect(shear(g)).toBe(0);
    // A gantry tilt of 18.5° shears the stack by sin 18.5°.
    const t = (18.5 * Math.PI) / 180;
    expect(shear(grid([1, 0, 0, 0, 0, 1, Math.sin(t), 0, 0, 0, Math.cos(t), 0]))).toBeCloseTo(Math.sin(t), 12);
  });

  it('names the direction in which each index grows', () => {
    expect(orientationCode(grid(IDENTITY))).toBe('LPS');
    expect(orientationCode(grid([-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0]))).toBe('RAS');
    // i runs to posterior, j to superior, k to right: PSR, the order of the IXI heads.
    expect(orientationCode(grid([0, 0, -1, 0, 1, 0, 0, 0, 0, 1, 0, 0]))).toBe('PSR');
  });

  it('gives three different anatomical axes on every oblique grid', () => {
    fc.assert(
      fc.property(obliqueAffine, ({ affine }) => {
        const axes = axisCodes(grid(affine)).map((c) => c.lpsAxis);
        expect([...axes].sort()).toEqual([0, 1, 2]);
      }),
    );
  });

  it('maps index 0 to the translation and compares lattices corner by corner', () => {
    const a = grid([1, 0, 0, -7, 0, 1, 0, 8, 0, 0, 2, 9]);
    expect(ijkToLps(a, [0, 0, 0])).toEqual([-7, 8, 9]);
    expect(sameGrid(a, grid([1, 0, 0, -7, 0, 1, 0, 8, 0, 0, 2.0001, 9]))).toBe(true);
    expect(sameGrid(a, grid([1, 0, 0, -7, 0, 1, 0, 8, 0, 0, 2.01, 9]))).toBe(false);
    expect(sameGrid(a, grid(a.affineIjkToLps, [4, 5, 7]))).toBe(false);
  });
});
