import { type DeviceFormat } from '@efface/compute';
import { defineCases, type KernelCase, type KernelCases, randomF32, randomMask } from '@efface/compute/testing';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { randomStored, volumeBuffers, volumeConstants } from '../shared/volume-case.ts';
import { type ResampleBitsBinding, type ResampleBitsParams } from './resample-bits.gen.ts';
import { resampleBits } from './resample-bits.ts';
import { type ResampleGridBinding, type ResampleGridParams } from './resample-grid.gen.ts';
import { resampleGrid } from './resample-grid.ts';

/** Maps in voxels of the source: index of target (0, 0, 0) and what each target step adds. */
const MAPS = {
  same: [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
  halves: [[-0.5, -0.5, -0.5], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]],
  coarse: [[0.7, 0.3, 0.1], [2.3, 0, 0], [0, 1.9, 0], [0, 0, 3.1]],
  oblique: [[3, -2, 1], [0.8, 0.5, -0.1], [-0.5, 0.8, 0.2], [0.1, -0.2, 0.95]],
  flipped: [[12, 10, 6], [0, 0, -1], [-1, 0, 0], [0, -1, 0]],
  outside: [[900, 900, 900], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
} as const; // prettier-ignore

const FRACTION_BITS = 18;

function fixed(map: keyof typeof MAPS): Pick<ResampleBitsParams, 'origin' | 'stepI' | 'stepJ' | 'stepK'> {
  const [origin, stepI, stepJ, stepK] = MAPS[map].map(
    (v) => v.map((x) => Math.round(x * 2 ** FRACTION_BITS)) as unknown as Vec3,
  );
  return { origin, stepI, stepJ, stepK };
}

function bitsCase(
  source: Vec3,
  target: Vec3,
  map: keyof typeof MAPS,
): KernelCase<ResampleBitsParams, ResampleBitsBinding> {
  const targetWordsPerRow = wordsPerRow(target[0]);
  return {
    id: `source=[${source.join(',')}];target=[${target.join(',')}];map=${map}`,
    params: {
      targetSizeIjk: target,
      targetWordsPerRow,
      sourceSizeIjk: source,
      sourceWordsPerRow: wordsPerRow(source[0]),
      ...fixed(map),
    },
    constants: { FRACTION_BITS },
    buffers: (seed) => ({
      src: { init: randomMask(seed, source, 0.5) },
      dst: { sizeBytes: 4 * targetWordsPerRow * target[1] * target[2] },
    }),
  };
}

function gridCase(
  source: Vec3,
  target: Vec3,
  map: keyof typeof MAPS,
  format: DeviceFormat,
  taps: Vec3,
  isNearest = 0,
): KernelCase<ResampleGridParams, ResampleGridBinding> {
  const at = fixed(map);
  const tap = (step: Vec3, n: number): Vec3 => step.map((v) => Math.trunc(v / n)) as unknown as Vec3;
  return {
    id: `source=[${source.join(',')}];target=[${target.join(',')}];map=${map};format=${format};taps=[${taps.join(',')}];nearest=${isNearest}`,
    params: {
      targetSizeIjk: target,
      sourceSizeIjk: source,
      taps,
      outsideValue: -1000,
      ...at,
      tapI: tap(at.stepI, taps[0]),
      tapJ: tap(at.stepJ, taps[1]),
      tapK: tap(at.stepK, taps[2]),
    },
    constants: { ...volumeConstants(format), FRACTION_BITS, IS_NEAREST: isNearest },
    buffers: (seed) => ({
      ...volumeBuffers(
        randomStored(seed, format, source[0] * source[1] * source[2], 0, format.endsWith('8') ? 127 : 2000),
      ),
      rescale: { init: randomF32(seed + 1, 2 * source[2], 0.5, 2) },
      dst: { sizeBytes: 4 * target[0] * target[1] * target[2] },
    }),
  };
}

export const cases: KernelCases[] = [
  defineCases(resampleBits, {
    eval: [
      bitsCase([1, 1, 1], [1, 1, 1], 'same'),
      ...(['same', 'halves', 'coarse', 'oblique', 'flipped', 'outside'] as const).map((map) =>
        bitsCase([33, 17, 9], [35, 13, 11], map),
      ),
      bitsCase([67, 3, 5], [31, 7, 5], 'oblique'),
    ],
    perf: [bitsCase([128, 128, 128], [512, 512, 400], 'coarse')],
  }),
  defineCases(resampleGrid, {
    eval: [
      gridCase([1, 1, 1], [1, 1, 1], 'same', 'f32', [1, 1, 1]),
      ...(['same', 'halves', 'coarse', 'oblique', 'flipped', 'outside'] as const).map((map) =>
        gridCase([17, 13, 9], [15, 13, 11], map, 'i16', [1, 1, 1]),
      ),
      gridCase([17, 13, 9], [15, 13, 11], 'oblique', 'u8', [2, 3, 1]),
      gridCase([17, 13, 9], [15, 13, 11], 'oblique', 'i8', [1, 1, 1]),
      gridCase([17, 13, 9], [15, 13, 11], 'coarse', 'u16', [2, 2, 3]),
      gridCase([17, 13, 9], [15, 13, 11], 'oblique', 'f32', [1, 1, 1], 1),
      gridCase([17, 13, 9], [15, 13, 11], 'halves', 'i16', [1, 1, 1], 1),
    ],
    perf: [
      gridCase([512, 512, 400], [128, 128, 128], 'coarse', 'i16', [2, 2, 1]),
      gridCase([256, 256, 256], [256, 256, 256], 'oblique', 'f32', [1, 1, 1]),
    ],
  }),
];
