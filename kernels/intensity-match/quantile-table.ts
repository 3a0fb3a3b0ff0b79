import { defineKernel, relative } from '@efface/compute';
import { quantileTableCpu } from './quantile-table.cpu.ts';
import { quantileTableSource } from './quantile-table.gen.ts';

/**
 * Monotone map between two histograms by equal shares. Which bin a share falls into is decided in whole numbers; within
 * it a quotient (2.5 ulp), a sum, a product and a sum follow, on values of at most 2048 bins: 5·2⁻²⁴ of the largest
 * intensity, whose place the floor takes.
 */
export const quantileTable = defineKernel({
  source: quantileTableSource,
  // The workgroup is the whole grid; its size is that of the spans it sums.
  tuning: { WG_X: { values: [64, 128, 256], base: 256 } },
  workgroups: () => 1,
  cost: ({ sourceBins, targetBins }) => ({
    readBytes: 4 * (sourceBins + targetBins),
    writeBytes: 4 * (sourceBins + 1),
    flops: 4 * (sourceBins + 1),
  }),
  accuracy: relative(1e-6, 1000),
  cpu: quantileTableCpu,
});
