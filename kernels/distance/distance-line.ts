import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { distanceLineCpu } from './distance-line.cpu.ts';
import { distanceLineSource } from './distance-line.gen.ts';

/** Operations for each voxel: two crossings with their checks at most, on average, and one value. */
const FLOPS_PER_VOXEL = 30;

/**
 * Squared distances taken along one more axis, mm²; mm in the last pass. Values are sums of positive terms with four
 * roundings, 4·2⁻²⁴ of the value; where two are nearer than that either may be taken, and either backend may be off to
 * another side: 16·2⁻²⁴ < 1e-6. The floor is far below the square of any voxel's size.
 */
export const distanceLine = defineKernel({
  source: distanceLineSource,
  tuning: { WG_X: { values: [32, 64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk], axis }, constants) => workgroupsFor(ni * (axis === 1 ? nk : nj), constants),
  cost: ({ sizeIjk: [ni, nj, nk] }) => ({
    readBytes: 4 * ni * nj * nk,
    writeBytes: 4 * ni * nj * nk,
    flops: FLOPS_PER_VOXEL * ni * nj * nk,
  }),
  accuracy: relative(1e-6, 1e-6),
  cpu: distanceLineCpu,
});
