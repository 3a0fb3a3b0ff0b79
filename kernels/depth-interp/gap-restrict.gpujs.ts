import { gpuJsArray, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { type GapRestrictBinding, type GapRestrictParams } from './gap-restrict.gen.ts';

/** One coarse pixel: the fine ones under a tent around 2·c − 1.5, two pixels to either side. */
function gapRestrictThread(this: GpuJsThread, src: number[][], nu: number, nv: number): number {
  const u = 2 * this.thread.x - 1.5;
  const v = 2 * this.thread.y - 1.5;
  let sum = 0;
  for (let o = 0; o < 16; o++) {
    const x = u - 1.5 + (o % 4);
    const y = v - 1.5 + Math.floor(o / 4);
    if (x >= 0 && y >= 0 && x < nu && y < nv) {
      sum += (1 - Math.abs(x - u) / 2) * (1 - Math.abs(y - v) / 2) * src[y][x];
    }
  }
  return sum;
}

/** A coarse pixel a thread. */
export const gapRestrictGpuJs: GpuJsForm<GapRestrictParams, GapRestrictBinding> = {
  passes: ({ params: { finePx, coarsePx }, buffers: { src, dst } }) => {
    const args = [gpuJsArray(src.f32, finePx), ...finePx];
    return [{ thread: gapRestrictThread, args, output: coarsePx, into: gpuJsArray(dst.f32, coarsePx).values }];
  },
};
