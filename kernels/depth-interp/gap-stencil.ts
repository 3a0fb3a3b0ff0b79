import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { gapStencilCpu } from './gap-stencil.cpu.ts';
import { gapStencilSource } from './gap-stencil.gen.ts';
import { gapStencilGpuJs } from './gap-stencil.gpujs.ts';

/**
 * Operator of a membrane or a plate on the pixels that are there, and which pixels may move.
 * Reference of the plate's thirteen points: Trottenberg, Oosterlee and Schüller, Multigrid, 2001, section 8.3.
 * Exact: sums of small whole numbers, then one sum and one product with pull.
 */
export const gapStencil = defineKernel({
  source: gapStencilSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizePx }, constants) => workgroupsFor(sizePx[0] * sizePx[1], constants),
  cost: ({ sizePx: [nu, nv], wordsPerRow }, constants) => ({
    readBytes: 8 * wordsPerRow * nv,
    writeBytes: 4 * nu * nv * (constants['IS_PLATE'] === 1 ? 9 : 5),
    flops: nu * nv * (constants['IS_PLATE'] === 1 ? 40 : 10),
  }),
  accuracy: exact(),
  cpu: gapStencilCpu,
  gpujs: gapStencilGpuJs,
});
