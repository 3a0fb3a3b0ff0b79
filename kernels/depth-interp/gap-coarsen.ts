import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { gapCoarsenCpu } from './gap-coarsen.cpu.ts';
import { gapCoarsenSource } from './gap-coarsen.gen.ts';
import { gapCoarsenGpuJs } from './gap-coarsen.gpujs.ts';

/**
 * Galerkin product on half as many pixels along each axis.
 *
 * Accuracy: up to 16·25 products are added, of magnitudes that sum to 144 at most for a plate (each of the 64 that its
 * row adds up to, with weights below 0.75⁴ from up to 16 children); each rounds to 2⁻²⁴ of that.
 */
export const gapCoarsen = defineKernel({
  source: gapCoarsenSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ coarsePx }, constants) => workgroupsFor(13 * coarsePx[0] * coarsePx[1], constants),
  cost: ({ sizePx, coarsePx }, constants) => ({
    readBytes: 4 * sizePx[0] * sizePx[1] * (constants['PLANES'] + 1),
    writeBytes: 4 * 14 * coarsePx[0] * coarsePx[1],
    flops: 16 * 8 * (2 * constants['PLANES'] - 1) * coarsePx[0] * coarsePx[1],
  }),
  accuracy: relative(2.5e-5, 144),
  cpu: gapCoarsenCpu,
  gpujs: gapCoarsenGpuJs,
});
