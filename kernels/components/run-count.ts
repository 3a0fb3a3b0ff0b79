import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { runCountCpu } from './run-count.cpu.ts';
import { runCountSource } from './run-count.gen.ts';

/** Voxels of each component, at its root's slot. Exact: integers, whose sum knows no order. */
export const runCount = defineKernel({
  source: runCountSource,
  tuning: { WG_X: { values: [32, 64, 128], base: 64 } },
  workgroups: ({ sizeIjk }, constants) => workgroupsFor(sizeIjk[1] * sizeIjk[2], constants),
  cost: ({ sizeIjk, wordsPerRow }) => {
    const rows = sizeIjk[1] * sizeIjk[2];
    return { readBytes: 4 * (wordsPerRow + 1) * rows, writeBytes: 4, flops: rows };
  },
  accuracy: exact(),
  cpu: runCountCpu,
});
