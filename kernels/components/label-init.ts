import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { labelInitCpu } from './label-init.cpu.ts';
import { labelInitSource } from './label-init.gen.ts';

/** Every masked voxel a component of its own. Exact: integers. */
export const labelInit = defineKernel({
  source: labelInitSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  cost: ({ sizeIjk: [ni, nj, nk], wordsPerRow }) => ({
    readBytes: 4 * wordsPerRow * nj * nk,
    writeBytes: 4 * ni * nj * nk,
    flops: 0,
  }),
  accuracy: exact(),
  cpu: labelInitCpu,
});
