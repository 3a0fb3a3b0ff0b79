import { type CpuKernel } from '@efface/compute';
import { type GapRestrictBinding, type GapRestrictParams } from './gap-restrict.gen.ts';
import { firstChild, REFINE_WEIGHTS } from './refine.cpu.ts';

function gapRestrictMain(
  { finePx, coarsePx }: GapRestrictParams,
  src: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const [nu, nv] = finePx;
  const cu = coarsePx[0];
  // The children of one coarse row, added along v.
  const line = new Float64Array(nu);
  for (let cv = begin; cv < end; cv++) {
    line.fill(0);
    const firstV = firstChild(cv);
    for (let v = Math.max(firstV, 0); v < Math.min(firstV + 4, nv); v++) {
      const weight = REFINE_WEIGHTS[v - firstV];
      for (let u = 0; u < nu; u++) line[u] += weight * src[v * nu + u];
    }
    for (let c = 0; c < cu; c++) {
      const firstU = firstChild(c);
      let sum = 0;
      for (let u = Math.max(firstU, 0); u < Math.min(firstU + 4, nu); u++) sum += REFINE_WEIGHTS[u - firstU] * line[u];
      dst[cv * cu + c] = sum;
    }
  }
}

/** Units are rows of coarse pixels. */
export const gapRestrictCpu: CpuKernel<GapRestrictParams, GapRestrictBinding> = {
  units: ({ coarsePx }) => coarsePx[1],
  run: ({ params, buffers: { src, dst }, begin, end }) => gapRestrictMain(params, src.f32, dst.f32, begin, end),
};
