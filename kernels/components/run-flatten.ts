import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { runFlattenCpu } from './run-flatten.cpu.ts';
import { runFlattenSource } from './run-flatten.gen.ts';

/** Every run's parent becomes its root. Exact: integers. The cost counts the mask and one run a row. */
export const runFlatten = defineKernel({
  source: runFlattenSource,
  tuning: { WG_X: { values: [32, 64, 128], base: 64 } },
  workgroups: ({ sizeIjk }, constants) => workgroupsFor(sizeIjk[1] * sizeIjk[2], constants),
  cost: ({ sizeIjk, wordsPerRow }) => {
    const rows = sizeIjk[1] * sizeIjk[2];
    return { readBytes: 4 * (wordsPerRow + 1) * rows, writeBytes: 4 * rows, flops: 0 };
  },
  accuracy: exact(),
  cpu: runFlattenCpu,
});
