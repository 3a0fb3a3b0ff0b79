import { checkKernels, forEachBackend, randomMask } from '@efface/compute/testing';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { cases } from './distance.cases.ts';
import { type DistanceRequest, distanceMm, FAR_MM, signedDistanceMm } from './distance.ts';

checkKernels(cases);

function isSet(mask: Uint32Array, [ni, nj]: Vec3, [i, j, k]: Vec3): boolean {
  return ((mask[(k * nj + j) * wordsPerRow(ni) + (i >> 5)] >>> (i & 31)) & 1) === 1;
}

/** Every voxel against every voxel, in f64. */
function byHand(mask: Uint32Array, size: Vec3, spacing: Vec3, value: boolean): Float64Array {
  const [ni, nj, nk] = size;
  const found: Vec3[] = [];
  const all: Vec3[] = [];
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++) {
        all.push([i, j, k]);
        if (isSet(mask, size, [i, j, k]) === value) found.push([i, j, k]);
      }
  return Float64Array.from(all, (p) =>
    found.reduce((least, q) => Math.min(least, Math.hypot(...p.map((x, d) => (x - q[d]) * spacing[d]))), FAR_MM),
  );
}

forEachBackend((_, backend) => {
  const run = async (
    op: (on: ReturnType<typeof backend>, request: DistanceRequest) => ReturnType<typeof distanceMm>,
    bits: Uint32Array,
    sizeIjk: Vec3,
    spacingMm: Vec3,
  ) => {
    const mask = backend().createBuffer('mask', bits.byteLength, bits);
    const dst = op(backend(), { mask, sizeIjk, spacingMm });
    const result = new Float32Array(await backend().read(dst), 0, sizeIjk[0] * sizeIjk[1] * sizeIjk[2]);
    backend().release(mask);
    backend().release(dst);
    return result;
  };

  describe.each([
    [[33, 7, 5], [1, 1, 1], 0.01],
    [[12, 19, 8], [0.5, 0.9, 3], 0.02],
    [[5, 40, 3], [2, 0.3, 1.1], 0.05],
    [[9, 9, 9], [1, 2, 4], 0.6],
  ] as const)('%j voxels of %j mm', (size, spacing, density) => {
    it(`distances are those of all pairs, density ${density}`, async () => {
      const bits = randomMask(11, size, density);
      const expected = byHand(bits, size, spacing, true);
      const result = await run(distanceMm, bits, size, spacing);
      for (let n = 0; n < expected.length; n++)
        expect(Math.abs(result[n] - expected[n])).toBeLessThanOrEqual(1e-6 * Math.max(expected[n], 1e-3));
    });

    it('signed ones are the difference of both sides', async () => {
      const bits = randomMask(12, size, density);
      const outside = byHand(bits, size, spacing, true);
      const inside = byHand(bits, size, spacing, false);
      const result = await run(signedDistanceMm, bits, size, spacing);
      for (let n = 0; n < outside.length; n++)
        expect(Math.abs(result[n] - (outside[n] - inside[n]))).toBeLessThanOrEqual(
          1e-6 * (outside[n] + inside[n] + 1e-3),
        );
    });
  });

  it('a point has spheres around it', async () => {
    const size: Vec3 = [64, 50, 41];
    const bits = new Uint32Array(2 * 50 * 41);
    bits[(20 * 50 + 30) * 2 + 1] = 1 << 8;
    const result = await run(distanceMm, bits, size, [0.8, 1, 2.5]);
    for (const [i, j, k] of [
      [40, 30, 20],
      [0, 0, 0],
      [63, 49, 40],
      [40, 0, 20],
      [39, 30, 21],
    ] as const) {
      // prettier-ignore
      const expected = Math.hypot((i - 40) * 0.8, j - 30, (k - 20) * 2.5);
      expect(Math.abs(result[(k * 50 + j) * 64 + i] - expected)).toBeLessThanOrEqual(1e-6 * expected);
    }
  });

  it('an empty mask is far from everything', async () => {
    const result = await run(distanceMm, new Uint32Array(3 * 2), [5, 3, 2], [1, 1, 1]);
    for (const mm of result) expect(Math.abs(mm / FAR_MM - 1)).toBeLessThan(1e-6);
  });

  it('refuses spacings and grids that make no distance', () => {
    const mask = backend().createBuffer('mask', 4);
    expect(() => distanceMm(backend(), { mask, sizeIjk: [1, 1, 1], spacingMm: [1, 0, 1] })).toThrow(RangeError);
    expect(() => distanceMm(backend(), { mask, sizeIjk: [70_000, 1, 1], spacingMm: [1, 1, 1] })).toThrow(RangeError);
    backend().release(mask);
  });
});
