import { type CpuKernel } from '@efface/compute';
import { type SmoothAxisBinding, type SmoothAxisParams } from './smooth-axis.gen.ts';

function smoothAxisMain(
  { sizeIjk, axis, radius }: SmoothAxisParams,
  src: Float32Array,
  weights: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const [ni, nj, nk] = sizeIjk;
  if (axis === 0) {
    for (let row = begin; row < end; row++) {
      const base = row * ni;
      for (let i = 0; i < ni; i++) {
        let sum = src[base + i] * weights[0];
        if (i >= radius && i + radius < ni) {
          for (let r = 1; r <= radius; r++) sum += (src[base + i - r] + src[base + i + r]) * weights[r];
        } else {
          for (let r = 1; r <= radius; r++) {
            const low = i - r < 0 ? 0 : i - r;
            const high = i + r >= ni ? ni - 1 : i + r;
            sum += (src[base + low] + src[base + high]) * weights[r];
          }
        }
        dst[base + i] = sum;
      }
    }
    return;
  }
  // Whole rows at a time, so that memory is read in order whatever the axis.
  const n = axis === 1 ? nj : nk;
  const stride = axis === 1 ? ni : ni * nj;
  const line = new Float64Array(ni);
  for (let row = begin; row < end; row++) {
    const base = row * ni;
    const at = axis === 1 ? row % nj : Math.floor(row / nj);
    for (let i = 0; i < ni; i++) line[i] = src[base + i] * weights[0];
    for (let r = 1; r <= radius; r++) {
      const low = base + (Math.max(at - r, 0) - at) * stride;
      const high = base + (Math.min(at + r, n - 1) - at) * stride;
      const weight = weights[r];
      for (let i = 0; i < ni; i++) line[i] += (src[low + i] + src[high + i]) * weight;
    }
    dst.set(line, base);
  }
}

/** Units are rows (constant j, k). */
export const smoothAxisCpu: CpuKernel<SmoothAxisParams, SmoothAxisBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { src, weights, dst }, begin, end }) =>
    smoothAxisMain(params, src.f32, weights.f32, dst.f32, begin, end),
};
