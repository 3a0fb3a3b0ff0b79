import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { labelMergeCpu } from './label-merge.cpu.ts';
import { labelMergeSource } from './label-merge.gen.ts';

/**
 * Union of neighbours in a forest of parents. The trees depend on the order of the joins, their roots do not; so only
 * inputs with one join per component have one right answer, and the family's tests check the flattened result.
 * Exact: integers.
 */
export const labelMerge = defineKernel({
  source: labelMergeSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  cost: ({ sizeIjk: [ni, nj, nk] }) => ({ readBytes: 4 * ni * nj * nk, writeBytes: 4 * ni * nj * nk, flops: 0 }),
  accuracy: exact(),
  cpu: labelMergeCpu,
});
