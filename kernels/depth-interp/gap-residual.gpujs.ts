import { gpuJsArray, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { planeOffsets } from './gap-operator.gpujs.ts';
import { type GapResidualBinding, type GapResidualParams } from './gap-residual.gen.ts';

/** 1 where a pixel is free and below its limit. */
function gapInsideThread(
  this: GpuJsThread, free: number[][], limit: number[][], src: number[][], hasLimit: number,
): number {
  if (free[this.thread.y][this.thread.x] === 0) {
    return 0;
  }
  if (hasLimit === 1 && src[this.thread.y][this.thread.x] >= limit[this.thread.y][this.thread.x]) {
    return 0;
  }
  return 1;
} // prettier-ignore

/** One pixel that is inside: each plane's neighbours on both sides. */
function gapResidualThread(
  this: GpuJsThread, planes: number[][][], offsets: number[][], inside: number[][], load: number[][], src: number[][],
  nu: number, nv: number, planeCount: number, isProduct: number,
): number {
  const u = this.thread.x;
  const v = this.thread.y;
  if (inside[v][u] === 0) {
    return 0;
  }
  const here = src[v][u];
  let sum = planes[0][v][u];
  let product = 0;
  for (let n = 1; n < planeCount; n++) {
    for (let side = 0; side < 2; side++) {
      const qu = u + (1 - 2 * side) * offsets[0][n];
      const qv = v + (1 - 2 * side) * offsets[1][n];
      if (qu >= 0 && qv >= 0 && qu < nu && qv < nv) {
        const a = planes[n][v - side * offsets[1][n]][u - side * offsets[0][n]];
        sum += a;
        product += a * (src[qv][qu] - here);
      }
    }
  }
  product += sum * here;
  if (isProduct === 1) {
    return product;
  }
  return load[v][u] - product;
} // prettier-ignore

/** A pixel a thread; first where the residual counts, then what it is. */
export const gapResidualGpuJs: GpuJsForm<GapResidualParams, GapResidualBinding> = {
  passes: ({ params: { sizePx }, constants: { PLANES, HAS_LIMIT, IS_PRODUCT }, buffers }) => {
    const picture = (name: 'free' | 'load' | 'limit' | 'src' | 'residual' | 'inside') =>
      gpuJsArray(buffers[name].f32, sizePx);
    // Without a limit its buffer may be a stand-in, and so may the load of a product.
    const limit = picture(HAS_LIMIT === 1 ? 'limit' : 'src');
    const load = picture(IS_PRODUCT === 1 ? 'src' : 'load');
    const inside = picture('inside');
    const planes = gpuJsArray(buffers.planes.f32, [...sizePx, PLANES]);
    const args = [planes, planeOffsets(), inside, load, picture('src'), ...sizePx, PLANES, IS_PRODUCT];
    return [
      {
        thread: gapInsideThread,
        args: [picture('free'), limit, picture('src'), HAS_LIMIT],
        output: sizePx,
        into: inside.values,
      },
      { thread: gapResidualThread, args, output: sizePx, into: picture('residual').values },
    ];
  },
};
