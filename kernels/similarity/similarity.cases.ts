import { defineCases, type KernelCase, type KernelCases } from '@efface/compute/testing';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type MeanSquaresSumsBinding, type MeanSquaresSumsParams } from './mean-squares-sums.gen.ts';
import { meanSquaresSums } from './mean-squares-sums.ts';
import {
  EVAL_SAMPLES,
  forceConstants,
  MANY_BLOCKS,
  PERF_SAMPLES,
  type SampleCase,
  sampleCase,
} from './similarity-case.ts';

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
];
