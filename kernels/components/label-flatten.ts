import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { labelFlattenCpu } from './label-flatten.cpu.ts';
import { labelFlattenSource } from './label-flatten.gen.ts';

/** Replaces every label by that of its root. Exact: integers. */
export const labelFlatten = defineKernel({
  source: labelFlattenSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ count }, constants) => workgroupsFor(count, constants),
  cost: ({ count }) => ({ readBytes: 4 * count, writeBytes: 4 * count, flops: 0 }),
  accuracy: exact(),
  cpu: labelFlattenCpu,
});
