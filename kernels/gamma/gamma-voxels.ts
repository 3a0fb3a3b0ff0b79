import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { gammaVoxelsCpu } from './gamma-voxels.cpu.ts';
import { gammaVoxelsSource } from './gamma-voxels.gen.ts';

/** Operations for one candidate: its place, the difference, the sum. */
const FLOPS_PER_CANDIDATE = 12;

/**
 * Gamma index with whole voxels as candidates. Doses are read as they are, so that the chain has a difference, a product,
 * a square, a sum and a root, and with local tolerances a quotient of 2.5 ulp: 10·2⁻²³ < 2e-6 of the value. The floor is
 * below any gamma that is not 0.
 */
export const gammaVoxels = defineKernel({
  source: gammaVoxelsSource,
  tuning: { WG_X: { values: [32, 64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  // At most: searches end early, and voxels below the threshold have none.
  cost: ({ sizeIjk: [ni, nj, nk], offsetCount }) => ({
    readBytes: 8 * ni * nj * nk + 16 * offsetCount,
    writeBytes: 4 * ni * nj * nk,
    flops: FLOPS_PER_CANDIDATE * offsetCount * ni * nj * nk,
  }),
  accuracy: relative(2e-6, 1e-6),
  cpu: gammaVoxelsCpu,
});
