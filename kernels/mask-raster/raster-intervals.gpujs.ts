import { gpuJsArray, gpuJsHalves, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { type RasterIntervalsBinding, type RasterIntervalsParams } from './raster-intervals.gen.ts';

/** Sixteen voxels of a row, each asked whether it lies in the row's interval. */
function rasterIntervalsThread(this: GpuJsThread, intervals: number[][]): number {
  const first = intervals[this.thread.y][0];
  const last = intervals[this.thread.y][1];
  let bits = 0;
  let weight = 1;
  for (let b = 0; b < 16; b++) {
    const i = 16 * this.thread.x + b;
    if (i >= first && i < last) {
      bits += weight;
    }
    weight *= 2;
  }
  return bits;
}

/** Half a word a thread. Ends of intervals are counts of voxels of a row, far below 2²⁴. */
export const rasterIntervalsGpuJs: GpuJsForm<RasterIntervalsParams, RasterIntervalsBinding> = {
  passes: ({ params: { rows, wordsPerRow }, buffers: { intervals, dst } }) => {
    const { values, size } = gpuJsHalves(dst, wordsPerRow, [rows]);
    const args = [gpuJsArray(intervals.u32, [2, rows])];
    return [{ thread: rasterIntervalsThread, args, output: size, into: values }];
  },
};
