import { gpuJsArray, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import type { PeakCopyBinding, PeakCopyParams } from './peak-copy.gen.ts';

function peakCopyThread(this: GpuJsThread, src: number[]): number {
  return src[this.thread.x];
}

/**
 * Eight halves of words for each element: a float does not hold any 32 bits, and gpu.js moves nothing but floats. The
 * bandwidth is what gpu.js can do with bits; kernels of floats may get twice as much.
 */
export const peakCopyGpuJs: GpuJsForm<PeakCopyParams, PeakCopyBinding> = {
  passes: ({ params: { count }, buffers }) => {
    const [src, dst] = [buffers.src, buffers.dst].map(({ u16 }) => gpuJsArray(u16, [8 * count]));
    return [{ thread: peakCopyThread, args: [src], output: dst.size, into: dst.values }];
  },
};
