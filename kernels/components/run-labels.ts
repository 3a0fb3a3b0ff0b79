import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { runLabelsCpu } from './run-labels.cpu.ts';
import { runLabelsSource } from './run-labels.gen.ts';

/** Labels of voxels from roots of runs (SLOT_SHIFT 1). Exact: integers. */
export const runLabels = defineKernel({
  source: runLabelsSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  cost: ({ sizeIjk: [ni, nj, nk], wordsPerRow }) => ({
    readBytes: 4 * (wordsPerRow + 1) * nj * nk,
    writeBytes: 4 * ni * nj * nk,
    flops: 0,
  }),
  accuracy: exact(),
  cpu: runLabelsCpu,
});
