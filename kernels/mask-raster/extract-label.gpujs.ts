import { gpuJsArray, type GpuJsForm, gpuJsHalves, type GpuJsThread } from '@efface/compute';
import { type ExtractLabelBinding, type ExtractLabelParams } from './extract-label.gen.ts';

/** Sixteen voxels of a row: the sum of 2ᵇ over those whose half has the bit. `labels` has two halves a voxel. */
function extractLabelThread(this: GpuJsThread, labels: number[][], ni: number, half: number, bit: number): number {
  let bits = 0;
  let weight = 1;
  for (let b = 0; b < 16; b++) {
    const i = 16 * this.thread.x + b;
    if (i < ni) {
      bits += weight * ((labels[this.thread.y][2 * i + half] >> bit) & 1);
    }
    weight *= 2;
  }
  return bits;
}

/** Half a word of the mask a thread. */
export const extractLabelGpuJs: GpuJsForm<ExtractLabelParams, ExtractLabelBinding> = {
  passes: ({ params: { sizeIjk, wordsPerRow, label }, buffers }) => {
    const rows = sizeIjk[1] * sizeIjk[2];
    const dst = gpuJsHalves(buffers.dst, wordsPerRow, [rows]);
    const labels = gpuJsArray(buffers.labels.u16, [2 * sizeIjk[0], rows]);
    const args = [labels, sizeIjk[0], Math.floor(label / 16), label % 16];
    return [{ thread: extractLabelThread, args, output: dst.size, into: dst.values }];
  },
};
