import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { gapProlongCpu } from './gap-prolong.cpu.ts';
import { gapProlongSource } from './gap-prolong.gen.ts';
import { gapProlongGpuJs } from './gap-prolong.gpujs.ts';

/** Adds a coarse correction. Accuracy: a mean of four and a sum, six roundings of values below 200. */
export const gapProlong = defineKernel({
  source: gapProlongSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ finePx }, constants) => workgroupsFor(finePx[0] * finePx[1], constants),
  cost: ({ finePx, coarsePx }, constants) => ({
    readBytes: 4 * coarsePx[0] * coarsePx[1] + 4 * finePx[0] * finePx[1] * (constants['HAS_LIMIT'] === 1 ? 3 : 2),
    writeBytes: 4 * finePx[0] * finePx[1],
    flops: 10 * finePx[0] * finePx[1],
  }),
  accuracy: relative(1e-6, 200),
  cpu: gapProlongCpu,
  gpujs: gapProlongGpuJs,
});
