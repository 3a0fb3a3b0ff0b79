import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { peakFmaCpu } from './peak-fma.cpu.ts';
import { peakFmaSource } from './peak-fma.gen.ts';
import { peakFmaGpuJs } from './peak-fma.gpujs.ts';

/** Floating point operations of one loop turn of one element: 8 chains, 4 steps, a multiplication and an addition. */
export const FLOPS_PER_ROUND = 64;

/**
 * Multiply-adds in registers. The benchmark measures the arithmetic of every other kernel against this one.
 * Exact: whole numbers that no step takes beyond 2²⁴ are never rounded, fused or not, in f32 or f64.
 */
export const peakFma = defineKernel({
  source: peakFmaSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ count }, constants) => workgroupsFor(count, constants),
  cost: ({ count, rounds }) => ({ readBytes: 0, writeBytes: 4 * count, flops: FLOPS_PER_ROUND * rounds * count }),
  accuracy: exact(),
  cpu: peakFmaCpu,
  gpujs: peakFmaGpuJs,
});
