import { defineKernel, nmse } from '@efface/compute';
import { correlationSlopesCpu } from './correlation-slopes.cpu.ts';
import { type CorrelationSlopesParams, correlationSlopesSource } from './correlation-slopes.gen.ts';
import { blocksOf } from './moving-sampler.ts';

/**
 * Local correlation from window sums, and what its derivative is made of. Variances are differences of sums of about
 * 0.25 a voxel: 2⁻²³ of those, next to the least variance of 1e-5 a voxel, is a relative error of 1 % in the flattest
 * windows and 1e-6 in most, a normalised square error below 1e-7.
 */
export const correlationSlopes = defineKernel({
  source: correlationSlopesSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 256 } },
  workgroups: (params: CorrelationSlopesParams) => blocksOf(params),
  cost: (params: CorrelationSlopesParams) => {
    const nSamples = params.sampleSizeIjk[0] * params.sampleSizeIjk[1] * params.sampleSizeIjk[2];
    return { readBytes: 24 * nSamples, writeBytes: 12 * nSamples + 16 * blocksOf(params), flops: 18 * nSamples };
  },
  accuracy: nmse(1e-7),
  cpu: correlationSlopesCpu,
});
