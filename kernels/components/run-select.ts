import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { runSelectCpu } from './run-select.cpu.ts';
import { runSelectSource } from './run-select.gen.ts';

/** Mask of one component. Exact: bits. The cost counts both masks and one run a row. */
export const runSelect = defineKernel({
  source: runSelectSource,
  tuning: { WG_X: { values: [32, 64, 128], base: 64 } },
  workgroups: ({ sizeIjk }, constants) => workgroupsFor(sizeIjk[1] * sizeIjk[2], constants),
  cost: ({ sizeIjk, wordsPerRow }) => {
    const rows = sizeIjk[1] * sizeIjk[2];
    return { readBytes: 4 * (wordsPerRow + 1) * rows, writeBytes: 4 * wordsPerRow * rows, flops: 0 };
  },
  accuracy: exact(),
  cpu: runSelectCpu,
});
