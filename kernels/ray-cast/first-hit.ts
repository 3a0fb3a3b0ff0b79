import { bytesOfFormat, defineKernel, exact, workgroupsFor } from '@efface/compute';
import { firstHitCpu } from './first-hit.cpu.ts';
import { firstHitSource } from './first-hit.gen.ts';
import { firstHitGpuJs } from './first-hit.gpujs.ts';

/** A ray of a head's picture, roughly: looks at bricks, samples up to the surface, samples of root and normal. */
const BRICKS_PER_RAY = 5;
const SAMPLES_PER_RAY = 16 + 8 + 6;
const FLOPS_PER_BRICK = 24;
const FLOPS_PER_SAMPLE = 36;

/**
 * First hits of the rays of several cameras with the surface where the trilinear field reaches a threshold.
 *
 * Exact: sums and products of two f32, each rounded once, are the same on every backend, and everything is made of
 * them: also quotients and square roots, by bits and by Newton's steps. Normals have length 1 to 1e-6.
 */
export const firstHit = defineKernel({
  source: firstHitSource,
  tuning: { WG_X: { values: [32, 64, 128], base: 64 } },
  workgroups: ({ tileCount }, constants) => workgroupsFor(64 * tileCount, constants),
  cost: ({ tileCount, sizeIjk, bricksIjk }, constants) => {
    const rays = 64 * tileCount;
    const volumeBytes = sizeIjk[0] * sizeIjk[1] * sizeIjk[2] * bytesOfFormat(constants['VOXEL_FORMAT']);
    return {
      // The surface seen is a layer a few voxels thick: each ray brings about four new ones.
      readBytes:
        Math.min(volumeBytes, 4 * rays * bytesOfFormat(constants['VOXEL_FORMAT'])) +
        4 * bricksIjk[0] * bricksIjk[1] * bricksIjk[2],
      writeBytes: 16 * rays,
      flops: rays * (BRICKS_PER_RAY * FLOPS_PER_BRICK + SAMPLES_PER_RAY * FLOPS_PER_SAMPLE),
    };
  },
  accuracy: exact(),
  cpu: firstHitCpu,
  gpujs: firstHitGpuJs,
});
