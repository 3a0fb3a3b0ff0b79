import { type CpuKernel } from '@efface/compute';
import { mirrored } from '../shared/mirrored.ts';
import { type SmoothAxisBinding, type SmoothAxisParams } from './smooth-axis.gen.ts';

/** Three pairs of taps added to a line at a time, which is loaded and stored once for them. */
function addTaps(
  line: Float64Array,
  src: Float32Array,
  low1: number,
  high1: number,
  weight1: number,
  low2: number,
  high2: number,
  weight2: number,
  low3: number,
  high3: number,
  weight3: number,
): void {
  for (let i = 0; i < line.length; i++)
    line[i] +=
      (src[low1 + i] + src[high1 + i]) * weight1 +
      (src[low2 + i] + src[high2 + i]) * weight2 +
      (src[low3 + i] + src[high3 + i]) * weight3;
}

/** `inside` of the shader. */
function inside(at: number, last: number, isMirrored: boolean): number {
  return isMirrored ? mirrored(at, last + 1) : Math.min(Math.max(at, 0), last);
}

function smoothAxisMain(
  { sizeIjk, axis, radius }: SmoothAxisParams,
  isMirrored: boolean,
  src: Float32Array,
  weights: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const [ni, nj, nk] = sizeIjk;
  const n = axis === 1 ? nj : nk;
  const stride = axis === 1 ? ni : ni * nj;
  const line = new Float64Array(ni);
  // Rows along i get what lies beyond the border on both sides, so that taps are whole rows whatever the axis.
  const padded = new Float32Array(axis === 0 ? ni + 2 * radius : 0);
  for (let row = begin; row < end; row++) {
    const base = row * ni;
    const at = axis === 1 ? row % nj : Math.floor(row / nj);
    if (axis === 0) {
      for (let i = 0; i < ni; i++) padded[radius + i] = src[base + i];
      for (let r = 1; r <= radius; r++) {
        padded[radius - r] = src[base + inside(-r, ni - 1, isMirrored)];
        padded[radius + ni - 1 + r] = src[base + inside(ni - 1 + r, ni - 1, isMirrored)];
      }
    }
    const taps = axis === 0 ? padded : src;
    const centre = axis === 0 ? radius : base;
    for (let i = 0; i < ni; i++) line[i] = taps[centre + i] * weights[0];
    const low = (r: number): number =>
      axis === 0 ? radius - r : base + (inside(at - r, n - 1, isMirrored) - at) * stride;
    const high = (r: number): number =>
      axis === 0 ? radius + r : base + (inside(at + r, n - 1, isMirrored) - at) * stride;
    for (let r = 1; r <= radius; r += 3) {
      // Taps beyond the radius weigh nothing; the centre stands in for them.
      const r2 = r + 1 <= radius ? r + 1 : 0;
      const r3 = r + 2 <= radius ? r + 2 : 0;
      addTaps(
        line, taps, low(r), high(r), weights[r], low(r2), high(r2), r2 === 0 ? 0 : weights[r2],
        low(r3), high(r3), r3 === 0 ? 0 : weights[r3],
      ); // prettier-ignore
    }
    for (let i = 0; i < ni; i++) dst[base + i] = line[i];
  }
}

/** Units are rows (constant j, k). */
export const smoothAxisCpu: CpuKernel<SmoothAxisParams, SmoothAxisBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: { src, weights, dst }, begin, end }) =>
    smoothAxisMain(params, constants['IS_MIRRORED'] === 1, src.f32, weights.f32, dst.f32, begin, end),
};
