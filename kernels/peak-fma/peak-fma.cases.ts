import { defineCases, type KernelCase, type KernelCases } from '@efface/compute/testing';
import type { PeakFmaBinding, PeakFmaParams } from './peak-fma.gen.ts';
import { peakFma } from './peak-fma.ts';

function fmaCase(count: number, rounds: number, scale = 0.5, offset = 1): KernelCase<PeakFmaParams, PeakFmaBinding> {
  return {
    id: `count=${count};rounds=${rounds};scale=${scale};offset=${offset}`,
    params: { count, rounds, scale, offset },
    buffers: () => ({ dst: { sizeBytes: 4 * count, element: 'f32' } }),
  };
}

export const cases: KernelCases[] = [
  defineCases(peakFma, {
    eval: [
      fmaCase(1, 1),
      fmaCase(63, 3),
      fmaCase(65, 0),
      fmaCase(1009, 20, 0.25, -3),
      fmaCase(257, 10, -2, 0.125),
      fmaCase(65_536 * 64 + 1, 1),
    ],
    perf: [fmaCase(2 ** 18, 16), fmaCase(2 ** 20, 64)],
  }),
];
