import { type CpuKernel } from '@efface/compute';
import { type CoverLimitBinding, type CoverLimitParams } from './cover-limit.gen.ts';

/** The same as in the shader. */
const NO_LIMIT = Math.fround(1e30);

function coverLimitMain(
  { sizePx, wordsPerRow }: CoverLimitParams,
  gap: Uint32Array,
  valid: Uint32Array,
  depth: Float32Array,
  cover: Float32Array,
  limit: Float32Array,
  begin: number,
  end: number,
): void {
  const nu = sizePx[0];
  for (let v = begin; v < end; v++) {
    for (let u = 0; u < nu; u++) {
      const word = v * wordsPerRow + (u >>> 5);
      const at = v * nu + u;
      limit[at] = (((gap[word] & valid[word]) >>> (u & 31)) & 1) === 1 ? depth[at] - cover[at] : NO_LIMIT;
    }
  }
}

/** Units are rows of pixels. */
export const coverLimitCpu: CpuKernel<CoverLimitParams, CoverLimitBinding> = {
  units: ({ sizePx }) => sizePx[1],
  run: ({ params, buffers: { gap, valid, depth, cover, limit }, begin, end }) =>
    coverLimitMain(params, gap.u32, valid.u32, depth.f32, cover.f32, limit.f32, begin, end),
};
