import { type CpuKernel } from '@efface/compute';
import { type SplatMaskBinding, type SplatMaskParams } from './splat-mask.gen.ts';

const NOWHERE = -1;

function setBits(dst: Uint32Array, word: number, bits: number): void {
  // Another thread may set a bit between the look and the write; a bit that was seen stays set.
  if (word !== NOWHERE && (dst[word] & bits) !== bits) Atomics.or(dst, word, bits);
}

function splatMaskMain(
  { sizeIjk, wordsPerRow, sizeUv, dstWordsPerRow, stepI, stepJ, stepK, origin }: SplatMaskParams,
  fractionBits: number,
  src: Uint32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  const nj = sizeIjk[1];
  const [nu, nv] = sizeUv;
  const [du, dv] = stepI;
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    const u0 = origin[0] + stepJ[0] * j + stepK[0] * k;
    const v0 = origin[1] + stepJ[1] * j + stepK[1] * k;
    let heldWord = NOWHERE;
    let heldBits = 0;
    for (let w = 0; w < wordsPerRow; w++) {
      let bits = src[row * wordsPerRow + w] | 0;
      while (bits !== 0) {
        const b = 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
        const i = 32 * w + b;
        const u = (u0 + du * i) >> fractionBits;
        const v = (v0 + dv * i) >> fractionBits;
        if (u < 0 || u >= nu || v < 0 || v >= nv) continue;
        const dstWord = v * dstWordsPerRow + (u >>> 5);
        if (dstWord !== heldWord) {
          setBits(dst, heldWord, heldBits);
          heldWord = dstWord;
          heldBits = 0;
        }
        heldBits |= 1 << (u & 31);
      }
    }
    setBits(dst, heldWord, heldBits);
  }
}

/** Units are rows (constant j, k). */
export const splatMaskCpu: CpuKernel<SplatMaskParams, SplatMaskBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: { src, dst }, begin, end }) =>
    splatMaskMain(params, constants['FRACTION_BITS'], src.u32, dst.u32, begin, end),
};
