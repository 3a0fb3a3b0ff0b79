import { type Grid } from './grid.ts';
import type { Vec3 } from './vec3.ts';
import { allocateShared } from './shared-memory.ts';

/**
 * A set of voxels, one bit each. Rows (constant j, k) start on a word: bit b of word
 * `(k·nj + j)·wordsPerRow + w` is voxel i = 32·w + b. Bits past the row's end are always 0.
 */
export interface Mask {
  readonly sizeIjk: Vec3;
  readonly wordsPerRow: number;
  /** `wordsPerRow · nj · nk` words, in shared memory. */
  readonly words: Uint32Array;
}

/** Words of one row of `ni` voxels. */
export function wordsPerRow(ni: number): number {
  return Math.ceil(ni / 32);
}

/** Empty mask of the given size (i, j, k). */
export function createMask(sizeIjk: Vec3): Mask {
  const perRow = wordsPerRow(sizeIjk[0]);
  const words = new Uint32Array(allocateShared(4 * perRow * sizeIjk[1] * sizeIjk[2]));
  return { sizeIjk, wordsPerRow: perRow, words };
}

/** Mask of the voxels whose stored value is not 0. `values` has ni·nj·nk entries, i fastest. */
export function maskFromNonzero(sizeIjk: Vec3, values: ArrayLike<number | bigint>): Mask {
  const mask = createMask(sizeIjk);
  const [ni, nj, nk] = sizeIjk;
  let index = 0;
  for (let row = 0; row < nj * nk; row++) {
    const base = row * mask.wordsPerRow;
    for (let i = 0; i < ni; i++, index++) {
      const value = values[index];
      // NaN, the only value that differs from itself, is not a voxel anybody marked.
      if (value !== 0 && value !== 0n && value === value) mask.words[base + (i >>> 5)] |= 1 << (i & 31);
    }
  }
  return mask;
}

/** One byte per voxel, 1 inside, i fastest. */
export function maskToBytes(mask: Mask): Uint8Array {
  const [ni, nj, nk] = mask.sizeIjk;
  const out = new Uint8Array(allocateShared(Math.ceil((ni * nj * nk) / 4) * 4), 0, ni * nj * nk);
  let index = 0;
  for (let row = 0; row < nj * nk; row++) {
    const base = row * mask.wordsPerRow;
    for (let i = 0; i < ni; i++, index++) out[index] = (mask.words[base + (i >>> 5)] >>> (i & 31)) & 1;
  }
  return out;
}

/** Is voxel (i, j, k) inside? Indices must be in range. */
export function maskHas(mask: Mask, i: number, j: number, k: number): boolean {
  const row = k * mask.sizeIjk[1] + j;
  return ((mask.words[row * mask.wordsPerRow + (i >>> 5)] >>> (i & 31)) & 1) === 1;
}

/** Number of set bits in one word. */
export function popcount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return (((v + (v >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** Number of voxels inside. */
export function maskCount(mask: Mask): number {
  let count = 0;
  for (const word of mask.words) count += popcount(word);
  return count;
}

/** Number of voxels inside both. The sizes must agree, else RangeError. */
export function overlapCount(a: Mask, b: Mask): number {
  if (a.sizeIjk.some((n, d) => n !== b.sizeIjk[d])) throw new RangeError('the masks have different sizes');
  let count = 0;
  for (let w = 0; w < a.words.length; w++) count += popcount(a.words[w] & b.words[w]);
  return count;
}

/** A mask with its grid. */
export interface GridMask {
  readonly grid: Grid;
  readonly mask: Mask;
}
