import { checkKernels, forEachBackend, randomMask } from '@efface/compute/testing';
import { maskToBytes, type Vec3, wordsPerRow } from '@efface/volume';
import { expect, it } from 'vitest';
import { cases } from './morphology.cases.ts';
import { ballRows, close, dilate, erode, type MorphologyRequest, open } from './morphology.ts';

checkKernels(cases);

const SIZE: Vec3 = [45, 12, 10];
const SPACING: Vec3 = [0.8, 1.5, 2.5];

/** Brute force from the definition: is any set voxel within the radius? */
function dilateByDefinition(bytes: Uint8Array, radiusMm: number): Uint8Array {
  const [ni, nj] = SIZE;
  const out = new Uint8Array(bytes.length);
  for (let a = 0; a < bytes.length; a++) {
    const p = [a % ni, Math.floor(a / ni) % nj, Math.floor(a / (ni * nj))];
    for (let b = 0; b < bytes.length && out[a] === 0; b++) {
      if (bytes[b] === 0) continue;
      const q = [b % ni, Math.floor(b / ni) % nj, Math.floor(b / (ni * nj))];
      if (Math.hypot(...p.map((v, d) => (v - q[d]) * SPACING[d])) <= radiusMm + 1e-9) out[a] = 1;
    }
  }
  return out;
}

it('a ball has the voxels at the radius and refuses to be wider than a word', () => {
  // Spacing 1, radius 1: the centre row 3 wide, four neighbouring rows 1 wide.
  expect([...ballRows([1, 1, 1], 1)].length / 4).toBe(5);
  expect(ballRows([0.7, 1, 1], 2.1)[2 + 4 * 6]).toBe(3);
  expect(() => ballRows([0.1, 1, 1], 4)).toThrow(/31 voxels/);
});

forEachBackend((_, backend) => {
  const run = async (operation: typeof dilate, words: Uint32Array, radiusMm: number): Promise<Uint8Array> => {
    const mask = backend().createBuffer('mask', words.byteLength, words);
    const request: MorphologyRequest = { mask, sizeIjk: SIZE, spacingMm: SPACING, radiusMm };
    const dst = operation(backend(), request);
    const result = new Uint32Array(await backend().read(dst));
    backend().release(mask);
    backend().release(dst);
    return maskToBytes({ sizeIjk: SIZE, wordsPerRow: wordsPerRow(SIZE[0]), words: result });
  };
  const bytesOf = (words: Uint32Array): Uint8Array => maskToBytes({ sizeIjk: SIZE, wordsPerRow: 2, words });

  it('dilates as the definition says, on an anisotropic grid', async () => {
    const words = randomMask(11, SIZE, 0.003);
    for (const radiusMm of [0, 1.6, 3, 5.1])
      expect(await run(dilate, words, radiusMm)).toEqual(dilateByDefinition(bytesOf(words), radiusMm));
  });

  it('erodes to the complement of the dilated complement', async () => {
    const words = randomMask(12, SIZE, 0.997);
    const outside = bytesOf(words).map((v) => 1 - v);
    expect(await run(erode, words, 3)).toEqual(dilateByDefinition(outside, 3).map((v) => 1 - v));
  });

  it('opening shrinks, closing grows, and doing either twice changes nothing more', async () => {
    const words = randomMask(13, SIZE, 0.6);
    const before = bytesOf(words);
    const opened = await run(open, words, 1.6);
    const closed = await run(close, words, 1.6);
    expect(before.every((v, n) => opened[n] <= v && v <= closed[n])).toBe(true);
    const again = (bytes: Uint8Array): Uint32Array => {
      const packed = new Uint32Array(words.length);
      bytes.forEach(
        (v, n) => (packed[Math.floor(n / SIZE[0]) * 2 + ((n % SIZE[0]) >> 5)] |= v << ((n % SIZE[0]) & 31)),
      );
      return packed;
    };
    expect(await run(open, again(opened), 1.6)).toEqual(opened);
    expect(await run(close, again(closed), 1.6)).toEqual(closed);
  });
});
