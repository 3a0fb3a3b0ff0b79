import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { gapRelaxCpu } from './gap-relax.cpu.ts';
import { gapRelaxSource } from './gap-relax.gen.ts';
import { gapRelaxGpuJs } from './gap-relax.gpujs.ts';

/**
 * One step of weighted Jacobi relaxation, projected where there is a limit.
 *
 * Accuracy: up to 25 products of coefficients with differences are added; for values within ±100 they round to at most
 * (2·27 + 27)·2⁻²⁴ of D·100, of which omega ≤ 1.6 and the division by D make 8e-4 = 4e-6·200.
 */
export const gapRelax = defineKernel({
  source: gapRelaxSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizePx }, constants) => workgroupsFor(sizePx[0] * sizePx[1], constants),
  cost: ({ sizePx: [nu, nv] }, constants) => ({
    readBytes: 4 * nu * nv * (constants['PLANES'] + (constants['HAS_LIMIT'] === 1 ? 4 : 3)),
    writeBytes: 4 * nu * nv,
    flops: nu * nv * (5 * (2 * constants['PLANES'] - 1) + 4),
  }),
  accuracy: relative(4e-6, 200),
  cpu: gapRelaxCpu,
  gpujs: gapRelaxGpuJs,
});
