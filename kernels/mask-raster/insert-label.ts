import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { insertLabelCpu } from './insert-label.cpu.ts';
import { insertLabelSource } from './insert-label.gen.ts';
import { insertLabelGpuJs } from './insert-label.gpujs.ts';

/** A mask as one bit of a volume of label bits, in place. Exact: bits. */
export const insertLabel = defineKernel({
  source: insertLabelSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  cost: ({ sizeIjk: [ni, nj, nk], wordsPerRow }) => ({
    readBytes: 4 * ni * nj * nk + 4 * wordsPerRow * nj * nk,
    writeBytes: 4 * ni * nj * nk,
    flops: 3 * ni * nj * nk,
  }),
  accuracy: exact(),
  cpu: insertLabelCpu,
  gpujs: insertLabelGpuJs,
});
