import { type CpuKernel, storedView } from '@efface/compute';
import { type ThresholdMaskBinding, type ThresholdMaskParams } from './threshold-mask.gen.ts';

function thresholdMaskMain(
  { sizeIjk, wordsPerRow, low, high }: ThresholdMaskParams,
  stored: ArrayLike<number>,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  for (let row = begin; row < end; row++) {
    for (let w = 0; w < wordsPerRow; w++) {
      const first = w * 32;
      const n = Math.min(32, sizeIjk[0] - first);
      const base = row * sizeIjk[0] + first;
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
  run: ({ params, constants, buffers, begin, end }) =>
    thresholdMaskMain(params, storedView(buffers.volume0, constants['VOXEL_FORMAT']), buffers.dst.u32, begin, end),
};
