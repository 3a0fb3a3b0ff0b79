import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { coverLimitCpu } from './cover-limit.cpu.ts';
import { coverLimitSource } from './cover-limit.gen.ts';

/** How deep a cover may lie. Exact: one difference. */
export const coverLimit = defineKernel({
  source: coverLimitSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizePx }, constants) => workgroupsFor(sizePx[0] * sizePx[1], constants),
  cost: ({ sizePx: [nu, nv], wordsPerRow }) => ({
    readBytes: 8 * nu * nv + 8 * wordsPerRow * nv,
    writeBytes: 4 * nu * nv,
    flops: nu * nv,
  }),
  accuracy: exact(),
  cpu: coverLimitCpu,
});
