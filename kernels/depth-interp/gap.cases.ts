import { defineCases, type KernelCase, type KernelCases, Random, randomF32, randomMask } from '@efface/compute/testing';
import { wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type GapCoarsenBinding, type GapCoarsenParams } from './gap-coarsen.gen.ts';
import { gapCoarsen } from './gap-coarsen.ts';
import { type GapCorrectBinding, type GapCorrectParams } from './gap-correct.gen.ts';
import { gapCorrect } from './gap-correct.ts';
import { coarserSizePx, pixelCount, type SizePx } from './gap-levels.ts';
import { type GapLimitBinding, type GapLimitParams } from './gap-limit.gen.ts';
import { gapLimit } from './gap-limit.ts';
import { type GapProlongBinding, type GapProlongParams } from './gap-prolong.gen.ts';
import { gapProlong } from './gap-prolong.ts';
import { type GapRelaxBinding, type GapRelaxParams } from './gap-relax.gen.ts';
import { gapRelax } from './gap-relax.ts';
import { type GapResidualBinding, type GapResidualParams } from './gap-residual.gen.ts';
import { gapResidual } from './gap-residual.ts';
import { type GapRestrictBinding, type GapRestrictParams } from './gap-restrict.gen.ts';
import { gapRestrict } from './gap-restrict.ts';
import { type GapSettleBinding, type GapSettleParams } from './gap-settle.gen.ts';
import { gapSettle } from './gap-settle.ts';
import { type GapStencilBinding, type GapStencilParams } from './gap-stencil.gen.ts';
import { gapStencil } from './gap-stencil.ts';

/** Pictures: one pixel, one row, one column, primes, and what halving does to odd and even numbers of pixels. */
const SIZES: readonly SizePx[] = [[33, 17], [1, 1], [37, 1], [2, 31], [64, 10]]; // prettier-ignore
const PERF_SIZES: readonly SizePx[] = [[256, 256], [512, 512], [1024, 1024]]; // prettier-ignore

const named = (sizePx: SizePx): string => `size=[${sizePx.join(',')}]`;

/** 0 and 1. */
function randomFree(seed: number, count: number, share: number): Float32Array {
  return randomF32(seed, count, 0, 1).map((v) => (v < share ? 1 : 0));
}

/** Coefficients within ±1 around a diagonal from 1 to 4. */
function randomPlanes(seed: number, sizePx: SizePx, planeCount: number): Float32Array {
  const planes = randomF32(seed, planeCount * pixelCount(sizePx), -1, 1);
  planes.set(randomF32(seed + 1, pixelCount(sizePx), 1, 4));
  return planes;
}

function stencilCase(
  sizePx: SizePx,
  isPlate: 0 | 1,
  given: { readonly pull?: number; readonly gapShare?: number; readonly validShare?: number } = {},
): KernelCase<GapStencilParams, GapStencilBinding> {
  const { pull = 0, gapShare = 0.5, validShare = 0.7 } = given;
  const sizeBytes = 4 * pixelCount(sizePx);
  const size = [...sizePx, 1] as const;
  return {
    id: `${named(sizePx)};plate=${isPlate};pull=${pull};gap=${gapShare};valid=${validShare}`,
    params: { sizePx, wordsPerRow: wordsPerRow(sizePx[0]), pull },
    constants: { IS_PLATE: isPlate, PLANES: isPlate ? 7 : 3 },
    buffers: (seed) => ({
      gap: { init: randomMask(seed, size, gapShare) },
      valid: { init: randomMask(seed + 1, size, validShare) },
      goal: { init: randomF32(seed + 2, pixelCount(sizePx), -100, 100) },
      planes: { sizeBytes: sizeBytes * (isPlate ? 7 : 3), element: 'f32' },
      free: { sizeBytes, element: 'f32' },
      load: { sizeBytes, element: 'f32' },
    }),
  };
}

function relaxCase(
  sizePx: SizePx,
  planeCount: 3 | 7 | 13,
  hasLimit: 0 | 1,
  share = 0.8,
): KernelCase<GapRelaxParams, GapRelaxBinding> {
  const count = pixelCount(sizePx);
  return {
    id: `${named(sizePx)};planes=${planeCount};limit=${hasLimit};free=${share}`,
    params: { sizePx, omega: hasLimit ? 1 : 1.6 },
    constants: { PLANES: planeCount, HAS_LIMIT: hasLimit },
    buffers: (seed) => ({
      planes: { init: randomPlanes(seed, sizePx, planeCount) },
      free: { init: randomFree(seed + 2, count, share) },
      load: { init: randomF32(seed + 3, count, -20, 20) },
      limit: { init: randomF32(seed + 4, count, -20, 100) },
      src: { init: randomF32(seed + 5, count, -100, 100) },
      dst: { sizeBytes: 4 * count },
    }),
  };
}

