import {
  defineCases,
  GRID_SIZES,
  type KernelCase,
  type KernelCases,
  PERF_SIZES,
  randomF32,
} from '@efface/compute/testing';
import { type Vec3 } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type BoxSumBinding, type BoxSumParams } from './box-sum.gen.ts';
import { boxSum } from './box-sum.ts';
import { type CorrelationSlopesBinding, type CorrelationSlopesParams } from './correlation-slopes.gen.ts';
import { correlationSlopes } from './correlation-slopes.ts';
import { type CorrelationSumsBinding, type CorrelationSumsParams } from './correlation-sums.gen.ts';
import { correlationSums } from './correlation-sums.ts';
import { type CorrelationTermsBinding, type CorrelationTermsParams } from './correlation-terms.gen.ts';
import { correlationTerms } from './correlation-terms.ts';
import { type JointHistogramBinding, type JointHistogramParams } from './joint-histogram.gen.ts';
import { jointHistogram } from './joint-histogram.ts';
import { type MeanSquaresSumsBinding, type MeanSquaresSumsParams } from './mean-squares-sums.gen.ts';
import { meanSquaresSums } from './mean-squares-sums.ts';
import { parzenWindow } from './mutual-information.ts';
import { type MutualSumsBinding, type MutualSumsParams } from './mutual-sums.gen.ts';
import { mutualSums } from './mutual-sums.ts';
import {
  EVAL_SAMPLES,
  forceConstants,
  MANY_BLOCKS,
  PERF_SAMPLES,
  type SampleCase,
  sampleCase,
} from './similarity-case.ts';

const BINS = { fixedLow: -50, movingLow: -60, fixedScale: 20 / 850, movingScale: (17 * 1024) / 880, binCount: 20 };

function histogramCase(of: SampleCase): KernelCase<JointHistogramParams, JointHistogramBinding> {
  const { id, params, constants, images } = sampleCase(of);
  return {
    id,
    params: { ...params, ...BINS },
    ...(constants && { constants }),
    buffers: (seed) => ({
      ...images(seed),
      window: { init: parzenWindow() },
      bins: { init: new Uint32Array(2 * BINS.binCount ** 2).fill(0xffffffff), element: 'u32' },
    }),
  };
}

function mutualCase(of: SampleCase): KernelCase<MutualSumsParams, MutualSumsBinding> {
  const { id, params, constants, images, sums } = sampleCase(of);
  return {
    id,
    params: { ...params, ...BINS },
    constants: { ...constants, ...forceConstants(of) },
    buffers: (seed) => ({
      ...images(seed),
      logRatio: { init: randomF32(seed + 5, BINS.binCount ** 2, -6, 0) },
      ...sums(),
    }),
  };
}

function squaresCase(of: SampleCase): KernelCase<MeanSquaresSumsParams, MeanSquaresSumsBinding> {
  const { id, params, constants, images, sums } = sampleCase(of);
  return {
    id,
    params: { ...params },
    constants: { ...constants, ...forceConstants(of) },
    buffers: (seed) => ({ ...images(seed), ...sums() }),
  };
}

/** Brings the images' −100 … 900 to ±½. */
const SCALES = { fixedMiddle: 400, movingMiddle: 400, fixedScale: 1e-3, movingScale: 1e-3 };

function termsCase(of: SampleCase): KernelCase<CorrelationTermsParams, CorrelationTermsBinding> {
  const { id, params, constants, images, nFixed } = sampleCase(of);
  return {
    id,
    params: { ...params, ...SCALES },
    ...(constants && { constants }),
    buffers: (seed) => ({ ...images(seed), terms: { sizeBytes: 24 * nFixed } }),
  };
}

/** Six planes of window sums as they come from images: noise, and stretches of 64 voxels that are flat. */
function windowSumsOf(seed: number, count: number): Float32Array {
  const windowVoxels = 27;
  const noise = randomF32(seed, 2 * count + 2 * windowVoxels, -0.5, 0.5);
  const planes = new Float32Array(6 * count);
  for (let v = 0; v < count; v++) {
    const sums = new Float64Array(6);
    for (let n = v; n < v + windowVoxels; n++) {
      const f = (v >> 6) % 3 === 1 ? 0.25 : noise[2 * n];
      const m = (v >> 6) % 3 === 2 ? -0.25 : noise[2 * n + 1];
      for (const [plane, term] of [1, f, m, f * f, m * m, f * m].entries()) sums[plane] += term;
    }
    for (let plane = 0; plane < 6; plane++) planes[plane * count + v] = sums[plane];
  }
  return planes;
}

