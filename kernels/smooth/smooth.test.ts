import { checkKernels, forEachBackend, randomF32 } from '@efface/compute/testing';
import { expect, it } from 'vitest';
import { cases } from './smooth.cases.ts';
import { gaussianPoles } from './gaussian-poles.ts';
import { gaussianWeights, smoothGaussian, smoothGaussianRecursive } from './smooth.ts';

checkKernels(cases);

it('weights fall like a Gaussian and sum to one', () => {
  const weights = gaussianWeights(2);
  expect(weights.length).toBe(7);
  expect(weights[0] + 2 * weights.subarray(1).reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 6);
  // exp(−r²/8): ratio of neighbours at 1 and 2 voxels is exp(3/8).
  expect(weights[1] / weights[2]).toBeCloseTo(Math.exp(3 / 8), 5);
});

forEachBackend((_, backend) => {
  const smooth = async (
    values: Float32Array,
    sizeIjk: readonly [number, number, number],
    sigmaVoxels: readonly [number, number, number],
    op = smoothGaussian,
  ) => {
    const source = backend().createBuffer('source', values.byteLength, values);
    const dst = op(backend(), { source, sizeIjk, sigmaVoxels });
    const result = new Float32Array(await backend().read(dst));
    backend().release(source);
    backend().release(dst);
    return result;
  };

  it('leaves a constant alone, up to its borders', async () => {
    const result = await smooth(new Float32Array(13 * 7 * 5).fill(42), [13, 7, 5], [2, 1.5, 0.7]);
    for (const value of result) expect(Math.abs(value - 42)).toBeLessThan(1e-4);
  });

  it('spreads an impulse into the product of the weights', async () => {
    const impulse = new Float32Array(21 ** 3);
    impulse[(10 * 21 + 10) * 21 + 10] = 1;
    const result = await smooth(impulse, [21, 21, 21], [1, 1.5, 2]);
    const [wi, wj, wk] = [1, 1.5, 2].map(gaussianWeights);
    for (const [i, j, k] of [
      [0, 0, 0],
      [2, 1, 3],
      [-3, 4, -5],
    ] as const) {
      // prettier-ignore
      const expected = wi[Math.abs(i)] * wj[Math.abs(j)] * wk[Math.abs(k)];
      expect(Math.abs(result[((10 + k) * 21 + 10 + j) * 21 + 10 + i] / expected - 1)).toBeLessThan(1e-5);
    }
  });

  it('adds variances: twice sigma 1.5 is once sigma 1.5·√2, within what truncation takes', async () => {
    const impulse = new Float32Array(65);
    impulse[32] = 1;
    const once = await smooth(impulse, [65, 1, 1], [1.5 * Math.SQRT2, 0, 0]);
    const twice = await smooth(await smooth(impulse, [65, 1, 1], [1.5, 0, 0]), [65, 1, 1], [1.5, 0, 0]);
    for (let i = 0; i < 65; i++) expect(Math.abs(once[i] - twice[i])).toBeLessThan(2e-3);
  });

  it('gives a copy when no axis is smoothed', async () => {
    const values = randomF32(4, 60, -1, 1);
    expect(await smooth(values, [5, 4, 3], [0, 0, 0])).toEqual(values);
  });

  it.each([0, 1, 2])('by recursion along axis %i: an impulse becomes a Gaussian', async (axis) => {
    const sizes: [number, number, number] = [3, 3, 3];
    sizes[axis] = 161;
    const stride = [1, 3, 9][axis];
    const centre = 80 * stride + (13 - [1, 3, 9][axis]);
    for (const sigma of [0.7, 2, 6.5, 15]) {
      const impulse = new Float32Array(9 * 161);
      impulse[centre] = 1;
      const sigmas: [number, number, number] = [0, 0, 0];
      sigmas[axis] = sigma;
      const result = await smooth(impulse, sizes, sigmas, smoothGaussianRecursive);
      const peak = 1 / (sigma * Math.sqrt(2 * Math.PI));
      for (let n = -80; n <= 80; n++) {
        // Deriche's fit is good to 5e-4 of the peak; below 1 voxel the sum of samples is not the integral.
        const expected = peak * Math.exp(-0.5 * (n / sigma) ** 2);
        expect(Math.abs(result[centre + n * stride] - expected)).toBeLessThan((sigma < 1 ? 2e-3 : 6e-4) * peak);
      }
    }
  });

  it('by recursion: a constant stays, up to its borders, and wide ones agree with the truncated one', async () => {
    const constant = await smooth(
      new Float32Array(13 * 7 * 5).fill(42),
      [13, 7, 5],
      [3, 9, 1],
      smoothGaussianRecursive,
    );
    for (const value of constant) expect(Math.abs(value - 42)).toBeLessThan(1e-3);
    const values = randomF32(3, 40 * 30 * 20, 0, 1);
    const truncated = await smooth(values, [40, 30, 20], [3, 3, 3]);
    const recursive = await smooth(values, [40, 30, 20], [3, 3, 3], smoothGaussianRecursive);
    // What lies beyond 3σ, 0.27 % along each axis, and the fit.
    for (let n = 0; n < values.length; n++)
      expect(Math.abs(truncated[n] - recursive[n])).toBeLessThan(3 * 0.0027 + 1e-3);
  });
});

it('poles weigh one in all, and are refused where the fit is none', () => {
  for (const sigma of [0.7, 1, 4, 50]) {
    const { gains, steady } = gaussianPoles(sigma);
    const once = gains[0] * steady[0] - gains[1] * steady[1] + gains[2] * steady[2] - gains[3] * steady[3];
    expect(2 * once - gains[0] - gains[2]).toBeCloseTo(1, 12);
  }
  expect(() => gaussianPoles(0.5)).toThrow(RangeError);
});
