import { gpuJsArray, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { type GapCorrectBinding, type GapCorrectParams } from './gap-correct.gen.ts';

function gapCorrectThread(
  this: GpuJsThread, free: number[], limit: number[], correction: number[], dst: number[],
): number {
  const old = dst[this.thread.x];
  if (free[this.thread.x] > 0) {
    return Math.min(old + correction[this.thread.x], limit[this.thread.x]);
  }
  return old;
} // prettier-ignore

/** A pixel a thread. */
export const gapCorrectGpuJs: GpuJsForm<GapCorrectParams, GapCorrectBinding> = {
  passes: ({ params: { pixelCount }, buffers: { free, limit, correction, dst } }) => {
    const args = [free, limit, correction, dst].map(({ f32 }) => gpuJsArray(f32, [pixelCount]));
    return [{ thread: gapCorrectThread, args, output: [pixelCount], into: gpuJsArray(dst.f32, [pixelCount]).values }];
  },
};
