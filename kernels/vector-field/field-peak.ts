import { defineKernel, ulp, workgroupsFor } from '@efface/compute';
import { fieldPeakCpu } from './field-peak.cpu.ts';
import { fieldPeakSource } from './field-peak.gen.ts';

/** Largest squared lengths of parts of a field: three squares and two sums of positive numbers, 2.5 roundings at most. */
export const fieldPeak = defineKernel({
  source: fieldPeakSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ parts }, constants) => workgroupsFor(parts, constants),
  cost: ({ count, parts }) => ({ readBytes: 12 * count, writeBytes: 4 * parts, flops: 6 * count }),
  accuracy: ulp(4),
  cpu: fieldPeakCpu,
});
