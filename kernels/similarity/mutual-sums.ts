import { defineKernel, nmse } from '@efface/compute';
import { mutualSumsCpu } from './mutual-sums.cpu.ts';
import { mutualSumsSource } from './mutual-sums.gen.ts';
import { blocksOf, sampleCost } from './moving-sampler.ts';

/**
 * Partial sums of the affine gradient of mutual information, and its force field, from the logarithms of the joint
 * histogram. Arithmetic as in meanSquaresSums, with the cubic window's derivative on top; its four terms cancel to about
 * a tenth, so a relative error below 1e-4 and a normalised square error below 1e-8.
 */
export const mutualSums = defineKernel({
  source: mutualSumsSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 256 } },
  workgroups: blocksOf,
  cost: (params, constants) => sampleCost(params, constants, 45),
  accuracy: nmse(1e-8),
  cpu: mutualSumsCpu,
});
