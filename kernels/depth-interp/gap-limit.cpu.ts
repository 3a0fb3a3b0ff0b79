import { type CpuKernel } from '@efface/compute';
import { type GapLimitBinding, type GapLimitParams } from './gap-limit.gen.ts';
import { firstChild } from './refine.cpu.ts';

/** The same as in the shader. */
const NO_LIMIT = Math.fround(1e30);

function gapLimitMain(
  { finePx, coarsePx }: GapLimitParams,
  free: Float32Array,
  limit: Float32Array,
  src: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const [nu, nv] = finePx;
  const cu = coarsePx[0];
  for (let cv = begin; cv < end; cv++) {
    const firstV = firstChild(cv);
    for (let c = 0; c < cu; c++) {
      const firstU = firstChild(c);
      let least = NO_LIMIT;
      for (let v = Math.max(firstV, 0); v < Math.min(firstV + 4, nv); v++) {
        for (let u = Math.max(firstU, 0); u < Math.min(firstU + 4, nu); u++) {
          const fine = v * nu + u;
          if (free[fine] === 0) continue;
          const left = limit[fine] - src[fine];
          if (left < least) least = left;
        }
      }
      dst[cv * cu + c] = least;
    }
  }
}

/** Units are rows of coarse pixels. */
export const gapLimitCpu: CpuKernel<GapLimitParams, GapLimitBinding> = {
  units: ({ coarsePx }) => coarsePx[1],
  run: ({ params, buffers: { free, limit, src, dst }, begin, end }) =>
    gapLimitMain(params, free.f32, limit.f32, src.f32, dst.f32, begin, end),
};
