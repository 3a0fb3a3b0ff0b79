import { type CpuKernel } from '@efface/compute';
import { type GapProlongBinding, type GapProlongParams } from './gap-prolong.gen.ts';
import { firstParent } from './refine.cpu.ts';

function gapProlongMain(
  { finePx, coarsePx }: GapProlongParams,
  hasLimit: boolean,
  coarse: Float32Array,
  free: Float32Array,
  limit: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const nu = finePx[0];
  const cu = coarsePx[0];
  // The parents of one fine row, added along v.
  const line = new Float64Array(cu);
  for (let v = begin; v < end; v++) {
    const parent = firstParent(v);
    const weight = (v & 1) === 1 ? 0.75 : 0.25;
    const above = parent * cu;
    for (let c = 0; c < cu; c++) line[c] = weight * coarse[above + c] + (1 - weight) * coarse[above + cu + c];
    for (let u = 0; u < nu; u++) {
      const at = v * nu + u;
      if (free[at] === 0) continue;
      const left = firstParent(u);
      const share = (u & 1) === 1 ? 0.75 : 0.25;
      const value = Math.fround(dst[at] + share * line[left] + (1 - share) * line[left + 1]);
      dst[at] = hasLimit && value > limit[at] ? limit[at] : value;
    }
  }
}

/** Units are rows of fine pixels. */
export const gapProlongCpu: CpuKernel<GapProlongParams, GapProlongBinding> = {
  units: ({ finePx }) => finePx[1],
  run: ({ params, constants, buffers: { coarse, free, limit, dst }, begin, end }) =>
    gapProlongMain(params, constants['HAS_LIMIT'] === 1, coarse.f32, free.f32, limit.f32, dst.f32, begin, end),
};
