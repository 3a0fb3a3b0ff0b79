import { checkKernels, forEachBackend, randomMask } from '@efface/compute/testing';
import { maskFromNonzero, maskToBytes, type Vec3, wordsPerRow } from '@efface/volume';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cases } from './morphology.cases.ts';
import { ballRows, close, dilate, erode, type MorphologyRequest, open } from './morphology.ts';

checkKernels(cases);

const SIZE: Vec3 = [45, 12, 10];
const SPACING: Vec3 = [0.8, 1.5, 2.5];

/** Brute force from the definition: is any set voxel within the radius? */
function dilateByDefinition(bytes: Uint8Array, radiusMm: number, size = SIZE, spacingMm = SPACING): Uint8Array {
  const [ni, nj] = size;
  const out = new Uint8Array(bytes.length);
  for (let a = 0; a < bytes.length; a++) {
    const p = [a % ni, Math.floor(a / ni) % nj, Math.floor(a / (ni * nj))];
    for (let b = 0; b < bytes.length && out[a] === 0; b++) {
      if (bytes[b] === 0) continue;
      const q = [b % ni, Math.floor(b / ni) % nj, Math.floor(b / (ni * nj))];
      if (Math.hypot(...p.map((v, d) => (v - q[d]) * spacingMm[d])) <= radiusMm + 1e-9) out[a] = 1;
    }
  }
  return out;
}

it('a ball has the voxels at its radius, widest row first', () => {
  // Spacing 1, radius 1: the centre row 3 wide, four neighbouring rows 1 wide.
  expect(ballRows([1, 1, 1], 1).map(({ reach }) => reach)).toEqual([1, 0, 0, 0, 0]);
  expect(ballRows([0.7, 1, 1], 2.1)[0]).toEqual({ dj: 0, dk: 0, reach: 3 });
  // Lattice points within 5 of the origin: 515 (OEIS A000605).
  expect(ballRows([1, 1, 1], 5).reduce((sum, { reach }) => sum + 2 * reach + 1, 0)).toBe(515);
  expect(() => ballRows([1, 1, 1], -1)).toThrow(RangeError);
  expect(() => ballRows([1, 1, 1], NaN)).toThrow(RangeError);
});

forEachBackend((_, backend) => {
  const run = async (
    operation: typeof dilate,
    bytes: Uint8Array,
    radiusMm: number,
    sizeIjk = SIZE,
    spacingMm = SPACING,
  ): Promise<Uint8Array> => {
    const { words } = maskFromNonzero(sizeIjk, bytes);
    const mask = backend().createBuffer('mask', words.byteLength, words);
    const request: MorphologyRequest = { mask, sizeIjk, spacingMm, radiusMm };
    const dst = operation(backend(), request);
    const result = new Uint32Array(await backend().read(dst));
    backend().release(mask);
    backend().release(dst);
    return maskToBytes({ sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), words: result });
  };
  const randomBytes = (seed: number, density: number): Uint8Array =>
    maskToBytes({ sizeIjk: SIZE, wordsPerRow: 2, words: randomMask(seed, [45, 12, 10], density) });

  it('dilates as the definition says, on an anisotropic grid', async () => {
    const bytes = randomBytes(11, 0.003);
    for (const radiusMm of [0, 1.6, 3, 5.1])
      expect(await run(dilate, bytes, radiusMm)).toEqual(dilateByDefinition(bytes, radiusMm));
  });

  it('reaches as far as it is told, over many words', async () => {
    const size: Vec3 = [300, 3, 2];
    const bytes = new Uint8Array(1800);
    bytes[130] = 1;
    bytes[1799] = 1;
    for (const radiusMm of [3.1, 3.3, 6.5, 10, 40])
      expect(await run(dilate, bytes, radiusMm, size, [0.1, 2, 4])).toEqual(
        dilateByDefinition(bytes, radiusMm, size, [0.1, 2, 4]),
      );
    // Rows so far apart that every row of the ball is a wide one.
    expect(await run(dilate, bytes, 5, size, [0.1, 6, 6])).toEqual(dilateByDefinition(bytes, 5, size, [0.1, 6, 6]));
  });

  it('erodes to the complement of the dilated complement', async () => {
    const bytes = randomBytes(12, 0.997);
    const outside = bytes.map((v) => 1 - v);
    expect(await run(erode, bytes, 3)).toEqual(dilateByDefinition(outside, 3).map((v) => 1 - v));
  });

  it('opening shrinks, closing grows, doing either twice changes nothing more, mirrors commute', async () => {
    const flip = (bytes: Uint8Array): Uint8Array => bytes.slice().reverse();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.double({ min: 0.02, max: 0.98, noNaN: true }),
        fc.double({ min: 0, max: 4, noNaN: true }),
        async (seed, density, radiusMm) => {
          const bytes = randomBytes(seed, density);
          const opened = await run(open, bytes, radiusMm);
          const closed = await run(close, bytes, radiusMm);
          expect(bytes.every((v, n) => opened[n] <= v && v <= closed[n])).toBe(true);
          expect(await run(open, opened, radiusMm)).toEqual(opened);
          expect(await run(close, closed, radiusMm)).toEqual(closed);
          // Reversing the voxels mirrors all three axes.
          expect(await run(close, flip(bytes), radiusMm)).toEqual(flip(closed));
          expect(await run(open, flip(bytes), radiusMm)).toEqual(flip(opened));
        },
      ),
      { numRuns: 15 },
    );
  });
});
