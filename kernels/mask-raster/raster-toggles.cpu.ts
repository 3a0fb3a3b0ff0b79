import { type CpuKernel } from '@efface/compute';
import { type RasterTogglesBinding, type RasterTogglesParams } from './raster-toggles.gen.ts';

const REGION_BITS = 5;

function rasterTogglesMain(
  { sizeI }: RasterTogglesParams,
  rowStart: Uint32Array,
  toggles: Uint32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  dst.fill(0, begin * sizeI, end * sizeI);
  for (let row = begin; row < end; row++) {
    const toggleEnd = rowStart[row + 1];
    const base = row * sizeI;
    let first = sizeI;
    let last = 0;
    for (let t = rowStart[row]; t < toggleEnd; t++) {
      const i = toggles[t] >>> REGION_BITS;
      dst[base + i] ^= 1 << (toggles[t] & 31);
      if (i < first) first = i;
      if (i > last) last = i;
    }
    let state = 0;
    for (let index = base + first; index <= base + last && index < base + sizeI; index++) {
      state ^= dst[index];
      dst[index] = state;
    }
    // Only a region that goes on past the end of the row is still open here.
    if (state !== 0) dst.fill(state, base + last + 1, base + sizeI);
  }
}

/** Units are rows. */
export const rasterTogglesCpu: CpuKernel<RasterTogglesParams, RasterTogglesBinding> = {
  units: ({ rows }) => rows,
  run: ({ params, buffers: { rowStart, toggles, dst }, begin, end }) =>
    rasterTogglesMain(params, rowStart.u32, toggles.u32, dst.u32, begin, end),
};
