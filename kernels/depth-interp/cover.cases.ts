import { type DeviceFormat } from '@efface/compute';
import {
  defineCases, GRID_SIZES, type KernelCase, type KernelCases, PERF_SIZES, Random, randomF32, randomMask,
} from '@efface/compute/testing'; // prettier-ignore
import { type Grid, type Vec3, wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { randomStored, volumeBuffers, volumeConstants } from '../shared/volume-case.ts';
import { type CoverFillBinding, type CoverFillParams } from './cover-fill.gen.ts';
import { coverFill } from './cover-fill.ts';
import { type CoverLimitBinding, type CoverLimitParams } from './cover-limit.gen.ts';
import { coverLimit } from './cover-limit.ts';
import { type CoverPairBinding, type CoverPairParams } from './cover-pair.gen.ts';
import { coverPair } from './cover-pair.ts';
import { depthWindow } from './depth-field.ts';
import { type SkinProfileBinding, type SkinProfileParams } from './skin-profile.gen.ts';
import { PROFILE_BIN_WORDS, skinProfile } from './skin-profile.ts';
import { windowMap } from './window-map.ts';

type SizePx = readonly [number, number];

const SIZES: readonly SizePx[] = [[33, 17], [1, 1], [32, 5]]; // prettier-ignore
const PERF_WINDOWS: readonly SizePx[] = [[256, 256], [512, 512]]; // prettier-ignore
const RANGES: Readonly<Record<DeviceFormat, readonly [number, number]>> = {
  u8: [0, 255], i8: [-128, 127], u16: [0, 65_535], i16: [-32_768, 32_767], f32: [-1000, 1000],
}; // prettier-ignore

/** A sheared, oblique, left-handed grid around the origin. */
function obliqueGrid(sizeIjk: Vec3): Grid {
  const linear = [0.9, 0.2, -0.1, 0.1, -0.8, 0.3, 0.2, 0.1, 1.1];
  const rows = [0, 1, 2].map((r) => linear.slice(3 * r, 3 * r + 3));
  return {
    sizeIjk,
    affineIjkToLps: rows.flatMap((row) => [...row, -row.reduce((sum, v, d) => sum + (v * (sizeIjk[d] - 1)) / 2, 0)]),
  };
}

/** A window that the whole grid lies behind, with some of the grid beside it. */
function windowOver(sizeIjk: Vec3, sizePx: SizePx) {
  const largest = Math.max(...sizeIjk);
  return depthWindow({
    centreLps: [0.1 * largest, -largest, 0.2 * largest],
    directionLps: [-0.1, 1, -0.2],
    upLps: [0.1, 0, 1],
    pixelMm: (0.9 * largest) / Math.max(2, Math.min(...sizePx)),
    sizePx,
  });
}

/** Skin about the middle of the grid and a cover up to a third of it in front; some pixels have none. */
function surfaces(seed: number, sizeIjk: Vec3, sizePx: SizePx, validShare: number): Float32Array {
  const largest = Math.max(...sizeIjk);
  const random = new Random(seed);
  const pairs = new Float32Array(2 * sizePx[0] * sizePx[1]);
  for (let at = 0; at < pairs.length; at += 2) {
    const skin = largest * (0.9 + 0.2 * random.nextF32());
    const cover = skin - Math.max(0, 0.4 * random.nextF32() - 0.1) * largest;
    pairs.set(random.nextF32() < validShare ? [cover, skin] : [-1e30, -1e30], at);
  }
  return pairs;
}

/** What a window on a head is like: a rounded skin, and a cover of a 25th of the grid over the middle of it. */
function faceSurfaces(sizeIjk: Vec3, [nu, nv]: SizePx): Float32Array {
  const largest = Math.max(...sizeIjk);
  const pairs = new Float32Array(2 * nu * nv);
  for (let at = 0; at < nu * nv; at++) {
    const [x, y] = [(2 * (at % nu)) / nu - 1, (2 * Math.floor(at / nu)) / nv - 1];
    const skin = largest * (0.6 + 0.3 * (x * x + y * y));
    const isCovered = x * x + y * y < 0.25;
    pairs.set(x * x + y * y < 0.9 ? [skin - (isCovered ? 0.04 * largest : 0), skin] : [-1e30, -1e30], 2 * at);
  }
  return pairs;
}

/** Slices with rescales of their own, around those given. */
function lines(seed: number, nk: number, slope: number, intercept: number): Float32Array {
  return randomF32(seed, 2 * nk, 0.9, 1.1).map((v, n) => v * (n % 2 === 0 ? slope : intercept));
}

interface VoxelCase {
  readonly sizePx?: SizePx;
  readonly format?: DeviceFormat;
  readonly bins?: number;
  readonly validShare?: number;
  /** Surfaces of a face instead of random ones. */
  readonly isFace?: boolean;
}

const named = (
  sizeIjk: Vec3,
  { sizePx = [21, 23], format = 'i16', bins = 24, validShare = 0.95, isFace = false }: VoxelCase,
) => ({
  id: `size=[${sizeIjk.join(',')}];window=[${sizePx.join(',')}];format=${format};bins=${bins};${isFace ? 'face' : `valid=${validShare}`}`,
  sizePx,
  format,
  bins,
  pairs: (seed: number) => (isFace ? faceSurfaces(sizeIjk, sizePx) : surfaces(seed, sizeIjk, sizePx, validShare)),
  slope: 2000 / (RANGES[format][1] - RANGES[format][0]),
  map: windowMap(obliqueGrid(sizeIjk), windowOver(sizeIjk, sizePx)),
  count: sizeIjk[0] * sizeIjk[1] * sizeIjk[2],
});

function profileCase(sizeIjk: Vec3, given: VoxelCase = {}): KernelCase<SkinProfileParams, SkinProfileBinding> {
  const { id, sizePx, format, bins, pairs, slope, map, count } = named(sizeIjk, given);
  const binsPerMm = bins / ((given.isFace ? 0.12 : 0.5) * Math.max(...sizeIjk));
  return {
    id,
    params: { sizeIjk, binCount: bins, ...map, binsPerMm, low: -900, scale: 65535 / 1800, noBits: 0, sizePx },
    constants: volumeConstants(format),
    buffers: (seed) => ({
      ...volumeBuffers(randomStored(seed, format, count, ...RANGES[format])),
      pairs: { init: pairs(seed + 1) },
      lines: { init: lines(seed + 2, sizeIjk[2], slope, 10) },
      bins: { sizeBytes: 4 * PROFILE_BIN_WORDS * bins },
    }),
  };
}

function fillCase(sizeIjk: Vec3, given: VoxelCase = {}): KernelCase<CoverFillParams, CoverFillBinding> {
  const { id, sizePx, format, bins, pairs, slope, map, count } = named(sizeIjk, given);
  const [low, high] = RANGES[format];
  const perRow = wordsPerRow(sizeIjk[0]);
  return {
    id,
    params: {
      sizeIjk,
      binCount: bins,
      ...map,
      binsPerMm: bins / (0.3 * Math.max(...sizeIjk)),
      threshold: low + 0.7 * (high - low),
      seed: 0xdeadbeef,
      noBits: 0,
      sizePx,
      wordsPerRow: perRow,
    },
    constants: volumeConstants(format),
    buffers: (seed) => {
      const tables = new Float32Array(2 * (sizeIjk[2] + bins));
      tables.set(lines(seed + 2, sizeIjk[2], slope, 10));
      tables.set(randomF32(seed + 3, 2 * bins, 0, 500), 2 * sizeIjk[2]);
      return {
        ...volumeBuffers(randomStored(seed, format, count, low, high)),
        pairs: { init: pairs(seed + 1) },
        tables: { init: tables },
        dst: { sizeBytes: 4 * count, element: 'f32' },
        altered: { sizeBytes: 4 * perRow * sizeIjk[1] * sizeIjk[2], element: 'u32' },
      };
    },
  };
}

function limitCase(sizePx: SizePx, share = 0.7): KernelCase<CoverLimitParams, CoverLimitBinding> {
  const count = sizePx[0] * sizePx[1];
  return {
    id: `size=[${sizePx.join(',')}];share=${share}`,
    params: { sizePx, wordsPerRow: wordsPerRow(sizePx[0]) },
    buffers: (seed) => ({
      gap: { init: randomMask(seed, [...sizePx, 1], share) },
      valid: { init: randomMask(seed + 1, [...sizePx, 1], share) },
      depth: { init: randomF32(seed + 2, count, 0, 300) },
      cover: { init: randomF32(seed + 3, count, 0, 5) },
      limit: { sizeBytes: 4 * count, element: 'f32' },
    }),
  };
}

function pairCase(sizePx: SizePx, outsideGap: 0 | 1): KernelCase<CoverPairParams, CoverPairBinding> {
  const count = sizePx[0] * sizePx[1];
  return {
    id: `size=[${sizePx.join(',')}];outside=${outsideGap}`,
    params: { sizePx, wordsPerRow: wordsPerRow(sizePx[0]) },
    constants: { OUTSIDE_GAP: outsideGap },
    buffers: (seed) => ({
      gap: { init: randomMask(seed, [...sizePx, 1], 0.4) },
      valid: { init: randomMask(seed + 1, [...sizePx, 1], 0.8) },
      front: { init: randomF32(seed + 2, count, 0, 300) },
      back: { init: randomF32(seed + 3, count, 0, 300) },
      pairs: { sizeBytes: 8 * count, element: 'f32' },
    }),
  };
}

export const coverCases: KernelCases[] = [
  defineCases(coverLimit, {
    eval: [...SIZES.map((size) => limitCase(size)), limitCase([40, 9], 0), limitCase([40, 9], 1), inSmallWorkgroups(limitCase([263, 251]))],
    perf: PERF_WINDOWS.map((size) => limitCase(size)),
  }),
  defineCases(coverPair, {
    eval: [...SIZES.map((size) => pairCase(size, 0)), pairCase([33, 17], 1), inSmallWorkgroups(pairCase([263, 251], 1))],
    perf: PERF_WINDOWS.map((size) => pairCase(size, 0)),
  }),
  defineCases(skinProfile, {
    eval: [
      profileCase([33, 29, 21]),
      ...(['u8', 'i8', 'u16', 'f32'] as const).map((format) => profileCase([19, 17, 14], { format })),
      ...GRID_SIZES.slice(0, 5).map((size) => profileCase(size, { bins: 7 })),
      profileCase([25, 25, 25], { sizePx: [1, 1] }),
      profileCase([25, 25, 25], { sizePx: [40, 2], bins: 256 }),
      profileCase([25, 25, 25], { bins: 1, validShare: 1 }),
      profileCase([25, 25, 25], { validShare: 0 }),
      profileCase([40, 33, 21], { isFace: true }),
      // More than 65 535 workgroups, of 32 voxels each.
      inSmallWorkgroups(profileCase([131, 130, 126], { format: 'u8', bins: 3, sizePx: [2, 2] })),
    ],
    perf: PERF_SIZES.flatMap((size) => PERF_WINDOWS.map((sizePx) => profileCase(size, { sizePx, isFace: true }))),
  }),
  defineCases(coverFill, {
    eval: [
      fillCase([33, 29, 21]),
      ...(['u8', 'i8', 'u16', 'f32'] as const).map((format) => fillCase([19, 17, 14], { format })),
      ...GRID_SIZES.slice(0, 5).map((size) => fillCase(size, { bins: 7 })),
      fillCase([25, 25, 25], { sizePx: [1, 1] }),
      fillCase([25, 25, 25], { sizePx: [40, 2], bins: 256 }),
      fillCase([25, 25, 25], { bins: 1, validShare: 1 }),
      fillCase([25, 25, 25], { validShare: 0 }),
      fillCase([40, 33, 21], { isFace: true }),
      // More than 65 535 workgroups of the smallest size, each one word of a row.
      { ...fillCase([3, 257, 258], { format: 'u8', sizePx: [2, 2] }), constants: { ...volumeConstants('u8'), WG_X: 32 } },
    ],
    perf: PERF_SIZES.map((size) => fillCase(size, { sizePx: [256, 256], isFace: true })),
  }),
]; // prettier-ignore
