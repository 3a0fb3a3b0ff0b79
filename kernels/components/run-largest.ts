import { defineKernel, exact } from '@efface/compute';
import { runLargestCpu } from './run-largest.cpu.ts';
import { runLargestSource } from './run-largest.gen.ts';

/** Slots one invocation looks at: SLOTS_EACH of the shader. */
const SLOTS_EACH = 16;

/** The largest component and its first slot: two launches, STAGE 0 and 1. Exact: integers. */
export const runLargest = defineKernel({
  source: runLargestSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ count }, constants) => Math.max(1, Math.ceil(count / (SLOTS_EACH * constants['WG_X']))),
  cost: ({ count }) => ({ readBytes: 4 * count, writeBytes: 4, flops: count }),
  accuracy: exact(),
  cpu: runLargestCpu,
});
