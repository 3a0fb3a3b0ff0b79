import { type CpuKernel, storedView } from '@efface/compute';
import { counterHash, counterNoise } from '../shared/counter-noise.ts';
import { type CoverFillBinding, type CoverFillParams } from './cover-fill.gen.ts';
import {
  depthExtent,
  depthRangeFixed,
  rowRange,
  SURFACE_SLACK_MM,
  windowDepth,
  windowSurfaces,
  windowSurfacesFast,
} from './depth-window.cpu.ts';

function coverFillMain(
  params: CoverFillParams,
  stored: ArrayLike<number>,
  pairs: Float32Array,
  tables: Float32Array,
  dst: Float32Array,
  altered: Uint32Array,
  begin: number,
  end: number,
): void {
  const { sizeIjk, sizePx, origin, stepI, stepJ, stepK, wordsPerRow, seed } = params;
  const [ni, nj, nk] = sizeIjk;
  const [nu, nv] = sizePx;
  const threshold = Math.fround(params.threshold);
  const at = new Float64Array(2);
  const layer = new Float64Array(2);
  const seedHash = counterHash(seed);
  const [least, largest] = depthExtent(pairs);
  const depths = least <= largest ? depthRangeFixed(least - 1, largest + 1) : ([0, -1] as const);
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    const base = row * ni;
    copyReal(stored, tables[2 * k], tables[2 * k + 1], dst, base, base + ni);
    altered.fill(0, row * wordsPerRow, (row + 1) * wordsPerRow);
    const u0 = origin[0] + stepJ[0] * j + stepK[0] * k;
    const v0 = origin[1] + stepJ[1] * j + stepK[1] * k;
    const d0 = origin[2] + stepJ[2] * j + stepK[2] * k;
    const [first, past] = rowRange(params, [u0, v0, d0], depths);
    for (let i = first; i < past; i++) {
      if (stored[base + i] >= threshold) continue;
      const u = u0 + stepI[0] * i;
      const v = v0 + stepI[1] * i;
      const depth = windowDepth(d0 + stepI[2] * i);
      if (!windowSurfacesFast(pairs, nu, nv, u, v, at)) continue;
      if (depth < at[0] - SURFACE_SLACK_MM || depth >= at[1] + SURFACE_SLACK_MM) continue;
      // The shader's own roundings decide, and say how deep below the cover.
      windowSurfaces(pairs, nu, nv, u, v, at);
      if (depth < at[0] || depth >= at[1]) continue;
      profile(params, tables, 2 * nk, depth - at[0], layer);
      dst[base + i] = layer[0] + layer[1] * counterNoise(base + i, seedHash);
      altered[row * wordsPerRow + (i >>> 5)] |= 1 << (i & 31);
    }
  }
}

function copyReal(
  stored: ArrayLike<number>,
  slope: number,
  intercept: number,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  for (let at = begin; at < end; at++) dst[at] = stored[at] * slope + intercept;
}

/** Mean and spread at a depth below the cover, into `layer`. */
function profile(
  { binCount, binsPerMm }: CoverFillParams,
  tables: Float32Array,
  first: number,
  belowMm: number,
  layer: Float64Array,
): void {
  const last = binCount - 1;
  const x = Math.min(Math.max(belowMm * binsPerMm - 0.5, 0), last);
  const bin = Math.floor(x);
  const from = first + 2 * bin;
  const to = first + 2 * Math.min(bin + 1, last);
  layer[0] = tables[from] + (tables[to] - tables[from]) * (x - bin);
  layer[1] = tables[from + 1] + (tables[to + 1] - tables[from + 1]) * (x - bin);
}

/** Units are rows (constant j, k). */
export const coverFillCpu: CpuKernel<CoverFillParams, CoverFillBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: { volume0, pairs, tables, dst, altered }, begin, end }) =>
    coverFillMain(
      params,
      storedView(volume0, constants['VOXEL_FORMAT']),
      pairs.f32,
      tables.f32,
      dst.f32,
      altered.u32,
      begin,
      end,
    ),
};