function slopesCase(of: SampleCase): KernelCase<CorrelationSlopesParams, CorrelationSlopesBinding> {
  const { id, params, constants, images, sums, nFixed } = sampleCase(of);
  return {
    id,
    params: { ...params, ...SCALES, minVariance: 1e-5 },
    ...(constants && { constants }),
    buffers: (seed) => ({
      ...images(seed),
      sums: { init: windowSumsOf(seed + 5, nFixed) },
      slopes: { sizeBytes: 12 * nFixed },
      partials: { sizeBytes: (sums().partials.sizeBytes ?? 0) / 4 },
    }),
  };
}

function correlationCase(of: SampleCase): KernelCase<CorrelationSumsParams, CorrelationSumsBinding> {
  const { id, params, constants, images, sums, nFixed } = sampleCase(of);
  return {
    id,
    params: { ...params, ...SCALES },
    constants: { ...constants, ...forceConstants(of) },
    buffers: (seed) => ({ ...images(seed), slopes: { init: randomF32(seed + 5, 3 * nFixed, -2, 2) }, ...sums() }),
  };
}

function boxCase(sizeIjk: Vec3, axis: number, radius: number, planes: number): KernelCase<BoxSumParams, BoxSumBinding> {
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2] * planes;
  return {
    id: `size=[${sizeIjk.join(',')}];axis=${axis};radius=${radius};planes=${planes}`,
    params: { sizeIjk, axis, radius, planes },
    buffers: (seed) => ({ src: { init: randomF32(seed, count, -1, 1) }, dst: { sizeBytes: 4 * count } }),
  };
}

/** Local correlation takes 18 f32 a voxel: no clinical CT whole. */
const DENSE_PERF = PERF_SAMPLES.filter(({ fixed }) => fixed[0] <= 256);

/** Cases that sample every voxel. */
const DENSE_SAMPLES = EVAL_SAMPLES.filter(({ stride }) => stride === undefined);

export const cases: KernelCases[] = [
  defineCases(meanSquaresSums, {
    eval: [...EVAL_SAMPLES.map(squaresCase), inSmallWorkgroups(squaresCase(MANY_BLOCKS))],
    perf: PERF_SAMPLES.map(squaresCase),
  }),
  defineCases(jointHistogram, {
    eval: [...EVAL_SAMPLES.map(histogramCase), inSmallWorkgroups(histogramCase(MANY_BLOCKS))],
    perf: PERF_SAMPLES.filter((of) => of.with === '').map((of) => histogramCase({ ...of, block: 2 ** 14 })),
  }),
  defineCases(mutualSums, {
    eval: EVAL_SAMPLES.map(mutualCase),
    perf: PERF_SAMPLES.filter((of) => of.with !== '').map(mutualCase),
  }),
  defineCases(boxSum, {
    eval: [
      ...GRID_SIZES.flatMap((size) => [0, 1, 2].map((axis) => boxCase(size, axis, 2, 2))),
      // Windows wider than the grid, and of one voxel.
      ...[0, 1, 2].flatMap((axis) => [boxCase([5, 4, 3], axis, 8, 3), boxCase([5, 4, 3], axis, 0, 1)]),
      inSmallWorkgroups(boxCase([257, 257, 1], 1, 1, 1)),
    ],
    perf: PERF_SIZES.slice(0, 2).flatMap((size) => [0, 1, 2].map((axis) => boxCase(size, axis, 4, 3))),
  }),
  defineCases(correlationTerms, {
    eval: [...DENSE_SAMPLES.map(termsCase), inSmallWorkgroups(termsCase(MANY_BLOCKS))],
    perf: DENSE_PERF.filter((of) => of.with === '').map(termsCase),
  }),
  defineCases(correlationSlopes, {
    eval: DENSE_SAMPLES.map(slopesCase),
    perf: DENSE_PERF.filter((of) => of.with === '').map(slopesCase),
  }),
  defineCases(correlationSums, {
    eval: DENSE_SAMPLES.map(correlationCase),
    perf: DENSE_PERF.filter((of) => of.with !== '').map(correlationCase),
  }),
];
