import {
  defineCases, GRID_SIZES, type KernelCase, type KernelCases, randomMask, randomU32,
} from '@efface/compute/testing'; // prettier-ignore
import { type Vec3, wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type MaskCombineBinding, type MaskCombineParams } from './mask-combine.gen.ts';
import { maskCombine } from './mask-combine.ts';
import { type MaskInvertBinding, type MaskInvertParams } from './mask-invert.gen.ts';
import { maskInvert } from './mask-invert.ts';
import { type MaskPopcountBinding, type MaskPopcountParams } from './mask-popcount.gen.ts';
import { maskPopcount } from './mask-popcount.ts';

function combineCase(count: number, operation: number): KernelCase<MaskCombineParams, MaskCombineBinding> {
  return {
    id: `count=${count};operation=${operation}`,
    params: { count },
    constants: { OPERATION: operation },
    buffers: (seed) => ({
      a: { init: randomU32(seed, count) },
      b: { init: randomU32(seed + 1, count) },
      dst: { sizeBytes: 4 * count },
    }),
  };
}

function invertCase(sizeIjk: Vec3): KernelCase<MaskInvertParams, MaskInvertBinding> {
  const perRow = wordsPerRow(sizeIjk[0]);
  const count = perRow * sizeIjk[1] * sizeIjk[2];
  return {
    id: `size=[${sizeIjk.join(',')}]`,
    params: { count, wordsPerRow: perRow, sizeI: sizeIjk[0] },
    buffers: (seed) => ({
      src: { init: randomMask(seed, [sizeIjk[0], sizeIjk[1], sizeIjk[2]], 0.5) },
      dst: { sizeBytes: 4 * count },
    }),
  };
}

function popcountCase(count: number, fill?: number): KernelCase<MaskPopcountParams, MaskPopcountBinding> {
  return {
    id: `count=${count}${fill === undefined ? '' : `;fill=${fill}`}`,
    params: { count },
    buffers: (seed) => ({
      src: { init: fill === undefined ? randomU32(seed, count) : new Uint32Array(count).fill(fill) },
      total: { sizeBytes: 4 },
    }),
  };
}

/** Words of a 512×512×400 mask. */
const LARGE = (512 / 32) * 512 * 400;

export const cases: KernelCases[] = [
  defineCases(maskCombine, {
    eval: [
      ...[0, 1, 2, 3].map((op) => combineCase(1009, op)),
      combineCase(1, 2),
      inSmallWorkgroups(combineCase(65_537, 3)),
    ],
    perf: [combineCase(LARGE, 2)],
  }),
  defineCases(maskInvert, {
    eval: [...GRID_SIZES.map((size) => invertCase(size)), inSmallWorkgroups(invertCase([1, 65_537, 1]))],
    perf: [invertCase([511, 512, 400])],
  }),
  defineCases(maskPopcount, {
    eval: [
      popcountCase(1),
      popcountCase(1009),
      popcountCase(5000, 0),
      popcountCase(5000, 0xffffffff),
      popcountCase(70_001),
      inSmallWorkgroups(popcountCase(16 * 65_536 + 1)),
    ],
    perf: [popcountCase(LARGE)],
  }),
];
