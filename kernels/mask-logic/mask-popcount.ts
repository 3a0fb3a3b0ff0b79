import { defineKernel, exact } from '@efface/compute';
import { maskPopcountCpu } from './mask-popcount.cpu.ts';
import { maskPopcountSource } from './mask-popcount.gen.ts';

/** Words one invocation counts: WORDS_EACH of the shader. */
const WORDS_EACH = 16;

/** Adds the number of set bits to `total[0]`. Exact: integers, and sums of integers in any order are one number. */
export const maskPopcount = defineKernel({
  source: maskPopcountSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ count }, constants) => Math.max(1, Math.ceil(count / (WORDS_EACH * constants['WG_X']))),
  cost: ({ count }) => ({ readBytes: 4 * count, writeBytes: 4, flops: 2 * count }),
  accuracy: exact(),
  cpu: maskPopcountCpu,
});
