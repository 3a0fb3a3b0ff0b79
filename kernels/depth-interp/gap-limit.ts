import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { gapLimitCpu } from './gap-limit.cpu.ts';
import { gapLimitSource } from './gap-limit.gen.ts';
import { gapLimitGpuJs } from './gap-limit.gpujs.ts';

/** Least room that is left under a limit. Exact: differences, correctly rounded, and comparisons. */
export const gapLimit = defineKernel({
  source: gapLimitSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ coarsePx }, constants) => workgroupsFor(coarsePx[0] * coarsePx[1], constants),
  cost: ({ finePx, coarsePx }) => ({
    readBytes: 12 * finePx[0] * finePx[1],
    writeBytes: 4 * coarsePx[0] * coarsePx[1],
    flops: 32 * coarsePx[0] * coarsePx[1],
  }),
  accuracy: exact(),
  cpu: gapLimitCpu,
  gpujs: gapLimitGpuJs,
});
