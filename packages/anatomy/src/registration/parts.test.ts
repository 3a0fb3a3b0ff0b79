import { type Affine, type Grid, IDENTITY, transformPoint, type Vec3, voxelCount } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { jacobianRange } from './jacobian.ts';
import { minimise } from './minimise.ts';
import { AffineParameters } from './parameters.ts';
import { fixedPoint, movingPoint } from './points.ts';
import { frameStart } from './starts.ts';

describe('AffineParameters', () => {
  const start: Affine = [0, -1.1, 0, 5, 0.9, 0, 0.1, -3, 0, 0.2, 1, 8];
  const centre: Vec3 = [10, -20, 30];

  it('is its start at zero; 80 mm of a turn are a radian about the centre', () => {
    const six = new AffineParameters(start, centre, 6);
    for (const [n, v] of six.affine(new Float64Array(6)).entries()) expect(v).toBeCloseTo(start[n], 12);
    const turned = new AffineParameters(IDENTITY, centre, 6).affine([0, 0, 0, 0, 0, 40 * Math.PI]);
    const [x, y, z] = transformPoint(turned, [11, -20, 30]);
    expect(x).toBeCloseTo(10, 9);
    expect(y).toBeCloseTo(-19, 9);
    expect(z).toBeCloseTo(30, 9);
  });

  it('has the derivatives of any function of the map', () => {
    // f = Σ w·(A pₙ) over some points: its derivative by L and t is Σ w (pₙ − c)ᵀ and Σ w.
    const w: Vec3 = [0.3, -0.7, 0.5];
    const points: Vec3[] = [[50, 0, 10], [-40, 60, -20], [5, -70, 80]]; // prettier-ignore
    const gradientAffine = [0, 1, 2].flatMap((r) => [
      ...[0, 1, 2].map((c) => points.reduce((sum, p) => sum + w[r] * (p[c] - centre[c]), 0)),
      w[r] * points.length,
    ]);
    for (const count of [6, 7, 9, 12] as const) {
      const parameters = new AffineParameters(start, centre, count);
      const f = (p: Float64Array): number =>
        points.reduce((sum, q) => {
          const [x, y, z] = transformPoint(parameters.affine(p), q);
          return sum + w[0] * x + w[1] * y + w[2] * z;
        }, 0);
      const p = Float64Array.from({ length: count }, (_, n) => 3 * Math.sin(n + 1));
      const gradient = parameters.gradient(p, gradientAffine);
      for (let n = 0; n < count; n++) {
        const [high, low] = [Float64Array.from(p), Float64Array.from(p)];
        high[n] += 1e-4;
        low[n] -= 1e-4;
        expect(gradient[n]).toBeCloseTo((f(high) - f(low)) / 2e-4, 5);
      }
    }
  });
});

it('minimise finds the end of Rosenbrock’s valley, around a wall', async () => {
  const evaluate = (p: Float64Array): Promise<{ readonly value: number; readonly gradient: Float64Array }> => {
    const [x, y] = p;
    const value = y > 3 ? Infinity : (1 - x) ** 2 + 100 * (y - x * x) ** 2;
    return Promise.resolve({
      value,
      gradient: Float64Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
    });
  };
  const { p, value } = await minimise({ evaluate }, Float64Array.of(-1.2, 1), { iterations: 100, largestStep: 0.5, smallestStep: 1e-9 }); // prettier-ignore
  expect(value).toBeLessThan(1e-12);
  expect(p[0]).toBeCloseTo(1, 5);
  expect(p[1]).toBeCloseTo(1, 5);
});

