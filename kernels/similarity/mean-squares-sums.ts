import { defineKernel, nmse } from '@efface/compute';
import { meanSquaresSumsCpu } from './mean-squares-sums.cpu.ts';
import { meanSquaresSumsSource } from './mean-squares-sums.gen.ts';
import { blocksOf, sampleCost } from './moving-sampler.ts';

/**
 * Partial sums of the squared difference, of its affine gradient, and its force field. What overlaps is decided by
 * integers, alike everywhere. Sums of squares and products of about 30 roundings of 2⁻²⁴ each, 16 terms in line and
 * eight tree levels per sum: a relative error below 1e-5, so a normalised square error below 1e-10.
 */
export const meanSquaresSums = defineKernel({
  source: meanSquaresSumsSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 256 } },
  workgroups: blocksOf,
  cost: (params, constants) => sampleCost(params, constants, 20),
  accuracy: nmse(1e-10),
  cpu: meanSquaresSumsCpu,
});
