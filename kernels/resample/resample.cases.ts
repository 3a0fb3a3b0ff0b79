import { type DeviceFormat } from '@efface/compute';
import {
  type CaseBuffer,
  defineCases,
  type KernelCase,
  type KernelCases,
  PERF_SIZES,
  randomF32,
  randomMask,
} from '@efface/compute/testing';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { randomStored, volumeBuffers, volumeConstants } from '../shared/volume-case.ts';
import { type ResampleBitsBinding, type ResampleBitsParams } from './resample-bits.gen.ts';
import { resampleBits } from './resample-bits.ts';
import { type ResampleGridBinding, type ResampleGridParams } from './resample-grid.gen.ts';
import { resampleGrid } from './resample-grid.ts';
import { type ResampleLabelBinding, type ResampleLabelParams } from './resample-label.gen.ts';
import { resampleLabel } from './resample-label.ts';
import { type ResampleSplineBinding, type ResampleSplineParams } from './resample-spline.gen.ts';
import { resampleSpline } from './resample-spline.ts';

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

/** Voxels in fixed point per mm, somewhat oblique. */
const PER_MM = {
  perMmX: [0.9, 0.1, 0].map((v) => v * 2 ** FRACTION_BITS) as unknown as Vec3,
  perMmY: [-0.1, 1.1, 0.2].map((v) => v * 2 ** FRACTION_BITS) as unknown as Vec3,
  perMmZ: [0, 0.3, 0.7].map((v) => v * 2 ** FRACTION_BITS) as unknown as Vec3,
};

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

/** Displacements of a few mm; ones that leave the source, some beyond what positions reach. */
type Field = 'none' | 'near' | 'far';

const FIELD_MM = { near: 3, far: 1e5 } as const;

const fieldName = (field: Field): string => (field === 'none' ? '' : `;field=${field}`);
const fieldConstants = (field: Field): Record<string, number> => (field === 'none' ? {} : { HAS_DISPLACEMENT: 1 });

function displacements(seed: number, [ni, nj, nk]: Vec3, field: Field): CaseBuffer {
  if (field === 'none') return { sizeBytes: 4 };
  return { init: randomF32(seed, 3 * ni * nj * nk, -FIELD_MM[field], FIELD_MM[field]) };
}

function splineCase(
  source: Vec3,
  target: Vec3,
  map: keyof typeof MAPS,
  field: Field = 'none',
): KernelCase<ResampleSplineParams, ResampleSplineBinding> {
  return {
    id: `source=[${source.join(',')}];target=[${target.join(',')}];map=${map}${fieldName(field)}`,
    params: { targetSizeIjk: target, sourceSizeIjk: source, outsideValue: -1000, ...fixed(map), ...PER_MM },
    constants: { FRACTION_BITS, ...fieldConstants(field) },
    buffers: (seed) => ({
      coefficients: { init: randomF32(seed, source[0] * source[1] * source[2], -1000, 1000) },
      displacement: displacements(seed + 2, target, field),
      dst: { sizeBytes: 4 * target[0] * target[1] * target[2] },
    }),
  };
}

