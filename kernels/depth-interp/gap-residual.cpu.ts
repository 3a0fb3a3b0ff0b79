import { type CpuKernel } from '@efface/compute';
import { type GapResidualBinding, type GapResidualParams } from './gap-residual.gen.ts';
import { freeRange, stencilRow, stencilScratch } from './stencil.cpu.ts';

function gapResidualMain(
  { sizePx }: GapResidualParams,
  planeCount: number,
  hasLimit: boolean,
  isProduct: boolean,
  planes: Float32Array,
  free: Float32Array,
  load: Float32Array,
  limit: Float32Array,
  src: Float32Array,
  residual: Float32Array,
  inside: Float32Array,
  begin: number,
  end: number,
): void {
  const nu = sizePx[0];
  const row = stencilScratch(nu);
  const { product } = row;
  for (let v = begin; v < end; v++) {
    const base = v * nu;
    residual.fill(0, base, base + nu);
    inside.fill(0, base, base + nu);
    const [first, past] = freeRange(free, base, nu);
    stencilRow(planes, planeCount, sizePx, v, first, past, src, row);
    for (let u = first; u < past; u++) {
      const at = base + u;
      if (free[at] === 0 || (hasLimit && src[at] >= limit[at])) continue;
      inside[at] = 1;
      residual[at] = isProduct ? product[u] : load[at] - product[u];
    }
  }
}

/** Units are rows of pixels. */
export const gapResidualCpu: CpuKernel<GapResidualParams, GapResidualBinding> = {
  units: ({ sizePx }) => sizePx[1],
  run: ({ params, constants, buffers: { planes, free, load, limit, src, residual, inside }, begin, end }) =>
    gapResidualMain(
      params,
      constants['PLANES'],
      constants['HAS_LIMIT'] === 1,
      constants['IS_PRODUCT'] === 1,
      planes.f32,
      free.f32,
      load.f32,
      limit.f32,
      src.f32,
      residual.f32,
      inside.f32,
      begin,
      end,
    ),
};
