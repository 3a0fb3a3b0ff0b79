import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { runMergeCpu } from './run-merge.cpu.ts';
import { runMergeSource } from './run-merge.gen.ts';

/**
 * Union of touching runs. The trees depend on the order of the joins, their roots do not; so only inputs with one join
 * per component have one right forest, and the family's tests check what follows. Exact: integers. The cost counts the
 * mask and one run a row.
 */
export const runMerge = defineKernel({
  source: runMergeSource,
  tuning: { WG_X: { values: [32, 64, 128], base: 64 } },
  workgroups: ({ sizeIjk }, constants) => workgroupsFor(sizeIjk[1] * sizeIjk[2], constants),
  cost: ({ sizeIjk, wordsPerRow, neighbourCount }) => {
    const rows = sizeIjk[1] * sizeIjk[2];
    return { readBytes: 4 * (wordsPerRow + 1) * rows, writeBytes: 4 * rows, flops: 8 * rows * neighbourCount };
  },
  accuracy: exact(),
  cpu: runMergeCpu,
});
