import { gpuJsArray, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { type GapLimitBinding, type GapLimitParams } from './gap-limit.gen.ts';

/** One coarse pixel: the least room of the free fine ones it has a weight in, 10³⁰ without any. */
function gapLimitThread(
  this: GpuJsThread, free: number[][], limit: number[][], src: number[][], nu: number, nv: number,
): number {
  let least = 1e30;
  for (let o = 0; o < 16; o++) {
    const u = 2 * this.thread.x - 3 + (o % 4);
    const v = 2 * this.thread.y - 3 + Math.floor(o / 4);
    if (u >= 0 && v >= 0 && u < nu && v < nv) {
      if (free[v][u] > 0) {
        least = Math.min(least, limit[v][u] - src[v][u]);
      }
    }
  }
  return least;
} // prettier-ignore

/** A coarse pixel a thread. */
export const gapLimitGpuJs: GpuJsForm<GapLimitParams, GapLimitBinding> = {
  passes: ({ params: { finePx, coarsePx }, buffers: { free, limit, src, dst } }) => {
    const args = [...[free, limit, src].map(({ f32 }) => gpuJsArray(f32, finePx)), ...finePx];
    return [{ thread: gapLimitThread, args, output: coarsePx, into: gpuJsArray(dst.f32, coarsePx).values }];
  },
};
