import { defineKernel, relative } from '@efface/compute';
import { gapSettleCpu } from './gap-settle.cpu.ts';
import { gapSettleSource } from './gap-settle.gen.ts';

/** Most pixels of a picture that is solved directly: MAX_PIXELS of the shader, one matrix row for each. */
export const MAX_SETTLED_PIXELS = 49;

/**
 * Direct solution on the coarsest level.
 *
 * Accuracy: for rows whose diagonal outweighs the rest, as in the cases, elimination lets no coefficient grow (Wilkinson)
 * and rounds each 49 times, one after the other, by 2⁻²⁴ of values below 200. On the levels of a solver it is a correction, and what it
 * misses is corrected by the next cycle.
 */
export const gapSettle = defineKernel({
  source: gapSettleSource,
  // One workgroup, a row for each invocation: nothing to choose.
  tuning: {},
  workgroups: () => 1,
  cost: ({ sizePx: [nu, nv] }, constants) => ({
    readBytes: 4 * nu * nv * (constants['PLANES'] + 3),
    writeBytes: 4 * nu * nv,
    flops: 2 * (nu * nv) ** 3,
  }),
  accuracy: relative(4e-6, 200),
  cpu: gapSettleCpu,
});
