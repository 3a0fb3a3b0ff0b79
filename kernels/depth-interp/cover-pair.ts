import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { coverPairCpu } from './cover-pair.cpu.ts';
import { coverPairSource } from './cover-pair.gen.ts';

/** Two surfaces side by side, for one load each. Exact: a copy. */
export const coverPair = defineKernel({
  source: coverPairSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizePx }, constants) => workgroupsFor(sizePx[0] * sizePx[1], constants),
  cost: ({ sizePx: [nu, nv], wordsPerRow }) => ({
    readBytes: 8 * nu * nv + 8 * wordsPerRow * nv,
    writeBytes: 8 * nu * nv,
    flops: 0,
  }),
  accuracy: exact(),
  cpu: coverPairCpu,
});
