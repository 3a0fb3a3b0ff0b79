import {
  defineCases, GRID_SIZES, type KernelCase, type KernelCases, PERF_SIZES, randomF32,
} from '@efface/compute/testing'; // prettier-ignore
import { type Vec3 } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type SmoothAxisBinding, type SmoothAxisParams } from './smooth-axis.gen.ts';
import { smoothAxis } from './smooth-axis.ts';
import { gaussianPoles } from './gaussian-poles.ts';
import { type SmoothRecursiveLineBinding, type SmoothRecursiveLineParams } from './smooth-recursive-line.gen.ts';
import { smoothRecursiveLine } from './smooth-recursive-line.ts';
import { type SmoothRecursiveRowBinding, type SmoothRecursiveRowParams } from './smooth-recursive-row.gen.ts';
import { smoothRecursiveRow } from './smooth-recursive-row.ts';
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

function mirroredCase(sizeIjk: Vec3, axis: number): KernelCase<SmoothAxisParams, SmoothAxisBinding> {
  const plain = smoothCase(sizeIjk, axis, 1.3);
  return { ...plain, id: `${plain.id};border=mirrored`, constants: { IS_MIRRORED: 1 } };
}

function rowCase(sizeIjk: Vec3, sigma: number): KernelCase<SmoothRecursiveRowParams, SmoothRecursiveRowBinding> {
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  return {
    id: `size=[${sizeIjk.join(',')}];sigma=${sigma}`,
    params: { sizeIjk, ...gaussianPoles(sigma) },
    buffers: (seed) => ({
      src: { init: randomF32(seed, count, -1000, 1000) },
      dst: { sizeBytes: 4 * count },
    }),
  };
}

function lineCase(
  sizeIjk: Vec3,
  axis: 1 | 2,
  sigma: number,
): KernelCase<SmoothRecursiveLineParams, SmoothRecursiveLineBinding> {
  const row = rowCase(sizeIjk, sigma);
  return { ...row, id: row.id.replace(';', `;axis=${axis};`), params: { ...row.params, axis } };
}

export const cases: KernelCases[] = [
  defineCases(smoothAxis, {
    eval: [
      ...GRID_SIZES.flatMap((size) => [0, 1, 2].map((axis) => smoothCase(size, axis, 1.3))),
      // A radius larger than the grid, the narrowest and a wide kernel.
      smoothCase([5, 4, 3], 1, 8),
      smoothCase([33, 17, 5], 0, 0.2),
      smoothCase([33, 17, 5], 2, 4),
      // Reflected once, and several times.
      ...[0, 1, 2].flatMap((axis) => [mirroredCase([33, 17, 5], axis), mirroredCase([2, 3, 1], axis)]),
    ],
    perf: PERF_SIZES.flatMap((size) => [0, 1, 2].map((axis) => smoothCase(size, axis, 2))),
  }),
  defineCases(smoothRecursiveRow, {
    eval: [
      ...GRID_SIZES.map((size) => rowCase(size, 2.5)),
      // Rows of some tiles, whole ones and not; more rows than a workgroup has invocations.
      rowCase([96, 7, 2], 3),
      rowCase([97, 13, 11], 3),
      // The narrowest, one wider than the grid.
      rowCase([33, 17, 5], 0.7),
      rowCase([33, 17, 5], 50),
      inSmallWorkgroups(rowCase([3, 257, 257], 1)),
    ],
    perf: PERF_SIZES.map((size) => rowCase(size, 8)),
  }),
  defineCases(smoothRecursiveLine, {
    eval: [
      ...GRID_SIZES.flatMap((size) => ([1, 2] as const).map((axis) => lineCase(size, axis, 2.5))),
      lineCase([33, 17, 5], 2, 0.7),
      lineCase([33, 17, 5], 1, 50),
      inSmallWorkgroups(lineCase([257, 2, 257], 1, 1)),
    ],
    perf: PERF_SIZES.flatMap((size) => ([1, 2] as const).map((axis) => lineCase(size, axis, 8))),
  }),
];
