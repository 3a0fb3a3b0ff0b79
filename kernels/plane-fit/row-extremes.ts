import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { rowExtremesCpu } from './row-extremes.cpu.ts';
import { rowExtremesSource } from './row-extremes.gen.ts';

/** First and past-the-last set bit of each row. Exact: integers. */
export const rowExtremes = defineKernel({
  source: rowExtremesSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ rows }, constants) => workgroupsFor(rows, constants),
  cost: ({ rows, wordsPerRow }) => ({ readBytes: 4 * rows * wordsPerRow, writeBytes: 8 * rows, flops: 0 }),
  accuracy: exact(),
  cpu: rowExtremesCpu,
});
