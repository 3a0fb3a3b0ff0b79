import { defineCases, type KernelCase, type KernelCases } from '@efface/compute/testing';
import type { PeakFmaBinding, PeakFmaParams } from './peak-fma.gen.ts';
import { peakFma } from './peak-fma.ts';

function fmaCase(count: number, rounds: number, scale = -1, offset = 255): KernelCase<PeakFmaParams, PeakFmaBinding> {
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
      fmaCase(1009, 1000, 1, 1),
      fmaCase(257, 1, -7, 1000),
      fmaCase(300, 5, 0, -3),
      fmaCase(65_536 * 64 + 1, 1),
    ],
    perf: [fmaCase(2 ** 18, 16), fmaCase(2 ** 20, 64)],
  }),
];
