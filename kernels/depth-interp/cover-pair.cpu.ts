import { type CpuKernel } from '@efface/compute';
import { type CoverPairBinding, type CoverPairParams } from './cover-pair.gen.ts';
import { NO_SURFACE } from './depth-window.cpu.ts';

function coverPairMain(
  { sizePx, wordsPerRow }: CoverPairParams,
  outsideGap: boolean,
  gap: Uint32Array,
  valid: Uint32Array,
  front: Float32Array,
  back: Float32Array,
  pairs: Float32Array,
  begin: number,
  end: number,
): void {
  const nu = sizePx[0];
  for (let v = begin; v < end; v++) {
    for (let u = 0; u < nu; u++) {
      const word = v * wordsPerRow + (u >>> 5);
      const bits = outsideGap ? valid[word] & ~gap[word] : valid[word];
      const at = v * nu + u;
      const has = ((bits >>> (u & 31)) & 1) === 1;
      pairs[2 * at] = has ? front[at] : NO_SURFACE;
      pairs[2 * at + 1] = has ? back[at] : NO_SURFACE;
    }
  }
}

/** Units are rows of pixels. */
export const coverPairCpu: CpuKernel<CoverPairParams, CoverPairBinding> = {
  units: ({ sizePx }) => sizePx[1],
  run: ({ params, constants, buffers: { gap, valid, front, back, pairs }, begin, end }) =>
    coverPairMain(
      params,
      constants['OUTSIDE_GAP'] === 1,
      gap.u32,
      valid.u32,
      front.f32,
      back.f32,
      pairs.f32,
      begin,
      end,
    ),
};
