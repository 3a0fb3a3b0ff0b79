import { defineCases, type KernelCase, type KernelCases, randomF32 } from '@efface/compute/testing';
import { type Vec3 } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type FieldPeakBinding, type FieldPeakParams } from './field-peak.gen.ts';
import { fieldPeak } from './field-peak.ts';
import { type FieldSampleBinding, type FieldSampleParams } from './field-sample.gen.ts';
import { fieldSample } from './field-sample.ts';

/** Maps in voxels of the source: index of target (0, 0, 0) and what each target step adds. */
const MAPS = {
  same: [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
  halves: [[-0.5, -0.5, -0.5], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]],
  oblique: [[3, -2, 1], [0.8, 0.5, -0.1], [-0.5, 0.8, 0.2], [0.1, -0.2, 0.95]],
  outside: [[900, 900, 900], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
} as const; // prettier-ignore

const FRACTION_BITS = 18;
const fixed = (v: readonly number[]): Vec3 => v.map((x) => Math.round(x * 2 ** FRACTION_BITS)) as unknown as Vec3;

function sampleCase(
  source: Vec3,
  target: Vec3,
  map: keyof typeof MAPS,
  { shiftMm = 0, isAdded = false, scale = 1 }: { shiftMm?: number; isAdded?: boolean; scale?: number } = {},
): KernelCase<FieldSampleParams, FieldSampleBinding> {
  const [origin, stepI, stepJ, stepK] = MAPS[map].map(fixed);
  const count = 3 * target[0] * target[1] * target[2];
  return {
    id: `source=[${source.join(',')}];target=[${target.join(',')}];map=${map};shift=${shiftMm};added=${Number(isAdded)};scale=${scale}`,
    params: {
      targetSizeIjk: target,
      scale,
      sourceSizeIjk: source,
      origin,
      stepI,
      stepJ,
      stepK,
      perMmX: [0.5, 0.1, 0].map((v) => v * 2 ** FRACTION_BITS) as unknown as Vec3,
      perMmY: [-0.1, 0.4, 0.2].map((v) => v * 2 ** FRACTION_BITS) as unknown as Vec3,
      perMmZ: [0, 0.3, 0.7].map((v) => v * 2 ** FRACTION_BITS) as unknown as Vec3,
    },
    constants: { FRACTION_BITS, HAS_DISPLACEMENT: shiftMm > 0 ? 1 : 0, HAS_ADDED: isAdded ? 1 : 0 },
    buffers: (seed) => ({
      src: { init: randomF32(seed, 3 * source[0] * source[1] * source[2], -100, 100) },
      displacement: shiftMm > 0 ? { init: randomF32(seed + 1, count, -shiftMm, shiftMm) } : { sizeBytes: 4 },
      added: isAdded ? { init: randomF32(seed + 2, count, -100, 100) } : { sizeBytes: 4 },
      dst: { sizeBytes: 4 * count },
    }),
  };
}

function peakCase(count: number, parts: number): KernelCase<FieldPeakParams, FieldPeakBinding> {
  return {
    id: `count=${count};parts=${parts}`,
    params: { count, parts },
    buffers: (seed) => ({
      src: { init: randomF32(seed, 3 * count, -100, 100) },
      peaks: { sizeBytes: 4 * parts },
    }),
  };
}

export const cases: KernelCases[] = [
  defineCases(fieldSample, {
    eval: [
      sampleCase([1, 1, 1], [1, 1, 1], 'same'),
      ...(['same', 'halves', 'oblique', 'outside'] as const).map((map) => sampleCase([17, 13, 9], [15, 13, 11], map)),
      sampleCase([17, 13, 9], [15, 13, 11], 'oblique', { shiftMm: 5, isAdded: true, scale: -0.25 }),
      sampleCase([17, 13, 9], [17, 13, 9], 'same', { shiftMm: 1e5, isAdded: true }),
      sampleCase([17, 1, 9], [5, 3, 7], 'halves', { shiftMm: 3, scale: 0 }),
      inSmallWorkgroups(sampleCase([5, 4, 3], [61, 59, 41], 'halves')),
    ],
    perf: [
      sampleCase([64, 64, 64], [128, 128, 128], 'halves'),
      sampleCase([128, 128, 128], [128, 128, 128], 'same', { shiftMm: 5, isAdded: true }),
    ],
  }),
  defineCases(fieldPeak, {
    eval: [
      peakCase(1, 1),
      peakCase(3, 7),
      peakCase(10007, 97),
      peakCase(65536, 4096),
      inSmallWorkgroups(peakCase(70001, 66000)),
    ],
    perf: [peakCase(128 ** 3, 4096)],
  }),
];