function residualCase(
  sizePx: SizePx,
  planeCount: 3 | 7 | 13,
  hasLimit: 0 | 1,
  isProduct: 0 | 1 = 0,
): KernelCase<GapResidualParams, GapResidualBinding> {
  const count = pixelCount(sizePx);
  return {
    id: `${named(sizePx)};planes=${planeCount};limit=${hasLimit};product=${isProduct}`,
    params: { sizePx },
    constants: { PLANES: planeCount, HAS_LIMIT: hasLimit, IS_PRODUCT: isProduct },
    buffers: (seed) => ({
      planes: { init: randomPlanes(seed, sizePx, planeCount) },
      free: { init: randomFree(seed + 2, count, 0.8) },
      load: { init: randomF32(seed + 3, count, -20, 20) },
      limit: { init: randomF32(seed + 4, count, -20, 100) },
      src: { init: randomF32(seed + 5, count, -100, 100) },
      residual: { sizeBytes: 4 * count },
      inside: { sizeBytes: 4 * count },
    }),
  };
}

/** Diagonals outweigh their rows, some rows are 0. */
function settleCase(
  sizePx: SizePx,
  planeCount: 3 | 7 | 13,
  share = 0.8,
): KernelCase<GapSettleParams, GapSettleBinding> {
  const count = pixelCount(sizePx);
  return {
    id: `${named(sizePx)};planes=${planeCount};free=${share}`,
    params: { sizePx },
    constants: { PLANES: planeCount },
    buffers: (seed) => {
      const planes = randomPlanes(seed, sizePx, planeCount);
      for (let at = 0; at < count; at++) planes[at] += 30;
      return {
        planes: { init: planes },
        free: { init: randomFree(seed + 2, count, share) },
        load: { init: randomF32(seed + 3, count, -1000, 1000) },
        src: { init: randomF32(seed + 4, count, -100, 100) },
        dst: { sizeBytes: 4 * count },
      };
    },
  };
}

function restrictCase(finePx: SizePx): KernelCase<GapRestrictParams, GapRestrictBinding> {
  const coarsePx = coarserSizePx(finePx);
  return {
    id: named(finePx),
    params: { finePx, coarsePx },
    buffers: (seed) => ({
      src: { init: randomF32(seed, pixelCount(finePx), -100, 100) },
      dst: { sizeBytes: 4 * pixelCount(coarsePx) },
    }),
  };
}

function limitCase(finePx: SizePx, share = 0.4): KernelCase<GapLimitParams, GapLimitBinding> {
  const coarsePx = coarserSizePx(finePx);
  const count = pixelCount(finePx);
  return {
    id: `${named(finePx)};free=${share}`,
    params: { finePx, coarsePx },
    buffers: (seed) => ({
      free: { init: randomFree(seed, count, share) },
      limit: { init: randomF32(seed + 1, count, -100, 100).map((v) => (v > 60 ? 1e30 : v)) },
      src: { init: randomF32(seed + 2, count, -100, 100) },
      dst: { sizeBytes: 4 * pixelCount(coarsePx), element: 'f32' },
    }),
  };
}

function prolongCase(finePx: SizePx, hasLimit: 0 | 1): KernelCase<GapProlongParams, GapProlongBinding> {
  const coarsePx = coarserSizePx(finePx);
  const count = pixelCount(finePx);
  return {
    id: `${named(finePx)};limit=${hasLimit}`,
    params: { finePx, coarsePx },
    constants: { HAS_LIMIT: hasLimit },
    buffers: (seed) => ({
      coarse: { init: randomF32(seed, pixelCount(coarsePx), -100, 100) },
      free: { init: randomFree(seed + 1, count, 0.7) },
      limit: { init: randomF32(seed + 2, count, -50, 100) },
      dst: { init: randomF32(seed + 3, count, -100, 100) },
    }),
  };
}

function correctCase(count: number): KernelCase<GapCorrectParams, GapCorrectBinding> {
  return {
    id: `count=${count}`,
    params: { pixelCount: count },
    buffers: (seed) => {
      const random = new Random(seed);
      return {
        free: { init: randomFree(seed, count, 0.7) },
        limit: { init: randomF32(seed + 1, count, -50, 100).map((v) => (random.nextF32() < 0.2 ? 1e30 : v)) },
        correction: { init: randomF32(seed + 2, count, -100, 100) },
        dst: { init: randomF32(seed + 3, count, -100, 100), element: 'f32' },
      };
    },
  };
}

