import { type CpuKernel } from '@efface/compute';
import { type GapSettleBinding, type GapSettleParams } from './gap-settle.gen.ts';
import { OFFSETS_U, OFFSETS_V, stencilRow, stencilScratch } from './stencil.cpu.ts';

/** The same as in the shader. */
const LEAST_SHARE = Math.fround(1e-5);

function gapSettleMain(
  { sizePx }: GapSettleParams,
  planeCount: number,
  planes: Float32Array,
  free: Float32Array,
  load: Float32Array,
  src: Float32Array,
  dst: Float32Array,
): void {
  const [nu, nv] = sizePx;
  const count = nu * nv;
  const width = count + 1;
  const matrix = new Float64Array(count * width);
  const row = stencilScratch(nu);
  for (let v = 0; v < nv; v++) {
    stencilRow(planes, planeCount, sizePx, v, 0, nu, src, row);
    for (let u = 0; u < nu; u++) {
      const at = v * nu + u;
      if (free[at] === 0) continue;
      matrix[at * width + at] = planes[at];
      matrix[at * width + count] = load[at] - row.product[u];
      for (let n = 1; n < planeCount; n++) {
        const ahead = at + OFFSETS_V[n] * nu + OFFSETS_U[n];
        if (u + OFFSETS_U[n] < 0 || u + OFFSETS_U[n] >= nu || v + OFFSETS_V[n] >= nv || free[ahead] === 0) continue;
        matrix[at * width + ahead] = planes[n * count + at];
        matrix[ahead * width + at] = planes[n * count + at];
      }
    }
  }
  for (let k = 0; k < count; k++) {
    if (matrix[k * width + k] <= LEAST_SHARE * planes[k]) matrix[k * width + k] = 0;
    const pivot = matrix[k * width + k];
    if (pivot === 0) continue;
    for (let i = 0; i < count; i++) {
      const factor = matrix[i * width + k] / pivot;
      if (i === k || factor === 0) continue;
      for (let column = k; column < width; column++) matrix[i * width + column] -= factor * matrix[k * width + column];
    }
  }
  for (let at = 0; at < count; at++) {
    const pivot = matrix[at * width + at];
    dst[at] = src[at] + (pivot > 0 ? matrix[at * width + count] / pivot : 0);
  }
}

/** One unit: the whole picture. */
export const gapSettleCpu: CpuKernel<GapSettleParams, GapSettleBinding> = {
  units: () => 1,
  run: ({ params, constants, buffers: { planes, free, load, src, dst } }) =>
    gapSettleMain(params, constants['PLANES'], planes.f32, free.f32, load.f32, src.f32, dst.f32),
};
