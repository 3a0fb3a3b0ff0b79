import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { labelSelectCpu } from './label-select.cpu.ts';
import { labelSelectSource } from './label-select.gen.ts';

/** Mask of the chosen components. Exact: integers. */
export const labelSelect = defineKernel({
  source: labelSelectSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk, wordsPerRow }, constants) => workgroupsFor(wordsPerRow * sizeIjk[1] * sizeIjk[2], constants),
  cost: ({ sizeIjk: [ni, nj, nk], wordsPerRow }) => ({
    readBytes: 4 * ni * nj * nk,
    writeBytes: 4 * wordsPerRow * nj * nk,
    flops: 0,
  }),
  accuracy: exact(),
  cpu: labelSelectCpu,
});
