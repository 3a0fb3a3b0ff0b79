import { type CpuKernel } from '@efface/compute';
import { type InsertLabelBinding, type InsertLabelParams } from './insert-label.gen.ts';

function insertLabelMain(
  { sizeIjk, wordsPerRow, label }: InsertLabelParams,
  src: Uint32Array,
  labels: Uint32Array,
  begin: number,
  end: number,
): void {
  const ni = sizeIjk[0];
  const others = ~(1 << label);
  for (let row = begin; row < end; row++) {
    const base = row * ni;
    for (let w = 0; w < wordsPerRow; w++) {
      let bits = src[row * wordsPerRow + w];
      const stop = base + Math.min(ni, 32 * w + 32);
      for (let index = base + 32 * w; index < stop; index++) {
        labels[index] = (labels[index] & others) | ((bits & 1) << label);
        bits >>>= 1;
      }
    }
  }
}

/** Units are rows (constant j, k). */
export const insertLabelCpu: CpuKernel<InsertLabelParams, InsertLabelBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { src, labels }, begin, end }) => insertLabelMain(params, src.u32, labels.u32, begin, end),
};
