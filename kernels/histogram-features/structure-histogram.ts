import { defineKernel, exact } from '@efface/compute';
import { structureHistogramCpu } from './structure-histogram.cpu.ts';
import { structureHistogramSource } from './structure-histogram.gen.ts';

/**
 * Histograms of the stored integers of up to 32 structures in two volumes at once. Exact: integers only. The cost is
 * one pass over both volumes and the labels; where no voxel has a label the volumes are not read at all, so the share
 * of the peak can come out above 1. Histograms hold every value of the type, so nothing about the values need be known
 * before: 512 KiB per structure for 16 bits, on the device and, as far as values occur, in each thread of the twin.
 */
export const structureHistogram = defineKernel({
  source: structureHistogramSource,
  tuning: { WG_X: { values: [128, 256], base: 256 } },
  workgroups: ({ count }, constants) => Math.max(1, Math.ceil(count / (constants['VOXELS_EACH'] * constants['WG_X']))),
  cost: ({ count, structureCount }, constants) => ({
    readBytes: count * (4 + (2 * constants['VALUE_BITS']) / 8),
    writeBytes: 16 * structureCount,
    flops: 2 * count,
  }),
  accuracy: exact(),
  cpu: structureHistogramCpu,
});
