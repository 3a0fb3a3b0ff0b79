import type { CpuKernel } from '@efface/compute';
import type { PeakFmaBinding, PeakFmaParams } from './peak-fma.gen.ts';

/** Elements [begin, end). The chains are spelled out: a twin has no vectors, and arrays would measure the memory. */
export function peakFmaMain(
  { rounds, scale, offset }: PeakFmaParams,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const f = Math.fround;
  const s = f(scale);
  const o = f(offset);
  for (let v = begin; v < end; v++) {
    const start = v & 255;
    let ax = f(start);
    let ay = f(start + 1);
    let az = f(start + 2);
    let aw = f(start + 3);
    let bx = f(start + 4);
    let by = f(start + 5);
    let bz = f(start + 6);
    let bw = f(start + 7);
    for (let step = 0; step < 4 * rounds; step++) {
      ax = f(f(ax * s) + o);
      ay = f(f(ay * s) + o);
      az = f(f(az * s) + o);
      aw = f(f(aw * s) + o);
      bx = f(f(bx * s) + o);
      by = f(f(by * s) + o);
      bz = f(f(bz * s) + o);
      bw = f(f(bw * s) + o);
    }
    const cx = f(ax + bx);
    const cy = f(ay + by);
    const cz = f(az + bz);
    const cw = f(aw + bw);
    dst[v] = f(f(cx + cy) + f(cz + cw));
  }
}

export const peakFmaCpu: CpuKernel<PeakFmaParams, PeakFmaBinding> = {
  units: ({ count }) => count,
  run: ({ params, buffers, begin, end }) => peakFmaMain(params, buffers.dst.f32, begin, end),
};
