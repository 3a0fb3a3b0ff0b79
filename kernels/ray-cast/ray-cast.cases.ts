import { type DeviceFormat } from '@efface/compute';
import { defineCases, PERF_SIZES, type KernelCase, type KernelCases, Random } from '@efface/compute/testing';
import { type Grid, type Vec3 } from '@efface/volume';
import { headGrid, headStored } from '../shared/analytic-head.ts';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { randomStored, volumeBuffers, volumeConstants } from '../shared/volume-case.ts';
import { bricksOf } from './brick-extent.ts';
import { brickCases, extentsOf, RANGES, reachOf } from './bricks.cases.ts';
import { type Camera, frameCamera, packCameras } from './camera.ts';
import { type ClipShape, packClips } from './clip.ts';
import { type FirstHitBinding, type FirstHitParams } from './first-hit.gen.ts';
import { firstHit } from './first-hit.ts';
import { shadeCases } from './shade-pictures.cases.ts';

/** A sheared, oblique, left-handed grid around the origin. */
function obliqueGrid(sizeIjk: Vec3): Grid {
  const linear = [0.9, 0.2, -0.1, 0.1, -0.8, 0.3, 0.2, 0.1, 1.7];
  const rows = [0, 1, 2].map((r) => linear.slice(3 * r, 3 * r + 3));
  return {
    sizeIjk,
    affineIjkToLps: rows.flatMap((row) => [...row, -row.reduce((sum, v, d) => sum + (v * (sizeIjk[d] - 1)) / 2, 0)]),
  };
}

/** Rows of an inverse transpose that is neither orthogonal nor symmetric. */
const GRADIENT = {
  gradientL: [1.1, 0.2, -0.1],
  gradientP: [0.25, -1.2, 0.07],
  gradientS: [-0.13, 0.21, 0.6],
} as const;

const look = (eyeLps: Vec3, widthPx: number, heightPx: number): Camera => ({
  kind: 'perspective', eyeLps, targetLps: [0, 0, 0], upLps: [0.1, 0.2, 1], fovDegrees: 30, widthPx, heightPx,
}); // prettier-ignore

const flat = (eyeLps: Vec3, heightMm: number, widthPx: number, heightPx: number): Camera => ({
  kind: 'orthographic', eyeLps, targetLps: [0, 0, 0], upLps: [0, 1, 0.1], heightMm, widthPx, heightPx,
}); // prettier-ignore

const CAMERAS = {
  one: [look([3, -90, 10], 1, 1)],
  several: [
    look([10, -90, 20], 37, 29),
    flat([60, 5, 2], 70, 16, 24),
    look([1, 2, 3], 9, 7),
    flat([0, 0, 90], 40, 31, 5),
  ],
  // Along the axes of the unit grid: a sample may lie on a face between bricks.
  axial: [flat([0, -40, 0], 32, 32, 32), flat([40, 0, 0], 32, 32, 32)],
  beside: [look([300, 300, 300], 8, 8), { ...look([3, -90, 10], 8, 8), targetLps: [0, -200, 0] as const }],
  // More than 65 535 workgroups of one invocation.
  large: [flat([0, -40, 0], 20, 260, 256)],
} as const;

/** Random blobs and noise about zero, for integers scaled to the type. */
function scene(seed: number, format: DeviceFormat, [ni, nj, nk]: Vec3, noise: number): Float32Array {
  const [low, high] = RANGES[format];
  const stored = randomStored(seed, format, ni * nj * nk, low * noise, high * noise) as Float32Array;
  const random = new Random(seed);
  const phases = Array.from({ length: 6 }, () => 6.28 * random.nextF32());
  for (let index = 0, k = 0; k < nk; k++) {
    const z = Math.cos(5 * (k / nk) + phases[2]) + 0.3 * Math.cos((40 * k) / nk + phases[5]);
    for (let j = 0; j < nj; j++) {
      const y = Math.cos(5 * (j / nj) + phases[1]) + 0.3 * Math.cos((40 * j) / nj + phases[4]);
      for (let i = 0; i < ni; i++, index++) {
        const x = Math.cos(5 * (i / ni) + phases[0]) + 0.3 * Math.cos((40 * i) / ni + phases[3]);
        const share = 0.5 + ((1 - noise) * (x + y + z)) / 7.8;
        stored[index] = Math.min(high, Math.max(low, stored[index] + low + share * (high - low)));
      }
    }
  }
  return stored;
}

const CLIPS = {
  boxLessSphere: [
    { kind: 'sphere', centreLps: [2, -8, 4], radiusMm: 15, keep: 'outside' },
    { kind: 'box', centreLps: [0, 0, 0], halfSizeMm: [9, 12, 7], keep: 'inside' },
  ],
  several: [
    { kind: 'sphere', centreLps: [0, 0, 0], radiusMm: 21, keep: 'inside' },
    { kind: 'box', centreLps: [0, -10, 6], halfSizeMm: [1, 12, 7], axesLps: [[0.6, 0.8, 0], [-0.8, 0.6, 0], [0, 0, 1]], keep: 'outside' },
    { kind: 'plane', pointLps: [0, 0, -6], normalLps: [0, 0, 3], keep: 'outside' },
  ],
} as const satisfies Readonly<Record<string, readonly ClipShape[]>>; // prettier-ignore

