import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { boxSumCpu } from './box-sum.cpu.ts';
import { boxSumSource } from './box-sum.gen.ts';

/**
 * One pass of sums over boxes, nothing beyond the grid. 2·radius + 1 values are added in f32 on one side and in f64 on
 * the other: for a radius of 8 and values within ±1 at most 16·2⁻²⁴·17, which the floor of 8 allows.
 */
export const boxSum = defineKernel({
  source: boxSumSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk], planes }, constants) => workgroupsFor(ni * nj * nk * planes, constants),
  cost: ({ sizeIjk: [ni, nj, nk], planes }) => ({
    readBytes: 4 * ni * nj * nk * planes,
    writeBytes: 4 * ni * nj * nk * planes,
    // One added, one taken off, whatever the radius.
    flops: 2 * ni * nj * nk * planes,
  }),
  accuracy: relative(2e-6, 8),
  cpu: boxSumCpu,
});
