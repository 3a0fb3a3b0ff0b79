import { gpuJsArray, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { type GapProlongBinding, type GapProlongParams } from './gap-prolong.gen.ts';

/** One fine pixel: the coarse picture, whose pixel c has its centre at fine coordinate 2·c − 1.5, interpolated there. */
function gapProlongThread(
  this: GpuJsThread, coarse: number[][], free: number[][], limit: number[][], dst: number[][], hasLimit: number,
): number {
  const old = dst[this.thread.y][this.thread.x];
  if (free[this.thread.y][this.thread.x] === 0) {
    return old;
  }
  const u = this.thread.x / 2 + 0.75;
  const v = this.thread.y / 2 + 0.75;
  const u0 = Math.floor(u);
  const v0 = Math.floor(v);
  const above = coarse[v0][u0] + (coarse[v0][u0 + 1] - coarse[v0][u0]) * (u - u0);
  const below = coarse[v0 + 1][u0] + (coarse[v0 + 1][u0 + 1] - coarse[v0 + 1][u0]) * (u - u0);
  const value = old + above + (below - above) * (v - v0);
  if (hasLimit === 1) {
    return Math.min(value, limit[this.thread.y][this.thread.x]);
  }
  return value;
} // prettier-ignore

/** A fine pixel a thread. */
export const gapProlongGpuJs: GpuJsForm<GapProlongParams, GapProlongBinding> = {
  passes: ({ params: { finePx, coarsePx }, constants: { HAS_LIMIT }, buffers: { coarse, free, limit, dst } }) => {
    const picture = gpuJsArray(dst.f32, finePx);
    const args = [
      gpuJsArray(coarse.f32, coarsePx),
      gpuJsArray(free.f32, finePx),
      // Without a limit its buffer may be a stand-in.
      HAS_LIMIT === 1 ? gpuJsArray(limit.f32, finePx) : picture,
      picture,
      HAS_LIMIT,
    ];
    return [{ thread: gapProlongThread, args, output: finePx, into: picture.values }];
  },
};
