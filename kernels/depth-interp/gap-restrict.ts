import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { gapRestrictCpu } from './gap-restrict.cpu.ts';
import { gapRestrictSource } from './gap-restrict.gen.ts';
import { gapRestrictGpuJs } from './gap-restrict.gpujs.ts';

/** Weighted sums of fine pixels. Accuracy: 16 terms whose weights add up to 4, rounding to 20·2⁻²⁴ of 400 for ±100. */
export const gapRestrict = defineKernel({
  source: gapRestrictSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ coarsePx }, constants) => workgroupsFor(coarsePx[0] * coarsePx[1], constants),
  cost: ({ finePx, coarsePx }) => ({
    readBytes: 4 * finePx[0] * finePx[1],
    writeBytes: 4 * coarsePx[0] * coarsePx[1],
    flops: 40 * coarsePx[0] * coarsePx[1],
  }),
  accuracy: relative(2e-6, 400),
  cpu: gapRestrictCpu,
  gpujs: gapRestrictGpuJs,
});
