import { type DeviceFormat } from '@efface/compute';
import {
  defineCases,
  type KernelCase,
  type KernelCases,
  Random,
  randomF32,
  randomIntegers,
} from '@efface/compute/testing';
import { type Grid, type Vec3 } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { randomStored, volumeBuffers, volumeConstants } from '../shared/volume-case.ts';
import { brickExtentMain } from './brick-extent.cpu.ts';
import { type BrickExtentBinding, type BrickExtentParams } from './brick-extent.gen.ts';
import { brickExtent, bricksOf } from './brick-extent.ts';
import { brickReachMain } from './brick-reach.cpu.ts';
import { type BrickReachBinding, type BrickReachParams } from './brick-reach.gen.ts';
import { brickReach } from './brick-reach.ts';
import { type Camera, packCameras } from './camera.ts';
import { type ClipShape, packClips } from './clip.ts';
import { type FirstHitBinding, type FirstHitParams } from './first-hit.gen.ts';
import { firstHit } from './first-hit.ts';
import { type Light, packLights, pictureExtents } from './relight.ts';
import { type ShadePicturesBinding, type ShadePicturesParams } from './shade-pictures.gen.ts';
import { shadePictures } from './shade-pictures.ts';

const RANGES: Readonly<Record<DeviceFormat, readonly [number, number]>> = {
  u8: [0, 255],
  i8: [-128, 127],
  u16: [0, 65_535],
  i16: [-32_768, 32_767],
  f32: [-1000, 1000],
};

function extentCase(sizeIjk: Vec3, format: DeviceFormat): KernelCase<BrickExtentParams, BrickExtentBinding> {
  const bricksIjk = bricksOf(sizeIjk);
  return {
    id: `size=[${sizeIjk.join(',')}];format=${format}`,
    params: { sizeIjk, bricksIjk },
    constants: volumeConstants(format),
    buffers: (seed) => ({
      ...volumeBuffers(randomStored(seed, format, sizeIjk[0] * sizeIjk[1] * sizeIjk[2], ...RANGES[format])),
      extents: { sizeBytes: 8 * bricksIjk[0] * bricksIjk[1] * bricksIjk[2] },
    }),
  };
}

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
  portrait: [look([0, -700, 0], 512, 512), look([-500, -500, 0], 512, 512), look([-700, 0, 0], 512, 512)],
  large: [flat([0, -40, 0], 300, 1456, 1456)],
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
  plane: [{ kind: 'plane', pointLps: [1, 2, 3], normalLps: [-1, 0.4, 0.2], keep: 'inside' }],
  sphere: [{ kind: 'sphere', centreLps: [2, -8, 4], radiusMm: 15, keep: 'outside' }],
  box: [{ kind: 'box', centreLps: [0, 0, 0], halfSizeMm: [9, 12, 7], keep: 'inside' }],
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
  readonly wgX?: number;
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
    wgX,
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
      ...(wgX && { WG_X: wgX }),
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

function extentsOf(sizeIjk: Vec3, stored: ArrayLike<number>): Float32Array {
  const bricksIjk = bricksOf(sizeIjk);
  const nBricks = bricksIjk[0] * bricksIjk[1] * bricksIjk[2];
  const extents = new Float32Array(2 * nBricks);
  brickExtentMain({ sizeIjk, bricksIjk }, stored, extents, 0, nBricks);
  return extents;
}

function reachOf(sizeIjk: Vec3, extents: Float32Array, threshold: number): Uint32Array {
  const bricksIjk = bricksOf(sizeIjk);
  let src = new Uint32Array(extents.length / 2);
  for (const axis of [0, 1, 2]) {
    const dst = new Uint32Array(src.length);
    brickReachMain({ bricksIjk, axis, threshold }, extents, src, dst, 0, src.length);
    src = dst;
  }
  return src;
}

function reachCase(bricksIjk: Vec3, axis: 0 | 1 | 2, share: number): KernelCase<BrickReachParams, BrickReachBinding> {
  const nBricks = bricksIjk[0] * bricksIjk[1] * bricksIjk[2];
  return {
    id: `bricks=[${bricksIjk.join(',')}];axis=${axis};share=${share}`,
    params: { bricksIjk, axis, threshold: 1 - share },
    buffers: (seed) => ({
      extents: { init: randomF32(seed, 2 * nBricks, 0, 1) },
      src: { init: randomIntegers(seed, new Uint32Array(nBricks), 0, 8) },
      dst: { sizeBytes: 4 * nBricks },
    }),
  };
}

/** Random unit normals, a third of them 0. */
function randomNormals(seed: number, count: number): Float32Array {
  const random = new Random(seed);
  const pixels = new Float32Array(4 * count);
  for (let p = 0; p < count; p++) {
    if (random.nextInteger(0, 2) === 0) continue;
    const z = 2 * random.nextF32() - 1;
    const angle = 6.2831853 * random.nextF32();
    const radius = Math.sqrt(1 - z * z);
    pixels.set([radius * Math.cos(angle), radius * Math.sin(angle), z, 1], 4 * p);
  }
  return pixels;
}

function lightsAround(n: number): Light[] {
  return Array.from({ length: n }, (_, l) => ({
    space: l % 2 === 0 ? 'lps' : 'camera',
    direction: [Math.sin(l), 0.4 * Math.cos(3 * l), Math.cos(l)],
  }));
}

interface ShadeCase {
  readonly cameras: readonly (readonly [number, number])[];
  readonly nLights: number;
  readonly halfLambert?: boolean;
  readonly ambient?: number;
  readonly background?: number;
}

