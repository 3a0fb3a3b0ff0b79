import {
  defineCases, GRID_SIZES, type KernelCase, type KernelCases, PERF_SIZES, randomF32,
} from '@efface/compute/testing'; // prettier-ignore
import { type Vec3 } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type SmoothAxisBinding, type SmoothAxisParams } from './smooth-axis.gen.ts';
import { smoothAxis } from './smooth-axis.ts';
import { gaussianPoles } from './gaussian-poles.ts';
import { type SmoothRecursiveBinding, type SmoothRecursiveParams } from './smooth-recursive.gen.ts';
import { smoothRecursive } from './smooth-recursive.ts';
import { gaussianWeights } from './smooth.ts';

function smoothCase(sizeIjk: Vec3, axis: number, sigma: number): KernelCase<SmoothAxisParams, SmoothAxisBinding> {
  const weights = gaussianWeights(sigma);
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  return {
    id: `size=[${sizeIjk.join(',')}];axis=${axis};sigma=${sigma}`,
    params: { sizeIjk, axis, radius: weights.length - 1 },
    buffers: (seed) => ({
      src: { init: randomF32(seed, count, -1000, 1000) },
      weights: { init: weights },
      dst: { sizeBytes: 4 * count },
    }),
  };
}

function recursiveCase(
  sizeIjk: Vec3,
  axis: number,
  sigma: number,
): KernelCase<SmoothRecursiveParams, SmoothRecursiveBinding> {
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  return {
    id: `size=[${sizeIjk.join(',')}];axis=${axis};sigma=${sigma}`,
    params: { sizeIjk, axis, ...gaussianPoles(sigma) },
    buffers: (seed) => ({
      src: { init: randomF32(seed, count, -1000, 1000) },
      dst: { sizeBytes: 4 * count },
    }),
  };
}

export const cases: KernelCases[] = [
  defineCases(smoothAxis, {
    eval: [
      ...GRID_SIZES.flatMap((size) => [0, 1, 2].map((axis) => smoothCase(size, axis, 1.3))),
      // A radius larger than the grid, the narrowest and a wide kernel.
      smoothCase([5, 4, 3], 1, 8),
      smoothCase([33, 17, 5], 0, 0.2),
      smoothCase([33, 17, 5], 2, 4),
    ],
    perf: PERF_SIZES.flatMap((size) => [0, 1, 2].map((axis) => smoothCase(size, axis, 2))),
  }),
  defineCases(smoothRecursive, {
    eval: [
      ...GRID_SIZES.flatMap((size) => [0, 1, 2].map((axis) => recursiveCase(size, axis, 2.5))),
      // The narrowest, one wider than the grid.
      recursiveCase([33, 17, 5], 0, 0.7),
      recursiveCase([33, 17, 5], 1, 50),
      inSmallWorkgroups(recursiveCase([257, 2, 257], 1, 1)),
    ],
    perf: PERF_SIZES.flatMap((size) => [0, 1, 2].map((axis) => recursiveCase(size, axis, 8))),
  }),
];
