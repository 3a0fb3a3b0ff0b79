import { type CpuKernel } from '@efface/compute';
import { type LabelSelectBinding, type LabelSelectParams } from './label-select.gen.ts';

function labelSelectMain(
  { sizeIjk, wordsPerRow }: LabelSelectParams,
  labels: Uint32Array,
  chosen: Uint32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  for (let row = begin; row < end; row++) {
    for (let w = 0; w < wordsPerRow; w++) {
      const first = 32 * w;
      const n = Math.min(32, sizeIjk[0] - first);
      const base = row * sizeIjk[0] + first;
      let bits = 0;
      for (let b = 0; b < n; b++) {
        const label = labels[base + b];
        if (label !== 0 && chosen[label - 1] !== 0) bits |= 1 << b;
      }
      dst[row * wordsPerRow + w] = bits;
    }
  }
}

/** Units are rows (constant j, k). */
export const labelSelectCpu: CpuKernel<LabelSelectParams, LabelSelectBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { labels, chosen, dst }, begin, end }) =>
    labelSelectMain(params, labels.u32, chosen.u32, dst.u32, begin, end),
};
