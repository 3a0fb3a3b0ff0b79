import { defineKernel, exact } from '@efface/compute';
import { structureSizesCpu } from './structure-sizes.cpu.ts';
import { structureSizesSource } from './structure-sizes.gen.ts';

/** Voxels of each structure in each block of the labels. Exact: integers only. */
export const structureSizes = defineKernel({
  source: structureSizesSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 256 } },
  workgroups: ({ count, blockVoxels }) => Math.max(1, Math.ceil(count / blockVoxels)),
  cost: ({ count, structureCount, blockVoxels }) => ({
    readBytes: 4 * count,
    writeBytes: 4 * structureCount * Math.ceil(count / blockVoxels),
    flops: count,
  }),
  accuracy: exact(),
  cpu: structureSizesCpu,
});