function shadeCase(given: ShadeCase): KernelCase<ShadePicturesParams, ShadePicturesBinding> {
  const { cameras, nLights, halfLambert = false, ambient = 0.15, background = 0 } = given;
  const seen = cameras.map(([widthPx, heightPx], c) => look([c, -90, 3 * c], widthPx, heightPx));
  const { words, wordCount } = pictureExtents(seen);
  const pictures = cameras.map(([w, h]) => `${w}x${h}`).join(',');
  return {
    id: `cameras=${cameras.length > 4 ? `${cameras.length}*` : ''}[${cameras.length > 4 ? cameras[0].join('x') : pictures}];lights=${nLights};half=${halfLambert};ambient=${ambient};background=${background}`,
    params: {
      cameraCount: cameras.length,
      lightCount: nLights,
      wordCount,
      ambient: Math.round(ambient * 2 ** 15),
      background,
    },
    constants: { IS_HALF_LAMBERT: halfLambert ? 1 : 0 },
    buffers: (seed) => ({
      gBuffer: {
        init: randomNormals(
          seed,
          cameras.reduce((sum, [w, h]) => sum + w * h, 0),
        ),
      },
      extents: { init: words },
      lights: { init: packLights(lightsAround(nLights), seen) },
      pictures: { sizeBytes: 4 * wordCount * nLights, element: 'u8' },
    }),
  };
}

const unitGrid: Grid = { sizeIjk: [33, 33, 33], affineIjkToLps: [1, 0, 0, -16, 0, 1, 0, -16, 0, 0, 1, -16] };

export const cases: KernelCases[] = [
  defineCases(brickExtent, {
    eval: [
      ...([[1, 1, 1], [9, 9, 9], [8, 17, 10], [2, 1, 30], [37, 41, 13], [257, 3, 5]] as const).map((size) => extentCase(size, 'i16')),
      ...(['u8', 'i8', 'u16', 'f32'] as const).map((format) => extentCase([19, 11, 7], format)),
      // More than 65 535 bricks.
      extentCase([2, 2050, 2060], 'u8'),
    ],
    perf: [extentCase([256, 256, 256], 'i16'), extentCase([512, 512, 512], 'i16'), extentCase([512, 512, 400], 'i16')],
  }),
  defineCases(brickReach, {
    eval: [
      reachCase([33, 7, 5], 0, 0.05),
      reachCase([33, 7, 5], 1, 0.05),
      reachCase([5, 3, 37], 2, 0.01),
      reachCase([1, 1, 1], 0, 1),
      reachCase([40, 2, 2], 0, 0),
      // More than 65 535 workgroups.
      inSmallWorkgroups(reachCase([67, 33, 31], 0, 0.01)),
    ],
    perf: [reachCase([32, 32, 32], 0, 0.2), reachCase([64, 64, 50], 1, 0.2)],
  }),
  defineCases(firstHit, {
    eval: [
      hitCase({ size: [37, 41, 29], cameras: 'several' }),
      hitCase({ size: [37, 41, 29], cameras: 'several', skips: false }),
      hitCase({ size: [37, 41, 29], cameras: 'several', noise: 1 }),
      ...(['u8', 'i8', 'u16', 'f32'] as const).map((format) => hitCase({ size: [23, 30, 19], cameras: 'several', format })),
      hitCase({ size: [1, 1, 1], cameras: 'one', level: 0.1, noise: 0 }),
      hitCase({ size: [1, 17, 30], cameras: 'several', level: 0.4 }),
      hitCase({ size: [33, 33, 33], cameras: 'axial', grid: unitGrid }),
      hitCase({ size: [33, 33, 33], cameras: 'axial', grid: unitGrid, skips: false }),
      hitCase({ size: [20, 20, 20], cameras: 'beside' }),
      hitCase({ size: [20, 20, 20], cameras: 'several', level: 0 }),
      hitCase({ size: [20, 20, 20], cameras: 'several', level: 1, noise: 0 }),
      ...(['plane', 'sphere', 'box', 'several'] as const).map((clips) => hitCase({ size: [37, 41, 29], cameras: 'several', clips })),
      hitCase({ size: [37, 41, 29], cameras: 'several', clips: 'several', skips: false, format: 'f32' }),
      // More than 65 535 workgroups.
      hitCase({ size: [9, 8, 7], cameras: 'large', wgX: 32 }),
    ],
    perf: [
      hitCase({ size: [256, 256, 256], cameras: 'portrait', noise: 0.01 }),
      hitCase({ size: [512, 512, 400], cameras: 'portrait', noise: 0.01 }),
    ],
  }),
  defineCases(shadePictures, {
    eval: [
      shadeCase({ cameras: [[37, 29], [1, 1], [16, 5]], nLights: 3 }),
      shadeCase({ cameras: [[37, 29], [3, 1]], nLights: 2, halfLambert: true, background: 24 }),
      shadeCase({ cameras: [[1, 1]], nLights: 1, ambient: 1, background: 255 }),
      shadeCase({ cameras: [[13, 11]], nLights: 5, ambient: 0 }),
      inSmallWorkgroups(shadeCase({ cameras: [[512, 515]], nLights: 1, halfLambert: true })),
    ],
    perf: [9, 1].map((n) => shadeCase({ cameras: Array.from({ length: n }, () => [512, 512] as const), nLights: 9 })),
  }),
]; // prettier-ignore
