import { gpuJsArray, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { planeOffsets } from './gap-operator.gpujs.ts';
import { type GapRelaxBinding, type GapRelaxParams } from './gap-relax.gen.ts';

/** One pixel: each plane's neighbours on both sides; a coefficient is kept at the first of its two pixels. */
function gapRelaxThread(
  this: GpuJsThread, planes: number[][][], offsets: number[][], free: number[][], load: number[][], limit: number[][],
  src: number[][], nu: number, nv: number, planeCount: number, omega: number, hasLimit: number,
): number {
  const u = this.thread.x;
  const v = this.thread.y;
  const here = src[v][u];
  if (free[v][u] === 0) {
    return here;
  }
  let sum = planes[0][v][u];
  let magnitude = Math.abs(sum);
  let product = 0;
  for (let n = 1; n < planeCount; n++) {
    for (let side = 0; side < 2; side++) {
      const qu = u + (1 - 2 * side) * offsets[0][n];
      const qv = v + (1 - 2 * side) * offsets[1][n];
      if (qu >= 0 && qv >= 0 && qu < nu && qv < nv) {
        const a = planes[n][v - side * offsets[1][n]][u - side * offsets[0][n]];
        sum += a;
        magnitude += Math.abs(a);
        product += a * (src[qv][qu] - here);
      }
    }
  }
  const value = here + (omega * (load[v][u] - product - sum * here)) / magnitude;
  if (hasLimit === 1) {
    return Math.min(value, limit[v][u]);
  }
  return value;
} // prettier-ignore

/** A pixel a thread. */
export const gapRelaxGpuJs: GpuJsForm<GapRelaxParams, GapRelaxBinding> = {
  passes: ({ params: { sizePx, omega }, constants: { PLANES, HAS_LIMIT }, buffers }) => {
    // Without a limit its buffer may be a stand-in.
    const { planes, free, load, limit, src, dst } = buffers;
    const args = [
      gpuJsArray(planes.f32, [...sizePx, PLANES]),
      planeOffsets(),
      gpuJsArray(free.f32, sizePx),
      gpuJsArray(load.f32, sizePx),
      gpuJsArray((HAS_LIMIT === 1 ? limit : src).f32, sizePx),
      gpuJsArray(src.f32, sizePx),
      ...sizePx,
      PLANES,
      omega,
      HAS_LIMIT,
    ];
    return [{ thread: gapRelaxThread, args, output: sizePx, into: gpuJsArray(dst.f32, sizePx).values }];
  },
};
