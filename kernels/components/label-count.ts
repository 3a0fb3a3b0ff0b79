import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { labelCountCpu } from './label-count.cpu.ts';
import { labelCountSource } from './label-count.gen.ts';

/** Voxels per component, and which components touch the border. Exact: integers. */
export const labelCount = defineKernel({
  source: labelCountSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  cost: ({ sizeIjk: [ni, nj, nk] }) => ({ readBytes: 4 * ni * nj * nk, writeBytes: 0, flops: ni * nj * nk }),
  accuracy: exact(),
  cpu: labelCountCpu,
});
