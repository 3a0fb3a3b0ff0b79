import { defineKernel, exact } from '@efface/compute';
import { jointHistogramCpu } from './joint-histogram.cpu.ts';
import { type JointHistogramParams, jointHistogramSource } from './joint-histogram.gen.ts';
import { blocksOf, sampleCost } from './moving-sampler.ts';

/**
 * Joint Parzen histogram of two images: zero-order window for the fixed image, cubic B-spline for the moving one.
 * Exact: decisions of one subtraction and one product, then integers throughout.
 */
export const jointHistogram = defineKernel({
  source: jointHistogramSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 256 } },
  workgroups: blocksOf,
  cost: (params: JointHistogramParams, constants) => ({
    ...sampleCost(params, constants, 12),
    writeBytes: 8 * params.binCount ** 2,
  }),
  accuracy: exact(),
  cpu: jointHistogramCpu,
});
