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
  const bit = 1 << label;
  for (let row = begin; row < end; row++) {
    let index = row * ni;
    for (let w = 0; w < wordsPerRow; w++) {
      const voxels = Math.min(32, ni - 32 * w);
      let bits = 0;
      let b = 0;
      // Four voxels at a time: their bits are put side by side with no chain between them.
      for (; b + 4 <= voxels; b += 4, index += 4) {
        const low = ((labels[index] & bit) >>> label) | (((labels[index + 1] & bit) >>> label) << 1);
        const high = ((labels[index + 2] & bit) >>> label) | (((labels[index + 3] & bit) >>> label) << 1);
        bits |= (low | (high << 2)) << b;
      }
      for (; b < voxels; b++, index++) bits |= ((labels[index] & bit) >>> label) << b;
      dst[row * wordsPerRow + w] = bits;
    }
  }
}

/** Units are rows (constant j, k). */
export const extractLabelCpu: CpuKernel<ExtractLabelParams, ExtractLabelBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { labels, dst }, begin, end }) => extractLabelMain(params, labels.u32, dst.u32, begin, end),
};
