import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { extractLabelCpu } from './extract-label.cpu.ts';
import { extractLabelSource } from './extract-label.gen.ts';
import { extractLabelGpuJs } from './extract-label.gpujs.ts';

/** One bit of a volume of label bits as a mask. Exact: bits. Workgroups are whole tiles of 32 invocations. */
export const extractLabel = defineKernel({
  source: extractLabelSource,
  tuning: { WG_X: { values: [32, 64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk, wordsPerRow }, constants) => workgroupsFor(wordsPerRow * sizeIjk[1] * sizeIjk[2], constants),
  cost: ({ sizeIjk: [ni, nj, nk], wordsPerRow }) => ({
    readBytes: 4 * ni * nj * nk,
    writeBytes: 4 * wordsPerRow * nj * nk,
    flops: 3 * ni * nj * nk,
  }),
  accuracy: exact(),
  cpu: extractLabelCpu,
  gpujs: extractLabelGpuJs,
});
