import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { runInitCpu } from './run-init.cpu.ts';
import { runInitSource } from './run-init.gen.ts';

/** Every run of a mask as a component of its own. Exact: integers. The cost counts the mask and one run a row. */
export const runInit = defineKernel({
  source: runInitSource,
  tuning: { WG_X: { values: [32, 64, 128], base: 64 } },
  workgroups: ({ sizeIjk }, constants) => workgroupsFor(sizeIjk[1] * sizeIjk[2], constants),
  cost: ({ sizeIjk, wordsPerRow }) => {
    const rows = sizeIjk[1] * sizeIjk[2];
    return { readBytes: 4 * wordsPerRow * rows, writeBytes: 4 * rows, flops: 0 };
  },
  accuracy: exact(),
  cpu: runInitCpu,
});
