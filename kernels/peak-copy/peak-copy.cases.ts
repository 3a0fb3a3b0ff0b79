import { defineCases, type KernelCase, type KernelCases, randomU32 } from '@efface/compute/testing';
import type { PeakCopyBinding, PeakCopyParams } from './peak-copy.gen.ts';
import { peakCopy } from './peak-copy.ts';

function copyCase(count: number): KernelCase<PeakCopyParams, PeakCopyBinding> {
  return {
    id: `count=${count}`,
    params: { count },
    buffers: (seed) => ({ src: { init: randomU32(seed, 4 * count) }, dst: { sizeBytes: 16 * count } }),
  };
}

export const cases: KernelCases[] = [
  defineCases(peakCopy, {
    // One, a workgroup and its neighbours, a prime, more than 65 535 workgroups of 64.
    eval: [1, 63, 64, 65, 10_007, 65_536 * 64 + 1].map(copyCase),
    perf: [256 ** 3 / 4, 512 ** 3 / 4].map(copyCase),
  }),
];