function coarsenCase(
  sizePx: SizePx,
  planeCount: 3 | 7 | 13,
  share = 0.7,
): KernelCase<GapCoarsenParams, GapCoarsenBinding> {
  const coarsePx = coarserSizePx(sizePx);
  return {
    id: `${named(sizePx)};planes=${planeCount};free=${share}`,
    params: { sizePx, coarsePx },
    constants: { PLANES: planeCount },
    buffers: (seed) => ({
      planes: { init: randomPlanes(seed, sizePx, planeCount) },
      free: { init: randomFree(seed + 2, pixelCount(sizePx), share) },
      coarsePlanes: { sizeBytes: 4 * 13 * pixelCount(coarsePx) },
      freeCoarse: { sizeBytes: 4 * pixelCount(coarsePx) },
    }),
  };
}

/** More than 65 535 workgroups of one invocation. */
const MANY: SizePx = [263, 251];

export const gapCases: KernelCases[] = [
  defineCases(gapStencil, {
    eval: [
      ...SIZES.flatMap((size) => [stencilCase(size, 0), stencilCase(size, 1, { pull: 0.3 })]),
      stencilCase([20, 20], 0, { gapShare: 0 }),
      stencilCase([20, 20], 1, { gapShare: 1 }),
      stencilCase([20, 20], 1, { validShare: 0, gapShare: 0.9 }),
      stencilCase([20, 20], 0, { validShare: 0, gapShare: 0.1, pull: 1e-3 }),
      inSmallWorkgroups(stencilCase(MANY, 0)),
    ],
    perf: PERF_SIZES.flatMap((size) => [stencilCase(size, 0), stencilCase(size, 1)]),
  }),
  defineCases(gapRelax, {
    eval: [
      ...SIZES.flatMap((size) => [relaxCase(size, 3, 1), relaxCase(size, 13, 0)]),
      relaxCase([33, 17], 7, 0),
      relaxCase([33, 17], 13, 1),
      relaxCase([20, 20], 3, 1, 0),
      relaxCase([20, 20], 13, 0, 1),
      inSmallWorkgroups(relaxCase(MANY, 3, 1)),
    ],
    perf: PERF_SIZES.flatMap((size) => [relaxCase(size, 3, 1, 1), relaxCase(size, 7, 0, 1), relaxCase(size, 13, 0, 1)]),
  }),
  defineCases(gapResidual, {
    eval: [
      ...SIZES.flatMap((size) => [residualCase(size, 3, 1), residualCase(size, 13, 0)]),
      residualCase([33, 17], 7, 0),
      residualCase([33, 17], 3, 0, 1),
      inSmallWorkgroups(residualCase(MANY, 3, 1)),
    ],
    perf: PERF_SIZES.flatMap((size) => [residualCase(size, 3, 1), residualCase(size, 7, 0)]),
  }),
  defineCases(gapSettle, {
    eval: [
      ...(
        [
          [7, 7],
          [1, 1],
          [1, 7],
          [7, 1],
          [4, 3],
        ] as const
      ).flatMap((size) => [settleCase(size, 3), settleCase(size, 13)]),
      settleCase([6, 7], 13, 1),
      settleCase([5, 6], 13, 0),
    ],
    perf: [settleCase([7, 7], 13, 1)],
  }),
  defineCases(gapRestrict, {
    eval: [...SIZES.map(restrictCase), inSmallWorkgroups(restrictCase([512, 516]))],
    perf: PERF_SIZES.map(restrictCase),
  }),
  defineCases(gapLimit, {
    eval: [
      ...SIZES.map((size) => limitCase(size)),
      limitCase([20, 20], 0),
      limitCase([20, 20], 1),
      inSmallWorkgroups(limitCase([512, 516])),
    ],
    perf: PERF_SIZES.map((size) => limitCase(size)),
  }),
  defineCases(gapProlong, {
    eval: [
      ...SIZES.flatMap((size) => [prolongCase(size, 0), prolongCase(size, 1)]),
      inSmallWorkgroups(prolongCase(MANY, 1)),
    ],
    perf: PERF_SIZES.map((size) => prolongCase(size, 1)),
  }),
  defineCases(gapCorrect, {
    eval: [...[65, 1, 4097, 12_289].map(correctCase), inSmallWorkgroups(correctCase(65_600))],
    perf: PERF_SIZES.map((size) => correctCase(pixelCount(size))),
  }),
  defineCases(gapCoarsen, {
    eval: [
      ...SIZES.flatMap((size) => ([3, 13] as const).map((planes) => coarsenCase(size, planes))),
      coarsenCase([33, 17], 7),
      coarsenCase([20, 20], 3, 0),
      coarsenCase([20, 20], 13, 1),
      coarsenCase([40, 40], 13, 0.02),
      inSmallWorkgroups(coarsenCase([140, 144], 3)),
    ],
    perf: PERF_SIZES.flatMap((size) => [coarsenCase(size, 3, 1), coarsenCase(size, 13, 1)]),
  }),
];
