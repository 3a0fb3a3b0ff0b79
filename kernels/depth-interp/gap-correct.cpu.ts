import { type CpuKernel } from '@efface/compute';
import { type GapCorrectBinding, type GapCorrectParams } from './gap-correct.gen.ts';

/** Pixels of one unit. */
const PIXELS_EACH = 4096;

function gapCorrectMain(
  free: Float32Array,
  limit: Float32Array,
  correction: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  for (let at = begin; at < end; at++) {
    if (free[at] === 0) continue;
    const value = Math.fround(dst[at] + correction[at]);
    dst[at] = value > limit[at] ? limit[at] : value;
  }
}

/** Units are blocks of PIXELS_EACH pixels. */
export const gapCorrectCpu: CpuKernel<GapCorrectParams, GapCorrectBinding> = {
  units: ({ pixelCount }) => Math.ceil(pixelCount / PIXELS_EACH),
  run: ({ params: { pixelCount }, buffers: { free, limit, correction, dst }, begin, end }) =>
    gapCorrectMain(
      free.f32,
      limit.f32,
      correction.f32,
      dst.f32,
      begin * PIXELS_EACH,
      Math.min(end * PIXELS_EACH, pixelCount),
    ),
};
