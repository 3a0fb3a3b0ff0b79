import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { fieldSampleCpu } from './field-sample.cpu.ts';
import { fieldSampleSource } from './field-sample.gen.ts';

/**
 * A vector field on another grid, displaced, scaled and added to another. Positions are the same integers on every
 * backend; seven interpolations of three f32 roundings each, a product and a sum: 24·2⁻²⁴ of the largest vector in reach,
 * 1.5e-6 of it, whose place the floor takes for vectors within ±100.
 */
export const fieldSample = defineKernel({
  source: fieldSampleSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ targetSizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  cost: ({ targetSizeIjk, sourceSizeIjk }, constants) => {
    const nTarget = targetSizeIjk[0] * targetSizeIjk[1] * targetSizeIjk[2];
    const nSource = sourceSizeIjk[0] * sourceSizeIjk[1] * sourceSizeIjk[2];
    const reads = Math.min(nSource, 8 * nTarget) + (constants['HAS_DISPLACEMENT'] + constants['HAS_ADDED']) * nTarget;
    return { readBytes: 12 * reads, writeBytes: 12 * nTarget, flops: nTarget * 3 * 23 };
  },
  accuracy: relative(2e-6, 100),
  cpu: fieldSampleCpu,
});
