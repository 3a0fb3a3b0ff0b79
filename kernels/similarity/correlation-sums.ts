import { defineKernel, nmse } from '@efface/compute';
import { correlationSumsCpu } from './correlation-sums.cpu.ts';
import { correlationSumsSource } from './correlation-sums.gen.ts';
import { blocksOf, sampleCost } from './moving-sampler.ts';

/**
 * Partial sums of the affine gradient of the local correlation, and its force field. Arithmetic as in meanSquaresSums; the
 * three terms of the derivative cancel to about a tenth, so a relative error below 1e-4 and a normalised square error
 * below 1e-8.
 */
export const correlationSums = defineKernel({
  source: correlationSumsSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 256 } },
  workgroups: blocksOf,
  cost: (params, constants) => {
    const { readBytes, writeBytes, flops } = sampleCost(params, constants, 14);
    const nSamples = params.sampleSizeIjk[0] * params.sampleSizeIjk[1] * params.sampleSizeIjk[2];
    return { readBytes: readBytes + 12 * nSamples, writeBytes, flops };
  },
  accuracy: nmse(1e-8),
  cpu: correlationSumsCpu,
});
