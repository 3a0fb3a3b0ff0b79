import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { peakFmaCpu } from './peak-fma.cpu.ts';
import { peakFmaSource } from './peak-fma.gen.ts';

/** Floating point operations of one loop turn of one element: 8 chains, 4 steps, a multiplication and an addition. */
export const FLOPS_PER_ROUND = 64;

/**
 * Multiply-adds in registers. The benchmark measures the arithmetic of every other kernel against this one.
 * Exact: a product with a power of two has no rounding error, so that one addition is rounded on every device, fused or
 * not. Holds while no intermediate value is subnormal or overflows.
 */
export const peakFma = defineKernel({
  source: peakFmaSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ count }, constants) => workgroupsFor(count, constants),
  cost: ({ count, rounds }) => ({ readBytes: 0, writeBytes: 4 * count, flops: FLOPS_PER_ROUND * rounds * count }),
  accuracy: exact(),
  cpu: peakFmaCpu,
});
