import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { gapResidualCpu } from './gap-residual.cpu.ts';
import { gapResidualSource } from './gap-residual.gen.ts';
import { gapResidualGpuJs } from './gap-residual.gpujs.ts';

/**
 * What is left of the load, and where it may still act.
 *
 * Accuracy: as in gap-relax but not divided by D: 81·2⁻²⁴ of D·100 for values within ±100, where D is 64 for a plate.
 */
export const gapResidual = defineKernel({
  source: gapResidualSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizePx }, constants) => workgroupsFor(sizePx[0] * sizePx[1], constants),
  cost: ({ sizePx: [nu, nv] }, constants) => ({
    readBytes: 4 * nu * nv * (constants['PLANES'] + (constants['HAS_LIMIT'] === 1 ? 4 : 3)),
    writeBytes: 8 * nu * nv,
    flops: nu * nv * (5 * (2 * constants['PLANES'] - 1) + 2),
  }),
  accuracy: relative(5e-6, 6400),
  cpu: gapResidualCpu,
  gpujs: gapResidualGpuJs,
});
