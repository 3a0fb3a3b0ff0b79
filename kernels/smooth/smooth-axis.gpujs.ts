import { gpuJsArray, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { type SmoothAxisBinding, type SmoothAxisParams } from './smooth-axis.gen.ts';

/** One voxel, taps in order along (di, dj, dk), the axis. */
function smoothAxisThread(
  this: GpuJsThread, src: number[][][], weights: number[], radius: number,
  di: number, dj: number, dk: number, ni: number, nj: number, nk: number,
): number {
  let sum = 0;
  for (let tap = 0; tap <= 2 * radius; tap++) {
    const r = tap - radius;
    const i = Math.max(0, Math.min(ni - 1, this.thread.x + r * di));
    const j = Math.max(0, Math.min(nj - 1, this.thread.y + r * dj));
    const k = Math.max(0, Math.min(nk - 1, this.thread.z + r * dk));
    sum += src[k][j][i] * weights[Math.abs(r)];
  }
  return sum;
} // prettier-ignore

/** A voxel a thread; positions clamped only. */
export const smoothAxisGpuJs: GpuJsForm<SmoothAxisParams, SmoothAxisBinding> = {
  misfit: (constants) => (constants['IS_MIRRORED'] === 1 ? 'no mirrors in the gpu.js form' : undefined),
  passes: ({ params: { sizeIjk, axis, radius }, buffers: { src, weights, dst } }) => {
    const args = [
      gpuJsArray(src.f32, sizeIjk),
      gpuJsArray(weights.f32, [radius + 1]),
      radius,
      ...[0, 1, 2].map((a) => (a === axis ? 1 : 0)),
      ...sizeIjk,
    ];
    return [{ thread: smoothAxisThread, args, output: sizeIjk, into: gpuJsArray(dst.f32, sizeIjk).values }];
  },
};
