import { gpuJsArray, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import type { PeakFmaBinding, PeakFmaParams } from './peak-fma.gen.ts';

/** Eight chains spelled out: gpu.js has vectors for results only. */
function peakFmaThread(this: GpuJsThread, rounds: number, scale: number, offset: number): number {
  let a = this.thread.x % 256;
  let b = a + 1;
  let c = a + 2;
  let d = a + 3;
  let e = a + 4;
  let f = a + 5;
  let g = a + 6;
  let h = a + 7;
  for (let step = 0; step < 4 * rounds; step++) {
    a = a * scale + offset;
    b = b * scale + offset;
    c = c * scale + offset;
    d = d * scale + offset;
    e = e * scale + offset;
    f = f * scale + offset;
    g = g * scale + offset;
    h = h * scale + offset;
  }
  return a + b + (c + d) + (e + f + (g + h));
}

/** An element a thread. */
export const peakFmaGpuJs: GpuJsForm<PeakFmaParams, PeakFmaBinding> = {
  passes: ({ params: { count, rounds, scale, offset }, buffers: { dst } }) => [
    {
      thread: peakFmaThread,
      args: [rounds, scale, offset],
      output: [count],
      into: gpuJsArray(dst.f32, [count]).values,
    },
  ],
};
