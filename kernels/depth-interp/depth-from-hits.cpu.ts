import { type CpuKernel } from '@efface/compute';
import { type DepthFromHitsBinding, type DepthFromHitsParams } from './depth-from-hits.gen.ts';

function depthFromHitsMain(
  { sizePx, wordsPerRow }: DepthFromHitsParams,
  hits: Float32Array,
  depth: Float32Array,
  valid: Uint32Array,
  begin: number,
  end: number,
): void {
  const nu = sizePx[0];
  for (let v = begin; v < end; v++) {
    const row = v * nu;
    for (let w = 0; w < wordsPerRow; w++) {
      let bits = 0;
      const last = Math.min(32 * w + 32, nu);
      for (let u = 32 * w; u < last; u++) {
        const at = 4 * (row + u);
        depth[row + u] = hits[at + 3];
        if (hits[at] !== 0 || hits[at + 1] !== 0 || hits[at + 2] !== 0) bits |= 1 << (u & 31);
      }
      valid[v * wordsPerRow + w] = bits;
    }
  }
}

/** Units are rows of pixels. */
export const depthFromHitsCpu: CpuKernel<DepthFromHitsParams, DepthFromHitsBinding> = {
  units: ({ sizePx }) => sizePx[1],
  run: ({ params, buffers: { hits, depth, valid }, begin, end }) =>
    depthFromHitsMain(params, hits.f32, depth.f32, valid.u32, begin, end),
};
