import type { CpuKernel } from '@efface/compute';
import type { PeakFmaBinding, PeakFmaParams } from './peak-fma.gen.ts';

/**
 * Elements [begin, end). The chains are spelled out: a twin has no vectors, and arrays would measure the memory. In
 * double precision, which is what JavaScript computes fastest; whole numbers come out the same.
 */
export function peakFmaMain(
  { rounds, scale, offset }: PeakFmaParams,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  for (let v = begin; v < end; v++) {
    const start = v & 255;
    let ax = start;
    let ay = start + 1;
    let az = start + 2;
    let aw = start + 3;
    let bx = start + 4;
    let by = start + 5;
    let bz = start + 6;
    let bw = start + 7;
    for (let step = 0; step < 4 * rounds; step++) {
      ax = ax * scale + offset;
      ay = ay * scale + offset;
      az = az * scale + offset;
      aw = aw * scale + offset;
      bx = bx * scale + offset;
      by = by * scale + offset;
      bz = bz * scale + offset;
      bw = bw * scale + offset;
    }
    dst[v] = ax + bx + (ay + by) + (az + bz + (aw + bw));
  }
}

export const peakFmaCpu: CpuKernel<PeakFmaParams, PeakFmaBinding> = {
  units: ({ count }) => count,
  run: ({ params, buffers, begin, end }) => peakFmaMain(params, buffers.dst.f32, begin, end),
};
