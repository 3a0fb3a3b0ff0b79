import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { structureBitsCpu } from './structure-bits.cpu.ts';
import { structureBitsSource } from './structure-bits.gen.ts';

/** Labels from bit-packed masks: a bit per structure for every voxel. Exact: bits are moved. */
export const structureBits = defineKernel({
  source: structureBitsSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 256 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  cost: ({ sizeIjk: [ni, nj, nk], wordsPerRow, maskCount }, constants) => ({
    readBytes: 4 * nj * nk * wordsPerRow * maskCount + (constants['IS_FIRST'] === 1 ? 0 : 4 * ni * nj * nk),
    writeBytes: 4 * ni * nj * nk,
    flops: ni * nj * nk,
  }),
  accuracy: exact(),
  cpu: structureBitsCpu,
});
