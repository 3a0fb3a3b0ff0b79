import type { CpuKernel } from '@efface/compute';
import type { PeakCopyBinding, PeakCopyParams } from './peak-copy.gen.ts';

/** Elements [begin, end) of 16 bytes. One block move: that is the bandwidth a twin can reach at all. */
export function peakCopyMain(src: Uint32Array, dst: Uint32Array, begin: number, end: number): void {
  dst.set(src.subarray(4 * begin, 4 * end), 4 * begin);
}

export const peakCopyCpu: CpuKernel<PeakCopyParams, PeakCopyBinding> = {
  units: ({ count }) => count,
  run: ({ buffers, begin, end }) => peakCopyMain(buffers.src.u32, buffers.dst.u32, begin, end),
};
