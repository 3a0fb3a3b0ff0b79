import { type CpuKernel } from '@efface/compute';
import { type BoxSumBinding, type BoxSumParams } from './box-sum.gen.ts';

function boxSumMain(
  { sizeIjk, axis, radius }: BoxSumParams,
  src: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const [ni, nj, nk] = sizeIjk;
  const stride = axis === 1 ? ni : ni * nj;
  const size = axis === 1 ? nj : nk;
  const line = new Float64Array(ni);
  for (let row = begin; row < end; row++) {
    const base = row * ni;
    if (axis === 0) {
      // A sum in f64 runs along the row; what leaves the window is taken off to 2⁻⁵³ of it.
      let sum = 0;
      for (let i = 0; i < Math.min(radius, ni); i++) sum += src[base + i];
      for (let i = 0; i < ni; i++) {
        if (i + radius < ni) sum += src[base + i + radius];
        if (i > radius) sum -= src[base + i - radius - 1];
        dst[base + i] = sum;
      }
      continue;
    }
    const at = axis === 1 ? row % nj : Math.floor(row / nj) % nk;
    line.fill(0);
    for (let q = Math.max(0, at - radius); q <= Math.min(at + radius, size - 1); q++) {
      const tap = base + (q - at) * stride;
      for (let i = 0; i < ni; i++) line[i] += src[tap + i];
    }
    for (let i = 0; i < ni; i++) dst[base + i] = line[i];
  }
}

/** Units are rows (constant j, k, plane). */
export const boxSumCpu: CpuKernel<BoxSumParams, BoxSumBinding> = {
  units: ({ sizeIjk, planes }) => sizeIjk[1] * sizeIjk[2] * planes,
  run: ({ params, buffers: { src, dst }, begin, end }) => boxSumMain(params, src.f32, dst.f32, begin, end),
};
