import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { projectMaskCpu } from './project-mask.cpu.ts';
import { projectMaskSource } from './project-mask.gen.ts';
import { projectMaskGpuJs } from './project-mask.gpujs.ts';

/** Silhouette of a mask along a stored axis. Exact: bits. */
export const projectMask = defineKernel({
  source: projectMaskSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk, axis, dstWordsPerRow }, constants) =>
    workgroupsFor(dstWordsPerRow * (axis === 2 ? sizeIjk[1] : sizeIjk[2]), constants),
  cost: ({ sizeIjk, wordsPerRow, axis, dstWordsPerRow }) => ({
    readBytes: 4 * wordsPerRow * sizeIjk[1] * sizeIjk[2],
    writeBytes: 4 * dstWordsPerRow * (axis === 2 ? sizeIjk[1] : sizeIjk[2]),
    flops: 0,
  }),
  accuracy: exact(),
  cpu: projectMaskCpu,
  gpujs: projectMaskGpuJs,
});
