import { createMask, type Mask } from './mask.ts';
import type { Vec3 } from './vec3.ts';

/** A box of voxels of a grid: `sizeIjk` of them along each axis, from voxel `lowIjk` on. */
export interface VoxelBox {
  readonly lowIjk: Vec3;
  readonly sizeIjk: Vec3;
}

/** All voxels of a grid of this size. */
export function wholeBox(sizeIjk: Vec3): VoxelBox {
  return { lowIjk: [0, 0, 0], sizeIjk };
}

/** The smallest box that holds a mask and begins at a whole word of its rows; undefined for an empty mask. */
export function boxOfMask({ sizeIjk: [ni, nj, nk], wordsPerRow, words }: Mask): VoxelBox | undefined {
  let [wLow, wHigh, jLow, jHigh, kLow, kHigh] = [wordsPerRow, -1, nj, -1, nk, -1];
  for (let k = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let w = 0; w < wordsPerRow; w++, at++) {
        if (words[at] === 0) continue;
        if (w < wLow) wLow = w;
        if (w > wHigh) wHigh = w;
        if (j < jLow) jLow = j;
        if (j > jHigh) jHigh = j;
        if (k < kLow) kLow = k;
        kHigh = k;
      }
  if (kHigh < 0) return undefined;
  const past = Math.min(ni, 32 * (wHigh + 1));
  return { lowIjk: [32 * wLow, jLow, kLow], sizeIjk: [past - 32 * wLow, jHigh + 1 - jLow, kHigh + 1 - kLow] };
}

/** A box with a margin around it, voxels, within a grid; it begins at a whole word of the rows of the grid's masks. */
export function grownBox({ lowIjk, sizeIjk }: VoxelBox, marginIjk: Vec3, gridIjk: Vec3): VoxelBox {
  const low = ([0, 1, 2] as const).map((d) => Math.max(0, lowIjk[d] - marginIjk[d]));
  low[0] -= low[0] % 32;
  const past = ([0, 1, 2] as const).map((d) => Math.min(gridIjk[d], lowIjk[d] + sizeIjk[d] + marginIjk[d]));
  return { lowIjk: [low[0], low[1], low[2]], sizeIjk: [past[0] - low[0], past[1] - low[1], past[2] - low[2]] };
}

/** The part of a mask in a box that begins at a whole word of its rows (RangeError for another). */
export function cutMask({ sizeIjk: [, nj], wordsPerRow, words }: Mask, { lowIjk, sizeIjk }: VoxelBox): Mask {
  if (lowIjk[0] % 32 !== 0) throw new RangeError(`a mask cannot be cut at voxel ${lowIjk[0]} of its rows`);
  const cut = createMask(sizeIjk);
  const last = (sizeIjk[0] & 31) === 0 ? -1 : (1 << (sizeIjk[0] & 31)) - 1;
  for (let k = 0, to = 0; k < sizeIjk[2]; k++)
    for (let j = 0; j < sizeIjk[1]; j++, to += cut.wordsPerRow) {
      const from = ((lowIjk[2] + k) * nj + lowIjk[1] + j) * wordsPerRow + lowIjk[0] / 32;
      cut.words.set(words.subarray(from, from + cut.wordsPerRow), to);
      cut.words[to + cut.wordsPerRow - 1] &= last;
    }
  return cut;
}
