import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { correlationTermsCpu } from './correlation-terms.cpu.ts';
import { type CorrelationTermsParams, correlationTermsSource } from './correlation-terms.gen.ts';
import { sampleCost } from './moving-sampler.ts';

/**
 * What windows of a local correlation add up, voxel by voxel. Values scaled to about ±½ by a dozen roundings of 2⁻²⁴ each,
 * and their products.
 */
export const correlationTerms = defineKernel({
  source: correlationTermsSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sampleSizeIjk: [ni, nj, nk] }: CorrelationTermsParams, constants) =>
    workgroupsFor(ni * nj * nk, constants),
  cost: (params: CorrelationTermsParams, constants) => {
    const nSamples = params.sampleSizeIjk[0] * params.sampleSizeIjk[1] * params.sampleSizeIjk[2];
    const { readBytes, flops } = sampleCost(params, constants, 7);
    return { readBytes, writeBytes: 24 * nSamples, flops };
  },
  accuracy: relative(4e-6, 0.5),
  cpu: correlationTermsCpu,
});
