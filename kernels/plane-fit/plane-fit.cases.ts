import {
  defineCases, GRID_SIZES, type KernelCase, type KernelCases, PERF_SIZES, Random, randomMask,
} from '@efface/compute/testing'; // prettier-ignore
import { type Vec3, wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type ProjectMaskBinding, type ProjectMaskParams } from './project-mask.gen.ts';
import { projectMask } from './project-mask.ts';
import { type RowExtremesBinding, type RowExtremesParams } from './row-extremes.gen.ts';
import { rowExtremes } from './row-extremes.ts';
import { type SplatMaskBinding, type SplatMaskParams } from './splat-mask.gen.ts';
import { splatMask } from './splat-mask.ts';
import { type SurfaceMomentsBinding, type SurfaceMomentsParams } from './surface-moments.gen.ts';
import { surfaceMoments } from './surface-moments.ts';

function projectCase(
  sizeIjk: Vec3,
  axis: 0 | 1 | 2,
  density: number,
): KernelCase<ProjectMaskParams, ProjectMaskBinding> {
  const [na, nb] = [0, 1, 2].filter((d) => d !== axis).map((d) => sizeIjk[d]);
  const dstWordsPerRow = wordsPerRow(na);
  return {
    id: `size=[${sizeIjk.join(',')}];axis=${axis};density=${density}`,
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), axis, dstWordsPerRow },
    buffers: (seed) => ({
      src: { init: randomMask(seed, sizeIjk, density) },
      dst: { sizeBytes: 4 * dstWordsPerRow * nb },
    }),
  };
}

/** An upright ellipsoid that fills most of the grid, a head more or less. */
function headMask([ni, nj, nk]: Vec3): Uint32Array {
  const perRow = wordsPerRow(ni);
  const words = new Uint32Array(perRow * nj * nk);
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const left = 1 - ((2 * j + 1) / nj - 1) ** 2 / 0.8 - ((2 * k + 1) / nk - 1) ** 2 / 0.9;
      if (left <= 0) continue;
      const half = 0.4 * ni * Math.sqrt(left);
      for (let i = Math.ceil(ni / 2 - half); i < ni / 2 + half; i++)
        words[(k * nj + j) * perRow + (i >>> 5)] |= 1 << (i & 31);
    }
  }
  return words;
}

const FRACTION_BITS = 12;

/** Seen along a direction oblique to all axes, pixels a bit larger than voxels. */
function splatCase(sizeIjk: Vec3, density: number | 'head'): KernelCase<SplatMaskParams, SplatMaskBinding> {
  const reach = sizeIjk[0] + sizeIjk[1] + sizeIjk[2];
  // Far corners lie beyond these pixels, so that positions outside are met too.
  const sizeUv = [Math.min(1024, Math.ceil(0.6 * reach)), Math.min(1024, Math.ceil(0.5 * reach))] as const;
  const dstWordsPerRow = wordsPerRow(sizeUv[0]);
  return {
    id: `size=[${sizeIjk.join(',')}];density=${density}`,
    params: {
      sizeIjk,
      wordsPerRow: wordsPerRow(sizeIjk[0]),
      sizeUv,
      dstWordsPerRow,
      stepI: [2611, -812],
      stepJ: [1209, 2307],
      stepK: [-310, 1955],
      origin: [310 * sizeIjk[2] + 7, 812 * sizeIjk[0] - 2 * 4096],
    },
    constants: { FRACTION_BITS },
    buffers: (seed) => ({
      src: { init: density === 'head' ? headMask(sizeIjk) : randomMask(seed, sizeIjk, density) },
      dst: { init: new Uint32Array(dstWordsPerRow * sizeUv[1]) },
    }),
  };
}

function extremesCase(width: number, rows: number): KernelCase<RowExtremesParams, RowExtremesBinding> {
  const perRow = wordsPerRow(width);
  return {
    id: `width=${width};rows=${rows}`,
    params: { rows, wordsPerRow: perRow },
    buffers: (seed) => {
      const words = new Uint32Array(perRow * rows);
      const random = new Random(seed);
      for (let row = 0; row < rows; row++) {
        for (let n = row % 4; n > 0; n--) {
          const u = random.nextInteger(0, width - 1);
          words[row * perRow + (u >>> 5)] |= 1 << (u & 31);
        }
      }
      return { src: { init: words }, dst: { sizeBytes: 8 * rows } };
    },
  };
}

function momentsCase(
  sizeIjk: Vec3,
  density: number | 'head',
  hasRegion = 0,
): KernelCase<SurfaceMomentsParams, SurfaceMomentsBinding> {
  return {
    id: `size=[${sizeIjk.join(',')}];density=${density};region=${hasRegion}`,
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]) },
    constants: { HAS_REGION: hasRegion },
    buffers: (seed) => ({
      src: { init: density === 'head' ? headMask(sizeIjk) : randomMask(seed, sizeIjk, density) },
      region: { init: randomMask(seed + 1, sizeIjk, 0.5) },
      // A sum that is about to carry must carry.
      sums: { init: Uint32Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? 0xffffff00 : n)) },
    }),
  };
}

export const cases: KernelCases[] = [
  defineCases(projectMask, {
    eval: [
      ...GRID_SIZES.flatMap((size) => ([0, 1, 2] as const).map((axis) => projectCase(size, axis, 0.02))),
      projectCase([67, 35, 9], 0, 0),
      projectCase([67, 35, 9], 1, 1),
    ],
    perf: PERF_SIZES.flatMap((size) => ([0, 1, 2] as const).map((axis) => projectCase(size, axis, 0.001))),
  }),
  defineCases(splatMask, {
    eval: [
      ...GRID_SIZES.map((size) => splatCase(size, 0.3)),
      splatCase([67, 35, 9], 0),
      splatCase([67, 35, 9], 1),
      splatCase([67, 35, 29], 'head'),
      inSmallWorkgroups(splatCase([1, 65_537, 1], 0.5)),
    ],
    perf: PERF_SIZES.map((size) => splatCase(size, 'head')),
  }),
  defineCases(rowExtremes, {
    eval: [...[1, 31, 32, 33, 97].map((width) => extremesCase(width, 41)), inSmallWorkgroups(extremesCase(40, 65_537))],
    perf: PERF_SIZES.map(([width, nj, nk]) => extremesCase(width, nj * nk)),
  }),
  defineCases(surfaceMoments, {
    eval: [
      ...GRID_SIZES.map((size) => momentsCase(size, 0.8)),
      momentsCase([67, 35, 9], 0),
      momentsCase([67, 35, 9], 1),
      momentsCase([67, 35, 29], 'head', 1),
      // Long axes: the largest indices and products there are.
      momentsCase([4096, 5, 3], 0.5),
      momentsCase([33, 4096, 2], 0.6, 1),
      momentsCase([2, 3, 4096], 0.6),
      inSmallWorkgroups(momentsCase([1, 4096, 65], 0.5)),
    ],
    perf: PERF_SIZES.map((size) => momentsCase(size, 'head')),
  }),
];
