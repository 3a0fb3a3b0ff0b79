import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { distanceSignCpu } from './distance-sign.cpu.ts';
import { distanceSignSource } from './distance-sign.gen.ts';

/** Two distances as one with a sign. Exact: a difference with 0. */
export const distanceSign = defineKernel({
  source: distanceSignSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ count }, constants) => workgroupsFor(count, constants),
  cost: ({ count }) => ({ readBytes: 32 * count, writeBytes: 16 * count, flops: 4 * count }),
  accuracy: exact(),
  cpu: distanceSignCpu,
});
