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
  const { sizeIjk, wordsPerRow, low, scale, bins, sigma, seed, perFeather } = params;
  const ni = sizeIjk[0];
  const seedHash = counterHash(seed);
  for (let row = begin; row < end; row++) {
    for (let w = 0; w < wordsPerRow; w++) {
      const bits = region[row * wordsPerRow + w];
      const first = row * ni + 32 * w;
      const past = row * ni + Math.min(32 * (w + 1), ni);
      if (bits === 0) {
        for (let at = first; at < past; at++) dst[at] = values[at];
        continue;
      }
      for (let at = first; at < past; at++) {
        const value = values[at];
        if (((bits >>> (at - first)) & 1) === 0) {
          dst[at] = value;
          continue;
        }
        let x = (source[at] - low) * scale;
        x = x < 0 ? 0 : x > bins ? bins : x;
        const entry = x < bins ? x | 0 : bins - 1;
        let replaced = table[entry] + (table[entry + 1] - table[entry]) * (x - entry);
        if (sigma > 0) replaced += sigma * counterNoise(at, seedHash);
        let weight = 1;
        if (hasFeather) {
          let t = depth[at] * perFeather;
          t = t < 0 ? 0 : t > 1 ? 1 : t;
          weight = t * t * (3 - 2 * t);
        }
        dst[at] = weight === 1 ? replaced : value + weight * (replaced - value);
      }
    }
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
