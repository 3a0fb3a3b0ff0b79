import { defineCases, type KernelCase, type KernelCases, randomF32 } from '@efface/compute/testing';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
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
];
