import { type CpuKernel } from '@efface/compute';
import { type SmoothRecursiveLineBinding, type SmoothRecursiveLineParams } from './smooth-recursive-line.gen.ts';

/** Real and imaginary parts of both states of a row of lines, in that order. */
type States = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

/** States of `width` neighbouring lines that saw the values at `at` for ever. */
function settle(states: States, steady: readonly number[], src: Float32Array, at: number): void {
  for (let s = 0; s < 4; s++) {
    const state = states[s];
    const factor = steady[s];
    for (let i = 0; i < state.length; i++) state[i] = factor * src[at + i];
  }
}

/** All states one voxel on. */
function advance([x, y, z, w]: States, poles: readonly number[], src: Float32Array, at: number): void {
  const [px, py, pz, pw] = poles;
  for (let i = 0; i < x.length; i++) {
    const value = src[at + i];
    const a = x[i];
    const c = z[i];
    x[i] = px * a - py * y[i] + value;
    y[i] = px * y[i] + py * a;
    z[i] = pz * c - pw * w[i] + value;
    w[i] = pz * w[i] + pw * c;
  }
}

function smoothLines(
  params: SmoothRecursiveLineParams,
  src: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const { sizeIjk, axis, poles, gains, steady } = params;
  const [ni, nj, nk] = sizeIjk;
  const n = axis === 1 ? nj : nk;
  const stride = axis === 1 ? ni : ni * nj;
  const states: States = [new Float64Array(ni), new Float64Array(ni), new Float64Array(ni), new Float64Array(ni)];
  const [x, y, z, w] = states;
  const [gx, gy, gz, gw] = gains;
  for (let slice = begin; slice < end; slice++) {
    const base = slice * (axis === 1 ? ni * nj : ni);
    settle(states, steady, src, base);
    for (let p = 0, at = base; p < n; p++, at += stride) {
      if (p > 0) advance(states, poles, src, at);
      for (let i = 0; i < ni; i++) dst[at + i] = gx * x[i] - gy * y[i] + gz * z[i] - gw * w[i];
    }
    settle(states, steady, src, base + (n - 1) * stride);
    for (let p = n - 1, at = base + p * stride; p >= 0; p--, at -= stride) {
      if (p + 1 < n) advance(states, poles, src, at);
      for (let i = 0; i < ni; i++)
        dst[at + i] += gx * x[i] - gy * y[i] + gz * z[i] - gw * w[i] - (gx + gz) * src[at + i];
    }
  }
}

/** Units are slices across the axis, which hold whole rows of lines. */
export const smoothRecursiveLineCpu: CpuKernel<SmoothRecursiveLineParams, SmoothRecursiveLineBinding> = {
  units: ({ sizeIjk: [, nj, nk], axis }) => (axis === 1 ? nk : nj),
  run: ({ params, buffers: { src, dst }, begin, end }) => smoothLines(params, src.f32, dst.f32, begin, end),
};
