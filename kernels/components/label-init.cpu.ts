import { type CpuKernel } from '@efface/compute';
import { type LabelInitBinding, type LabelInitParams } from './label-init.gen.ts';

function labelInitMain(
  { sizeIjk, wordsPerRow }: LabelInitParams,
  mask: Uint32Array,
  labels: Uint32Array,
  begin: number,
  end: number,
): void {
  for (let row = begin; row < end; row++) {
    const base = row * sizeIjk[0];
    for (let i = 0; i < sizeIjk[0]; i++) {
      const bit = (mask[row * wordsPerRow + (i >>> 5)] >>> (i & 31)) & 1;
      labels[base + i] = bit === 1 ? base + i + 1 : 0;
    }
  }
}

/** Units are rows (constant j, k). */
export const labelInitCpu: CpuKernel<LabelInitParams, LabelInitBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { mask, labels }, begin, end }) => labelInitMain(params, mask.u32, labels.u32, begin, end),
};
