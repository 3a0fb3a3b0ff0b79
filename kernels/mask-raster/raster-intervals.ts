import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { rasterIntervalsCpu } from './raster-intervals.cpu.ts';
import { rasterIntervalsSource } from './raster-intervals.gen.ts';
import { rasterIntervalsGpuJs } from './raster-intervals.gpujs.ts';

/** Runs of voxels of each row as mask bits. Exact: the decisions are integers the host made. */
export const rasterIntervals = defineKernel({
  source: rasterIntervalsSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ rows, wordsPerRow }, constants) => workgroupsFor(rows * wordsPerRow, constants),
  cost: ({ rows, wordsPerRow, intervalsPerRow }) => ({
    readBytes: 8 * rows * intervalsPerRow,
    writeBytes: 4 * rows * wordsPerRow,
    // Two ends an interval; setting words is writing.
    flops: 8 * rows * intervalsPerRow,
  }),
  accuracy: exact(),
  cpu: rasterIntervalsCpu,
  gpujs: rasterIntervalsGpuJs,
});
