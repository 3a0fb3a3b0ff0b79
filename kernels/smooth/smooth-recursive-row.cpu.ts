import { type CpuKernel } from '@efface/compute';
import { type SmoothRecursiveRowBinding, type SmoothRecursiveRowParams } from './smooth-recursive-row.gen.ts';

function smoothRows(
  params: SmoothRecursiveRowParams,
  src: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const { sizeIjk, poles, gains, steady } = params;
  const ni = sizeIjk[0];
  const [px, py, pz, pw] = poles;
  const [gx, gy, gz, gw] = gains;
  const forwards = new Float64Array(ni);
  for (let row = begin; row < end; row++) {
    const base = row * ni;
    for (const step of [1, -1]) {
      const first = base + (step > 0 ? 0 : ni - 1);
      let x = steady[0] * src[first];
      let y = steady[1] * src[first];
      let z = steady[2] * src[first];
      let w = steady[3] * src[first];
      for (let p = 0, at = first; p < ni; p++, at += step) {
        const value = src[at];
        if (p > 0) {
          const a = x;
          const c = z;
          x = px * a - py * y + value;
          y = px * y + py * a;
          z = pz * c - pw * w + value;
          w = pz * w + pw * c;
        }
        const sum = gx * x - gy * y + gz * z - gw * w;
        if (step > 0) forwards[p] = sum;
        else dst[at] = forwards[at - base] + (sum - (gx + gz) * value);
      }
    }
  }
}

/** Units are rows (constant j, k). */
export const smoothRecursiveRowCpu: CpuKernel<SmoothRecursiveRowParams, SmoothRecursiveRowBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { src, dst }, begin, end }) => smoothRows(params, src.f32, dst.f32, begin, end),
};
