import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { wordsPerRow } from '@efface/volume';
import { noiseResidualCpu } from './noise-residual.cpu.ts';
import { noiseResidualSource } from './noise-residual.gen.ts';

/**
 * What noise leaves of a high-pass filter. Nine values with weights up to 4 are added in f32: at most 16·2⁻²⁴/6·8 of the
 * largest value, which the floor stands for.
 */
export const noiseResidual = defineKernel({
  source: noiseResidualSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  cost: ({ sizeIjk: [ni, nj, nk] }) => ({
    readBytes: 4 * ni * nj * nk + 4 * wordsPerRow(ni) * nj * nk,
    writeBytes: 4 * ni * nj * nk,
    flops: 12 * ni * nj * nk,
  }),
  accuracy: relative(2e-6, 1000),
  cpu: noiseResidualCpu,
});