interface HitCase {
  readonly size: Vec3;
  readonly cameras: keyof typeof CAMERAS;
  readonly format?: DeviceFormat;
  /** Share of noise in the voxels. */
  readonly noise?: number;
  /** Threshold between the smallest (0) and the largest (1) value of the type. */
  readonly level?: number;
  readonly skips?: boolean;
  readonly grid?: Grid;
  readonly clips?: keyof typeof CLIPS;
}

function hitCase(given: HitCase): KernelCase<FirstHitParams, FirstHitBinding> {
  const {
    size,
    cameras,
    format = 'i16',
    noise = 0.1,
    level = 0.6,
    skips = true,
    grid = obliqueGrid(size),
    clips,
  } = given;
  const packed = packCameras(CAMERAS[cameras], grid);
  const bricksIjk = bricksOf(size);
  const [low, high] = RANGES[format];
  const threshold = low + level * (high - low);
  const shapes: readonly ClipShape[] = clips ? CLIPS[clips] : [];
  return {
    id: `size=[${size.join(',')}];cameras=${cameras};format=${format};noise=${noise};level=${level};skips=${skips}${clips ? `;clips=${clips}` : ''}`,
    params: {
      sizeIjk: size,
      cameraCount: CAMERAS[cameras].length,
      bricksIjk,
      tileCount: packed.tileCount,
      ...GRADIENT,
      threshold,
      normalRadius: 1,
      noBits: 0,
      clipCount: shapes.length,
    },
    constants: {
      ...volumeConstants(format),
      IS_SKIPPING: skips ? 1 : 0,
      IS_CLIPPED: clips ? 1 : 0,
    },
    buffers: (seed) => {
      const stored = scene(seed, format, size, noise);
      return {
        ...volumeBuffers(stored),
        reach: { init: reachOf(size, extentsOf(size, stored), threshold) },
        cameras: { init: packed.words },
        clips: { init: packClips(shapes, grid) },
        dst: { sizeBytes: 16 * packed.pixelCount, element: 'f32' },
      };
    },
  };
}

/** Portraits of the analytic head: from straight ahead, or nine turns from one profile to the other. */
function headCase(sizeIjk: Vec3, nViews: number): KernelCase<FirstHitParams, FirstHitBinding> {
  const grid = headGrid(sizeIjk);
  const cameras = Array.from({ length: nViews }, (_, v) => {
    const yaw = nViews === 1 ? 0 : (Math.PI * (v - (nViews - 1) / 2)) / (nViews - 1);
    const directionLps: Vec3 = [Math.sin(yaw), -Math.cos(yaw), 0];
    return frameCamera({ headCentreLps: [0, 0, 0], directionLps, upLps: [0, 0, 1], sizeMm: 280, widthPx: 512, heightPx: 512 }); // prettier-ignore
  });
  const packed = packCameras(cameras, grid);
  const threshold = -300;
  return {
    id: `size=[${sizeIjk.join(',')}];views=${nViews}`,
    params: {
      sizeIjk,
      cameraCount: nViews,
      bricksIjk: bricksOf(sizeIjk),
      tileCount: packed.tileCount,
      gradientL: [1, 0, 0],
      gradientP: [0, 1, 0],
      gradientS: [0, 0, sizeIjk[2] / sizeIjk[0]],
      threshold,
      normalRadius: 1,
      noBits: 0,
      clipCount: 0,
    },
    constants: volumeConstants('i16'),
    buffers: (seed) => {
      const stored = headStored(seed, grid);
      return {
        ...volumeBuffers(stored),
        reach: { init: reachOf(sizeIjk, extentsOf(sizeIjk, stored), threshold) },
        cameras: { init: packed.words },
        clips: { init: packClips([], grid) },
        dst: { sizeBytes: 16 * packed.pixelCount, element: 'f32' },
      };
    },
  };
}

const unitGrid: Grid = { sizeIjk: [33, 33, 33], affineIjkToLps: [1, 0, 0, -16, 0, 1, 0, -16, 0, 0, 1, -16] };

export const cases: KernelCases[] = [
  ...brickCases,
  defineCases(firstHit, {
    eval: [
      hitCase({ size: [37, 41, 29], cameras: 'several' }),
      hitCase({ size: [37, 41, 29], cameras: 'several', noise: 1 }),
      ...(['u8', 'f32'] as const).map((format) => hitCase({ size: [23, 30, 19], cameras: 'several', format })),
      hitCase({ size: [1, 1, 1], cameras: 'one', level: 0.1, noise: 0 }),
      hitCase({ size: [1, 17, 30], cameras: 'several', level: 0.4 }),
      hitCase({ size: [33, 33, 33], cameras: 'axial', grid: unitGrid }),
      hitCase({ size: [20, 20, 20], cameras: 'beside' }),
      hitCase({ size: [20, 20, 20], cameras: 'several', level: 0 }),
      hitCase({ size: [20, 20, 20], cameras: 'several', level: 1, noise: 0 }),
      ...(['boxLessSphere', 'several'] as const).map((clips) => hitCase({ size: [37, 41, 29], cameras: 'several', clips })),
      hitCase({ size: [37, 41, 29], cameras: 'several', clips: 'several', skips: false, format: 'f32' }),
      // More than 65 535 workgroups.
      inSmallWorkgroups(hitCase({ size: [9, 8, 7], cameras: 'large' })),
    ],
    perf: PERF_SIZES.flatMap((size) => [1, 9].map((nViews) => headCase(size, nViews))),
  }),
  ...shadeCases,
]; // prettier-ignore
