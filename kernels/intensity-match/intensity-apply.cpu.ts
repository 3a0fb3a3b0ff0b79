import { type CpuKernel } from '@efface/compute';
import { counterHash, counterNoise } from '../shared/counter-noise.ts';
import { type IntensityApplyBinding, type IntensityApplyParams } from './intensity-apply.gen.ts';

function intensityApplyMain(
  params: IntensityApplyParams,
  hasFeather: boolean,
  source: Float32Array,
  values: Float32Array,
  region: Uint32Array,
  depth: Float32Array,
  table: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const { sizeIjk, wordsPerRow, sigma, seed, counter, counterRow, counterSlice, perFeather } = params;
  const [ni, nj] = sizeIjk;
  const seedHash = counterHash(seed);
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    // From the index of a voxel to its counter.
    const ahead = counter + (row - k * nj) * counterRow + k * counterSlice - row * ni;
    for (let w = 0; w < wordsPerRow; w++) {
      const bits = region[row * wordsPerRow + w];
      const first = row * ni + 32 * w;
      const past = row * ni + Math.min(32 * (w + 1), ni);
      if (bits !== 0) {
        mapStretch(params, source, table, dst, first, past);
        if (sigma > 0) for (let at = first; at < past; at++) dst[at] += sigma * counterNoise(at + ahead, seedHash);
        if (hasFeather) blendStretch(perFeather, values, depth, dst, first, past);
      }
      for (let rest = ~bits, at = first; rest !== 0 && at < past; at++, rest >>>= 1)
        if ((rest & 1) !== 0) dst[at] = values[at];
    }
  }
}

/** dst = map(source) for the voxels from `first` to `past`: Math.min and Math.max are branchless, comparisons are not. */
function mapStretch(
  { low, scale, bins }: IntensityApplyParams,
  source: Float32Array,
  table: Float32Array,
  dst: Float32Array,
  first: number,
  past: number,
): void {
  const last = bins - 1;
  for (let at = first; at < past; at++) {
    const x = Math.min(Math.max((source[at] - low) * scale, 0), bins);
    const entry = Math.min(x | 0, last);
    const lower = table[entry];
    dst[at] = lower + (table[entry + 1] - lower) * (x - entry);
  }
}

/** dst = value + weight · (dst − value), the weight rising from 0 to 1 over the feather. */
function blendStretch(
  perFeather: number,
  values: Float32Array,
  depth: Float32Array,
  dst: Float32Array,
  first: number,
  past: number,
): void {
  for (let at = first; at < past; at++) {
    const t = Math.min(Math.max(depth[at] * perFeather, 0), 1);
    const weight = t * t * (3 - 2 * t);
    const value = values[at];
    dst[at] = weight === 1 ? dst[at] : value + weight * (dst[at] - value);
  }
}

/** Units are rows (constant j, k). */
export const intensityApplyCpu: CpuKernel<IntensityApplyParams, IntensityApplyBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: { source, values, region, depth, table, dst }, begin, end }) =>
    intensityApplyMain(
      params,
      constants['HAS_FEATHER'] === 1,
      source.f32,
      values.f32,
      region.u32,
      depth.f32,
      table.f32,
      dst.f32,
      begin,
      end,
    ),
};
