import { type CpuKernel } from '@efface/compute';
import { type GapRelaxBinding, type GapRelaxParams } from './gap-relax.gen.ts';
import { freeRange, stencilRow, stencilScratch } from './stencil.cpu.ts';

function gapRelaxMain(
  { sizePx, omega }: GapRelaxParams,
  planeCount: number,
  hasLimit: boolean,
  planes: Float32Array,
  free: Float32Array,
  load: Float32Array,
  limit: Float32Array,
  src: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const nu = sizePx[0];
  const row = stencilScratch(nu);
  const { product, magnitude } = row;
  for (let v = begin; v < end; v++) {
    const base = v * nu;
    for (let at = base; at < base + nu; at++) dst[at] = src[at];
    const [first, past] = freeRange(free, base, nu);
    stencilRow(planes, planeCount, sizePx, v, first, past, src, row);
    for (let u = first; u < past; u++) {
      const at = base + u;
      if (free[at] === 0) continue;
      const value = Math.fround(src[at] + (omega * (load[at] - product[u])) / magnitude[u]);
      dst[at] = hasLimit && value > limit[at] ? limit[at] : value;
    }
  }
}

/** Units are rows of pixels. */
export const gapRelaxCpu: CpuKernel<GapRelaxParams, GapRelaxBinding> = {
  units: ({ sizePx }) => sizePx[1],
  run: ({ params, constants, buffers: { planes, free, load, limit, src, dst }, begin, end }) =>
    gapRelaxMain(
      params,
      constants['PLANES'],
      constants['HAS_LIMIT'] === 1,
      planes.f32,
      free.f32,
      load.f32,
      limit.f32,
      src.f32,
      dst.f32,
      begin,
      end,
    ),
};
