import { createMask, type Grid, type Mask } from '@efface/volume';

/** Where bit `n` of voxels (one u32 each, i fastest) is set. */
export function maskOfBit(bits: Uint32Array, n: number, { sizeIjk }: Grid): Mask {
  const mask = createMask(sizeIjk);
  const [ni, nj, nk] = sizeIjk;
  for (let row = 0, v = 0; row < nj * nk; row++)
    for (let i = 0; i < ni; i++, v++)
      if ((bits[v] >>> n) & 1) mask.words[row * mask.wordsPerRow + (i >>> 5)] |= 1 << (i & 31);
  return mask;
}
