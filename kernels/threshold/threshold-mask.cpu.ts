import { type CpuKernel, storedView, VOXEL_FORMATS } from '@efface/compute';
import { type ThresholdMaskBinding, type ThresholdMaskParams } from './threshold-mask.gen.ts';

/** Stored integers: the signs of two differences decide, since a branch on noisy data costs more than the rest. */
function thresholdIntegers(
  { sizeIjk: [ni], wordsPerRow, low, high }: ThresholdMaskParams,
  stored: ArrayLike<number>,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  // Beyond 17 bits no stored integer lies, and the differences stay within 32.
  const least = Math.min(2 ** 17, Math.max(-(2 ** 17), Math.ceil(low))) | 0;
  const most = Math.min(2 ** 17, Math.max(-(2 ** 17), Math.floor(high))) | 0;
  for (let row = begin; row < end; row++) {
    for (let w = 0; w < wordsPerRow; w++) {
      const base = row * ni + w * 32;
      const n = Math.min(32, ni - w * 32);
      let bits = 0;
      for (let b = 0; b < n; b++) {
        const v = stored[base + b] | 0;
        bits |= (~((v - least) | (most - v)) >>> 31) << b;
      }
      dst[row * wordsPerRow + w] = bits;
    }
  }
}

function thresholdFloats(
  { sizeIjk: [ni], wordsPerRow, low, high }: ThresholdMaskParams,
  stored: ArrayLike<number>,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  for (let row = begin; row < end; row++) {
    for (let w = 0; w < wordsPerRow; w++) {
      const base = row * ni + w * 32;
      const n = Math.min(32, ni - w * 32);
      let bits = 0;
      for (let b = 0; b < n; b++) {
        const v = stored[base + b];
        if (v >= low && v <= high) bits |= 1 << b;
      }
      dst[row * wordsPerRow + w] = bits;
    }
  }
}

/** Units are rows (constant j, k). */
export const thresholdMaskCpu: CpuKernel<ThresholdMaskParams, ThresholdMaskBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers, begin, end }) => {
    const format = constants['VOXEL_FORMAT'];
    const threshold = format === VOXEL_FORMATS.f32 ? thresholdFloats : thresholdIntegers;
    threshold(params, storedView(buffers.volume0, format), buffers.dst.u32, begin, end);
  },
};