describe('jacobianRange', () => {
  const grid: Grid = { sizeIjk: [7, 6, 5], affineIjkToLps: [0, 2, 0, -5, -1.5, 0, 0, 4, 0, 0, 3, -7] };
  const fieldOf = (at: (x: number, y: number, z: number) => Vec3): Float32Array => {
    const values = new Float32Array(3 * voxelCount(grid));
    for (let k = 0, n = 0; k < 5; k++)
      for (let j = 0; j < 6; j++)
        for (let i = 0; i < 7; i++, n += 3) values.set(at(...transformPoint(grid.affineIjkToLps, [i, j, k])), n);
    return values;
  };

  it('is the determinant of a linear map on any grid', () => {
    // I + G with G of det(I + G) = 1.2·0.9·1.1 − … by hand: upper triangular.
    const { minJacobian, maxJacobian, foldedVoxels } = jacobianRange(fieldOf((x, y, z) => [0.2 * x + 0.3 * y, -0.1 * y + 0.4 * z, 0.1 * z]), grid); // prettier-ignore
    expect(minJacobian).toBeCloseTo(1.2 * 0.9 * 1.1, 5);
    expect(maxJacobian).toBeCloseTo(1.2 * 0.9 * 1.1, 5);
    expect(foldedVoxels).toBe(0);
  });

  it('finds one voxel that passes its neighbour, which central differences would miss', () => {
    const values = fieldOf(() => [0, 0, 0]);
    // i grows along −P in steps of 1.5 mm: this voxel jumps over the next.
    values[3 * ((2 * 6 + 3) * 7 + 3) + 1] = -1.6;
    const { minJacobian, foldedVoxels } = jacobianRange(values, grid);
    expect(minJacobian).toBeCloseTo(1 - 1.6 / 1.5, 5);
    expect(foldedVoxels).toBe(2);
  });
});

it('points go through a warp and back', () => {
  const grid: Grid = { sizeIjk: [20, 20, 20], affineIjkToLps: [5, 0, 0, -47, 0, 5, 0, -47, 0, 0, 5, -47] };
  const displacementMm = new Float32Array(3 * 8000);
  for (let n = 0; n < 8000; n++) {
    const [i, j, k] = [n % 20, Math.floor(n / 20) % 20, Math.floor(n / 400)];
    displacementMm.set([6 * Math.sin(j / 4), -5 * Math.cos(k / 3), 4 * Math.sin(i / 5)], 3 * n);
  }
  const warp = { movingOfFixed: [0.9, 0.1, 0, 4, -0.1, 1.1, 0, 5, 0, 0, 1, 6], field: { grid, displacementMm } };
  for (const p of [
    [0, 0, 0],
    [30, -20, 10],
    [80, 80, -80],
  ] as const) {
    // prettier-ignore
    const back = fixedPoint(warp, movingPoint(warp, p));
    for (let d = 0; d < 3; d++) expect(back[d]).toBeCloseTo(p[d], 2);
  }
  // At a voxel's centre the displacement is that voxel's.
  const [x, y, z] = movingPoint({ ...warp, movingOfFixed: IDENTITY }, [-47 + 5 * 3, -47 + 5 * 7, -47 + 5 * 9]);
  expect(x + 32).toBeCloseTo(6 * Math.sin(7 / 4), 5);
  expect(y + 12).toBeCloseTo(-5 * Math.cos(3), 5);
  expect(z + 2).toBeCloseTo(4 * Math.sin(3 / 5), 5);
});

it('frameStart brings origin to origin and axes to axes', () => {
  const frame = (originLps: Vec3, a: number): Parameters<typeof frameStart>[0] => ({
    originLps,
    leftLps: [Math.cos(a), Math.sin(a), 0],
    posteriorLps: [-Math.sin(a), Math.cos(a), 0],
    superiorLps: [0, 0, 1],
    rotationDegrees: [0, 0, 0],
    sizeRatios: [1, 1, 1],
  });
  const map = frameStart(frame([1, 2, 3], 0.2), frame([-40, 50, 60], 0.7));
  const nose = transformPoint(map, [1 + 100 * Math.sin(0.2), 2 - 100 * Math.cos(0.2), 3]);
  expect(nose[0]).toBeCloseTo(-40 + 100 * Math.sin(0.7), 9);
  expect(nose[1]).toBeCloseTo(50 - 100 * Math.cos(0.7), 9);
  expect(nose[2]).toBeCloseTo(60, 9);
});
