import {
  defineCases, GRID_SIZES, type KernelCase, type KernelCases, PERF_SIZES, Random, randomF32, randomMask,
} from '@efface/compute/testing'; // prettier-ignore
import { type Vec3, wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type DistanceLineBinding, type DistanceLineParams } from './distance-line.gen.ts';
import { distanceLine } from './distance-line.ts';
import { type DistanceRowBinding, type DistanceRowParams } from './distance-row.gen.ts';
import { distanceRow } from './distance-row.ts';
import { type DistanceSignBinding, type DistanceSignParams } from './distance-sign.gen.ts';
import { distanceSign } from './distance-sign.ts';

function rowCase(sizeIjk: Vec3, spacing: number, density: number): KernelCase<DistanceRowParams, DistanceRowBinding> {
  return {
    id: `size=[${sizeIjk.join(',')}];spacing=${spacing};density=${density}`,
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), spacing },
    buffers: (seed) => ({
      src: { init: randomMask(seed, sizeIjk, density) },
      dst: { sizeBytes: 4 * sizeIjk[0] * sizeIjk[1] * sizeIjk[2], element: 'f32' },
    }),
  };
}

/** A share `far` of the voxels has no distance yet, as in rows without a set voxel; the others any up to 1000 mm². */
function lineCase(
  sizeIjk: Vec3,
  axis: 1 | 2,
  spacing: number,
  far: number,
  isLast = false,
): KernelCase<DistanceLineParams, DistanceLineBinding> {
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  return {
    id: `size=[${sizeIjk.join(',')}];axis=${axis};spacing=${spacing};far=${far}${isLast ? ';last' : ''}`,
    params: { sizeIjk, axis, spacing },
    constants: { IS_LAST: isLast ? 1 : 0 },
    buffers: (seed) => {
      const random = new Random(seed + 1);
      const src = randomF32(seed, count, 0, 1000);
      for (let n = 0; n < count; n++) if (random.nextF32() < far) src[n] = 1e30;
      return { src: { init: src }, dst: { sizeBytes: 4 * count, element: 'f32' } };
    },
  };
}

function signCase(count: number): KernelCase<DistanceSignParams, DistanceSignBinding> {
  return {
    id: `count=${count}`,
    params: { count },
    buffers: (seed) => ({
      outside: { init: randomF32(seed, 4 * count, 0, 300) },
      inside: { init: new Float32Array(4 * count) },
      dst: { sizeBytes: 16 * count },
    }),
  };
}

export const cases: KernelCases[] = [
  defineCases(distanceRow, {
    eval: [
      ...GRID_SIZES.map((size) => rowCase(size, 1.25, 0.05)),
      rowCase([200, 3, 3], 0.4, 0.004),
      // Words without a set voxel between others, and rows of more words than a workgroup has invocations.
      rowCase([2500, 3, 2], 0.7, 0.001),
      rowCase([33, 4, 3], 2, 0),
      rowCase([33, 4, 3], 2, 1),
      inSmallWorkgroups(rowCase([5, 65_539, 1], 1, 0.1)),
    ],
    perf: PERF_SIZES.map((size) => rowCase(size, 1, 0.001)),
  }),
  defineCases(distanceLine, {
    eval: [
      ...GRID_SIZES.flatMap((size) => ([1, 2] as const).map((axis) => lineCase(size, axis, 0.7, 0.3))),
      lineCase([17, 40, 30], 1, 5, 0.9, true),
      lineCase([17, 40, 30], 2, 0.1, 0.9, true),
      // Nothing near, everything near.
      lineCase([9, 8, 7], 2, 1, 1, true),
      lineCase([9, 8, 7], 1, 100, 0),
      inSmallWorkgroups(lineCase([257, 2, 257], 1, 1, 0.5)),
    ],
    perf: PERF_SIZES.flatMap((size) => ([1, 2] as const).map((axis) => lineCase(size, axis, 1, 0.2))),
  }),
  defineCases(distanceSign, {
    eval: [1, 63, 65, 1000].map(signCase),
    perf: PERF_SIZES.map(([ni, nj, nk]) => signCase((ni * nj * nk) / 4)),
  }),
];
