import { bytesOfFormat, defineKernel, exact } from '@efface/compute';
import { type Vec3 } from '@efface/volume';
import { brickExtentCpu } from './brick-extent.cpu.ts';
import { brickExtentSource } from './brick-extent.gen.ts';

/** Cells along one edge of a brick; the shaders have the same number. */
const BRICK_CELLS = 8;

/** Bricks along i, j, k that cover the cells between the voxels; an axis of one voxel has one layer of bricks. */
export function bricksOf(sizeIjk: Vec3): Vec3 {
  const along = (n: number): number => Math.ceil(Math.max(1, n - 1) / BRICK_CELLS);
  return [along(sizeIjk[0]), along(sizeIjk[1]), along(sizeIjk[2])];
}

/** Smallest and largest stored value of each brick of 8³ cells (9³ voxels), as pairs of f32. Exact: comparisons only. */
export const brickExtent = defineKernel({
  source: brickExtentSource,
  tuning: { WG_X: { values: [32, 64, 128, 256], base: 128 } },
  workgroups: ({ bricksIjk }, constants) =>
    Math.ceil(bricksIjk[0] / Math.floor((constants['WG_X'] - 1) / BRICK_CELLS)) * bricksIjk[1] * bricksIjk[2],
  cost: ({ sizeIjk, bricksIjk }, constants) => {
    const nBricks = bricksIjk[0] * bricksIjk[1] * bricksIjk[2];
    return {
      readBytes: sizeIjk[0] * sizeIjk[1] * sizeIjk[2] * bytesOfFormat(constants['VOXEL_FORMAT']),
      writeBytes: 8 * nBricks,
      flops: 2 * Math.min(9 ** 3 * nBricks, 8 * sizeIjk[0] * sizeIjk[1] * sizeIjk[2]),
    };
  },
  accuracy: exact(),
  cpu: brickExtentCpu,
});
