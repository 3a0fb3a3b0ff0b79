import { gpuJsArray, gpuJsHalves, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { type RasterIntervalsBinding, type RasterIntervalsParams } from './raster-intervals.gen.ts';

/** Sixteen voxels of a row, each asked whether it lies in one of the row's intervals. */
function rasterIntervalsThread(this: GpuJsThread, intervals: number[][], intervalsPerRow: number): number {
  let bits = 0;
  let weight = 1;
  for (let b = 0; b < 16; b++) {
    const i = 16 * this.thread.x + b;
    let inside = 0;
    for (let n = 0; n < intervalsPerRow; n++) {
      if (i >= intervals[this.thread.y][2 * n] && i < intervals[this.thread.y][2 * n + 1]) {
        inside = 1;
      }
    }
    bits += inside * weight;
    weight *= 2;
  }
  return bits;
}

/** Half a word a thread. Ends of intervals are counts of voxels of a row, far below 2²⁴. */
export const rasterIntervalsGpuJs: GpuJsForm<RasterIntervalsParams, RasterIntervalsBinding> = {
  passes: ({ params: { rows, wordsPerRow, intervalsPerRow }, buffers: { intervals, dst } }) => {
    const { values, size } = gpuJsHalves(dst, wordsPerRow, [rows]);
    const args = [gpuJsArray(intervals.u32, [2 * intervalsPerRow, rows]), intervalsPerRow];
    return [{ thread: rasterIntervalsThread, args, output: size, into: values }];
  },
};
