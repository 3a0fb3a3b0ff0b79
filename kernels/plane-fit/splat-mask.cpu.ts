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
        // Runs of set bits are walked without looking at the bits.
        const b = 31 - Math.clz32(bits & -bits);
        const gaps = ~(bits >> b);
        const run = gaps === 0 ? 32 - b : Math.min(32 - b, 31 - Math.clz32(gaps & -gaps));
        bits = b + run >= 32 ? 0 : bits & (-1 << (b + run));
        let u = u0 + du * (32 * w + b);
        let v = v0 + dv * (32 * w + b);
        for (let n = 0; n < run; n++, u += du, v += dv) {
          const pu = u >> fractionBits;
          const pv = v >> fractionBits;
          // A negative position is a large number without its sign.
          if (pu >>> 0 >= nu || pv >>> 0 >= nv) continue;
          const dstWord = pv * dstWordsPerRow + (pu >>> 5);
          if (dstWord !== heldWord) {
            setBits(dst, heldWord, heldBits);
            heldWord = dstWord;
            heldBits = 0;
          }
          heldBits |= 1 << (pu & 31);
        }
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
