import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { splatMaskCpu } from './splat-mask.cpu.ts';
import { splatMaskSource } from './splat-mask.gen.ts';

/** Silhouette of a mask along any direction. Exact: fixed-point positions. `dst` must start as zeros. */
export const splatMask = defineKernel({
  source: splatMaskSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk, wordsPerRow }, constants) => workgroupsFor(wordsPerRow * sizeIjk[1] * sizeIjk[2], constants),
  cost: ({ sizeIjk: [ni, nj, nk], wordsPerRow, sizeUv, dstWordsPerRow }) => ({
    readBytes: 4 * wordsPerRow * nj * nk,
    writeBytes: 4 * dstWordsPerRow * sizeUv[1],
    flops: 4 * ni * nj * nk,
  }),
  accuracy: exact(),
  cpu: splatMaskCpu,
});