/** Blobs of a few labels, so that some of eight neighbours are the same and some weights tie. */
function labelCase(
  source: Vec3,
  target: Vec3,
  map: keyof typeof MAPS,
  format: 'u8' | 'u16',
  field: Field = 'none',
): KernelCase<ResampleLabelParams, ResampleLabelBinding> {
  const bytes = format === 'u8' ? 1 : 2;
  return {
    id: `source=[${source.join(',')}];target=[${target.join(',')}];map=${map};format=${format}${fieldName(field)}`,
    params: { targetSizeIjk: target, sourceSizeIjk: source, outsideLabel: 7, ...fixed(map), ...PER_MM },
    constants: { ...volumeConstants(format), FRACTION_BITS, ...fieldConstants(field) },
    buffers: (seed) => ({
      ...volumeBuffers(randomStored(seed, format, source[0] * source[1] * source[2], 0, 4)),
      displacement: displacements(seed + 2, target, field),
      dst: { sizeBytes: 4 * Math.ceil((bytes * target[0] * target[1] * target[2]) / 4) },
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
  field: Field = 'none',
): KernelCase<ResampleGridParams, ResampleGridBinding> {
  const at = fixed(map);
  const tap = (step: Vec3, n: number): Vec3 => step.map((v) => Math.trunc(v / n)) as unknown as Vec3;
  return {
    id: `source=[${source.join(',')}];target=[${target.join(',')}];map=${map};format=${format};taps=[${taps.join(',')}];nearest=${isNearest}${fieldName(field)}`,
    params: {
      targetSizeIjk: target,
      sourceSizeIjk: source,
      taps,
      outsideValue: -1000,
      ...at,
      ...PER_MM,
      tapI: tap(at.stepI, taps[0]),
      tapJ: tap(at.stepJ, taps[1]),
      tapK: tap(at.stepK, taps[2]),
    },
    constants: { ...volumeConstants(format), FRACTION_BITS, IS_NEAREST: isNearest, ...fieldConstants(field) },
    buffers: (seed) => ({
      ...volumeBuffers(
        randomStored(seed, format, source[0] * source[1] * source[2], 0, format.endsWith('8') ? 127 : 2000),
      ),
      rescale: { init: randomF32(seed + 1, 2 * source[2], 0.5, 2) },
      displacement: displacements(seed + 2, target, field),
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
      ...(['near', 'far'] as const).flatMap((field) => [
        gridCase([17, 13, 9], [15, 13, 11], 'oblique', 'i16', [1, 1, 1], 0, field),
        gridCase([17, 13, 9], [15, 13, 11], 'same', 'u8', [2, 1, 1], 1, field),
      ]),
    ],
    perf: [
      gridCase([512, 512, 400], [128, 128, 128], 'coarse', 'i16', [2, 2, 1]),
      gridCase([256, 256, 256], [256, 256, 256], 'oblique', 'f32', [1, 1, 1]),
      gridCase([256, 256, 256], [256, 256, 256], 'same', 'f32', [1, 1, 1], 0, 'near'),
    ],
  }),
  defineCases(resampleSpline, {
    eval: [
      splineCase([1, 1, 1], [1, 1, 1], 'same'),
      // Mirrors seen more than once.
      splineCase([2, 3, 1], [5, 7, 2], 'halves'),
      ...(['same', 'halves', 'coarse', 'oblique', 'flipped', 'outside'] as const).map((map) =>
        splineCase([17, 13, 9], [15, 13, 11], map),
      ),
      splineCase([17, 13, 9], [15, 13, 11], 'oblique', 'near'),
      splineCase([17, 13, 9], [15, 13, 11], 'same', 'far'),
      inSmallWorkgroups(splineCase([5, 4, 3], [61, 59, 41], 'halves')),
    ],
    perf: PERF_SIZES.map((size) => splineCase(size, size, 'oblique')),
  }),
  defineCases(resampleLabel, {
    eval: [
      labelCase([1, 1, 1], [1, 1, 1], 'same', 'u8'),
      ...(['same', 'halves', 'coarse', 'oblique', 'flipped', 'outside'] as const).flatMap((map) => [
        labelCase([17, 13, 9], [15, 13, 11], map, 'u8'),
        labelCase([17, 13, 9], [15, 13, 11], map, 'u16'),
      ]),
      labelCase([17, 13, 9], [15, 13, 11], 'oblique', 'u16', 'near'),
      labelCase([17, 13, 9], [15, 13, 11], 'same', 'u8', 'far'),
      inSmallWorkgroups(labelCase([5, 4, 3], [131, 59, 41], 'halves', 'u8')),
    ],
    perf: PERF_SIZES.map((size) => labelCase(size, size, 'oblique', 'u8')),
  }),
];
