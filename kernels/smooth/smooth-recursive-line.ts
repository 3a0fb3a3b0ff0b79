import { defineKernel, workgroupsFor } from '@efface/compute';
import { RECURSION_ACCURACY, recursionCost } from './gaussian-poles.ts';
import { smoothRecursiveLineCpu } from './smooth-recursive-line.cpu.ts';
import { smoothRecursiveLineSource } from './smooth-recursive-line.gen.ts';

/** One pass along j or k of a Gaussian whose cost does not depend on its width. */
export const smoothRecursiveLine = defineKernel({
  source: smoothRecursiveLineSource,
  tuning: { WG_X: { values: [32, 64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk], axis }, constants) => workgroupsFor(ni * (axis === 1 ? nk : nj), constants),
  cost: ({ sizeIjk }) => recursionCost(sizeIjk),
  accuracy: RECURSION_ACCURACY,
  cpu: smoothRecursiveLineCpu,
});
