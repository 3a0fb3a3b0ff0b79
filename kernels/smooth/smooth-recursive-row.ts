import { defineKernel, workgroupsFor } from '@efface/compute';
import { RECURSION_ACCURACY, recursionCost } from './gaussian-poles.ts';
import { smoothRecursiveRowCpu } from './smooth-recursive-row.cpu.ts';
import { smoothRecursiveRowSource } from './smooth-recursive-row.gen.ts';

/**
 * One pass along i of a Gaussian whose cost does not depend on its width. A workgroup takes 8.25 KiB of workgroup memory
 * at most.
 */
export const smoothRecursiveRow = defineKernel({
  source: smoothRecursiveRowSource,
  tuning: { WG_X: { values: [32, 64], base: 64 }, COLUMNS: { values: [16, 32], base: 32 } },
  workgroups: ({ sizeIjk: [, nj, nk] }, constants) => workgroupsFor(nj * nk, constants),
  cost: ({ sizeIjk }) => recursionCost(sizeIjk),
  accuracy: RECURSION_ACCURACY,
  cpu: smoothRecursiveRowCpu,
});
