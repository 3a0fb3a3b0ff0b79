import { type GpuJsForm, type GpuJsThread, gpuJsHalves, gpuJsVolume } from '@efface/compute';
import { type ThresholdMaskBinding, type ThresholdMaskParams } from './threshold-mask.gen.ts';

/** Sixteen voxels of a row: the sum of 2ᵇ over those in the range. */
function thresholdMaskThread(this: GpuJsThread, stored: number[][][], ni: number, low: number, high: number): number {
  let bits = 0;
  let weight = 1;
  for (let b = 0; b < 16; b++) {
    const i = 16 * this.thread.x + b;
    if (i < ni) {
      const v = stored[this.thread.z][this.thread.y][i];
      if (v >= low && v <= high) {
        bits += weight;
      }
    }
    weight *= 2;
  }
  return bits;
}

/** Half a word a thread. */
export const thresholdMaskGpuJs: GpuJsForm<ThresholdMaskParams, ThresholdMaskBinding> = {
  passes: ({ params: { sizeIjk, wordsPerRow, low, high }, constants, buffers }) => {
    const { values, size } = gpuJsHalves(buffers.dst, wordsPerRow, [sizeIjk[1], sizeIjk[2]]);
    const args = [gpuJsVolume(buffers, constants, sizeIjk), sizeIjk[0], low, high];
    return [{ thread: thresholdMaskThread, args, output: size, into: values }];
  },
};
