import { defineKernel, ulp, workgroupsFor } from '@efface/compute';
import { wordsPerRow } from '@efface/volume';
import { distanceRowCpu } from './distance-row.cpu.ts';
import { distanceRowSource } from './distance-row.gen.ts';

/**
 * Squared distance along i to the nearest set voxel of the row, mm²: the first of three passes. Two products, each
 * rounded once, so that backends may differ by an ulp at most.
 */
export const distanceRow = defineKernel({
  source: distanceRowSource,
  tuning: { WG_X: { values: [32, 64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(wordsPerRow(ni) * nj * nk, constants),
  cost: ({ sizeIjk: [ni, nj, nk] }) => ({
    readBytes: 4 * wordsPerRow(ni) * nj * nk,
    writeBytes: 4 * ni * nj * nk,
    flops: 2 * ni * nj * nk,
  }),
  accuracy: ulp(1),
  cpu: distanceRowCpu,
});
