import { defineKernel, exact } from '@efface/compute';
import { structureGatherCpu } from './structure-gather.cpu.ts';
import { structureGatherSource } from './structure-gather.gen.ts';

/**
 * Lists of the values of each structure in two f32 volumes, in voxel order. Exact: bits are moved. The cost is one
 * pass over both volumes and the labels; volumes are not read where no voxel has a label, and what is written depends
 * on the labels.
 */
export const structureGather = defineKernel({
  source: structureGatherSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 256 } },
  workgroups: ({ count, blockVoxels }) => Math.max(1, Math.ceil(count / blockVoxels)),
  cost: ({ count }) => ({ readBytes: 12 * count, writeBytes: 0, flops: count }),
  accuracy: exact(),
  cpu: structureGatherCpu,
});
