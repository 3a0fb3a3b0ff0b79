import { type Backend, deviceVolumeFromF32 } from '@efface/compute';
import { forEachBackend, randomF32 } from '@efface/compute/testing';
import { type Grid, ijkToLps, invert, transformPoint, uniformRescale, type Vec3 } from '@efface/volume';
import { expect, it } from 'vitest';
import { CubicSpline } from './cubic-spline.ts';
import { resampleCubic, splineCoefficients } from './spline.ts';

const SOURCE: Grid = { sizeIjk: [24, 20, 18], affineIjkToLps: [0, 1.5, 0, -14, -0.9, 0, 0.3, 9, 0.2, 0, 2, -15] };
const TARGET: Grid = { sizeIjk: [15, 14, 13], affineIjkToLps: [1.1, 0.1, 0, -8, -0.1, 1, 0.1, -8, 0, 0.1, 1.2, -6] };

const targetIndices = (n: number): Vec3 => [n % 15, Math.floor(n / 15) % 14, Math.floor(n / 210)];

/** Where in the source's voxels a target voxel lies. */
function sourceIjk(n: number, displacementMm: Float32Array | undefined): Vec3 {
  const [x, y, z] = ijkToLps(TARGET, targetIndices(n));
  const [dx, dy, dz] = displacementMm?.subarray(3 * n, 3 * n + 3) ?? [0, 0, 0];
  return transformPoint(invert(SOURCE.affineIjkToLps), [x + dx, y + dy, z + dz]);
}

async function cubic(
  backend: Backend,
  values: Float32Array,
  targetGrid: Grid,
  displacement?: Float32Array,
): Promise<Float32Array> {
  const buffer = backend.createBuffer('values', values.byteLength, values);
  const field = displacement && backend.createBuffer('field', displacement.byteLength, displacement);
  const dst = resampleCubic(backend, {
    source: deviceVolumeFromF32(buffer, SOURCE.sizeIjk), sourceGrid: SOURCE, targetGrid, outsideValue: -1,
    rescale: uniformRescale(SOURCE.sizeIjk[2], 1, 0), ...(field && { displacementMm: field }),
  }); // prettier-ignore
  const found = new Float32Array(await backend.read(dst));
  backend.release(dst);
  backend.release(buffer);
  if (field) backend.release(field);
  return found;
}

const isInside = (ijk: Vec3): boolean => ijk.every((x, axis) => x >= 0 && x <= SOURCE.sizeIjk[axis] - 1);

it('the f64 spline is a cubic between its knots: it reproduces one, and its samples', () => {
  const samples = Float64Array.from({ length: 40 }, (_, x) => 0.01 * (x - 20) ** 3 - x);
  const spline = new CubicSpline([40, 1, 1], samples);
  for (let x = 0; x < 40; x++) expect(spline.valueAt(x, 0, 0)).toBeCloseTo(samples[x], 9);
  // Mirrors at the ends have another slope; their trace falls by 0.27 a voxel.
  for (let x = 15; x < 25; x += 0.37) expect(spline.valueAt(x, 0, 0)).toBeCloseTo(0.01 * (x - 20) ** 3 - x, 4);
});

forEachBackend((_, backend) => {
  it('coefficients are those of the recursion in f64', async () => {
    const sizeIjk: Vec3 = [5, 4, 3];
    const values = randomF32(2, 60, -1000, 1000);
    const source = backend().createBuffer('values', values.byteLength, values);
    const coefficients = splineCoefficients(backend(), source, sizeIjk);
    const found = new Float32Array(await backend().read(coefficients));
    backend().release(source);
    backend().release(coefficients);
    // A spline with these coefficients goes through the values.
    const at = (axis: number, index: number): number =>
      index === -1 ? 1 : index === sizeIjk[axis] ? index - 2 : index;
    let worst = 0;
    for (let n = 0; n < 60; n++) {
      const p = [n % 5, Math.floor(n / 5) % 4, Math.floor(n / 20)];
      let sum = 0;
      for (const [dk, wk] of [[-1, 1], [0, 4], [1, 1]])
        for (const [dj, wj] of [[-1, 1], [0, 4], [1, 1]])
          for (const [di, wi] of [[-1, 1], [0, 4], [1, 1]]) {
            const [i, j, k] = [at(0, p[0] + di), at(1, p[1] + dj), at(2, p[2] + dk)];
            sum += (wi * wj * wk * found[(k * 4 + j) * 5 + i]) / 216;
          } // prettier-ignore
      worst = Math.max(worst, Math.abs(sum - values[n]));
    }
    // Three passes of 27 f32 products with weights of magnitude 3 on values of 1000.
    expect(worst).toBeLessThan(5e-3);
  });

  it('gives back the samples on its own grid', async () => {
    const values = randomF32(5, 24 * 20 * 18, -1000, 1000);
    const found = await cubic(backend(), values, SOURCE);
    expect(Math.max(...found.map((v, n) => Math.abs(v - values[n])))).toBeLessThan(5e-3);
  });

  it('is the f64 spline on an oblique grid, also under a displacement', async () => {
    const values = randomF32(7, 24 * 20 * 18, -1000, 1000);
    const spline = new CubicSpline(SOURCE.sizeIjk, values);
    const field = randomF32(8, 3 * 15 * 14 * 13, -2, 2);
    for (const displacement of [undefined, field]) {
      const found = await cubic(backend(), values, TARGET, displacement);
      let checked = 0;
      let worst = 0;
      for (let n = 0; n < found.length; n++) {
        const ijk = sourceIjk(n, displacement);
        if (!isInside(ijk)) continue;
        checked++;
        worst = Math.max(worst, Math.abs(found[n] - spline.valueAt(...ijk)));
      }
      expect(checked).toBeGreaterThan(1000);
      // Positions are off by 2e-5 voxel, between which noise of ±1000 changes by thousands a voxel.
      expect(worst).toBeLessThan(0.2);
    }
  });
});
