import { type CpuKernel } from '@efface/compute';
import { type ExtractLabelBinding, type ExtractLabelParams } from './extract-label.gen.ts';

function extractLabelMain(
  { sizeIjk, wordsPerRow, label }: ExtractLabelParams,
  labels: Uint32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  const ni = sizeIjk[0];
  for (let row = begin; row < end; row++) {
    const base = row * ni;
    for (let w = 0; w < wordsPerRow; w++) {
      let bits = 0;
      // From the last voxel of the word to the first, each shifting those behind it up.
      for (let i = Math.min(ni, 32 * w + 32) - 1; i >= 32 * w; i--)
        bits = (bits << 1) | ((labels[base + i] >>> label) & 1);
      dst[row * wordsPerRow + w] = bits;
    }
  }
}

/** Units are rows (constant j, k). */
export const extractLabelCpu: CpuKernel<ExtractLabelParams, ExtractLabelBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { labels, dst }, begin, end }) => extractLabelMain(params, labels.u32, dst.u32, begin, end),
};
