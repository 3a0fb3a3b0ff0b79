import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { gammaStepsCpu } from './gamma-steps.cpu.ts';
import { gammaStepsSource } from './gamma-steps.gen.ts';

/** Operations for one candidate: three dimensions of interpolation and what gamma-voxels does. */
const FLOPS_PER_CANDIDATE = 36;

/**
 * Gamma index with candidates between the voxels. Places and weights are the same integers on every backend; the
 * interpolated dose is off by 6·2⁻²⁴ of the dose at most, which a tolerance of a hundredth of it or more makes
 * 600·2⁻²⁴ = 4e-5 of gamma: the floor of 1 says so where doses cancel.
 */
export const gammaSteps = defineKernel({
  source: gammaStepsSource,
  tuning: { WG_X: { values: [32, 64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  // At most: searches end early, and voxels below the threshold have none.
  cost: ({ sizeIjk: [ni, nj, nk], evaluatedSizeIjk: [mi, mj, mk], offsetCount }) => ({
    readBytes: 4 * (ni * nj * nk + mi * mj * mk) + 16 * offsetCount,
    writeBytes: 4 * ni * nj * nk,
    flops: FLOPS_PER_CANDIDATE * offsetCount * ni * nj * nk,
  }),
  accuracy: relative(4e-5, 1),
  cpu: gammaStepsCpu,
});
