import { gpuJsArray, type GpuJsForm, gpuJsHalves, type GpuJsThread } from '@efface/compute';
import { planeOffsets } from './gap-operator.gpujs.ts';
import { type GapStencilBinding, type GapStencilParams } from './gap-stencil.gen.ts';

/** Bit u of row v of one mask, or of either of two. */
function bitsThread(this: GpuJsThread, a: number[][], b: number[][]): number {
  const half = Math.floor(this.thread.x / 16);
  return ((a[this.thread.y][half] | b[this.thread.y][half]) >> (this.thread.x & 15)) & 1;
}

/**
 * One coefficient: the sum over all differences that both pixels take part in, of the products of their parts. A kind of
 * difference is four pixels (u, v, part) from its first; those with all their pixels there count.
 */
function gapStencilThread(
  this: GpuJsThread, there: number[][], offsets: number[][], kinds: number[][][],
  nu: number, nv: number, kindCount: number, pull: number,
): number {
  const u = this.thread.x;
  const v = this.thread.y;
  const du = offsets[0][this.thread.z];
  const dv = offsets[1][this.thread.z];
  // Next neighbours pull against each other: minus the sum, and minus 0 where there is none, since bytes are compared.
  let sign = 1;
  if (this.thread.z === 1 || this.thread.z === 2) {
    sign = -1;
  }
  let sum = 0;
  for (let kind = 0; kind < kindCount; kind++) {
    // The first pixel of a difference lies up to two before the pixel, along each axis.
    for (let first = 0; first < 9; first++) {
      const fu = u - (first % 3);
      const fv = v - Math.floor(first / 3);
      let areThere = 1;
      let part = 0;
      let other = 0;
      for (let m = 0; m < 4; m++) {
        const qu = fu + kinds[kind][m][0];
        const qv = fv + kinds[kind][m][1];
        let isThere = 0;
        if (qu >= 0 && qv >= 0 && qu < nu && qv < nv) {
          isThere = there[qv][qu];
        }
        areThere = Math.min(areThere, isThere);
        if (qu === u && qv === v) {
          part += kinds[kind][m][2];
        }
        if (qu === u + du && qv === v + dv) {
          other += kinds[kind][m][2];
        }
      }
      sum += sign * areThere * kinds[kind][0][3] * part * other;
    }
  }
  if (this.thread.z === 0) {
    sum += pull * there[v][u];
  }
  return sign * sum;
} // prettier-ignore

function gapFreeThread(this: GpuJsThread, gap: number[][], diagonal: number[][]): number {
  if (gap[this.thread.y][this.thread.x] === 1 && diagonal[this.thread.y][this.thread.x] > 0) {
    return 1;
  }
  return 0;
}

function gapLoadThread(this: GpuJsThread, goal: number[][], pull: number): number {
  return pull * goal[this.thread.y][this.thread.x];
}

/** Differences as four pixels (u, v, part, and the weight of the kind); a pixel named again takes no part. */
const MEMBRANE = [
  [0, 0, 1, 1], [1, 0, -1, 1], [0, 0, 0, 1], [0, 0, 0, 1],
  [0, 0, 1, 1], [0, 1, -1, 1], [0, 0, 0, 1], [0, 0, 0, 1],
]; // prettier-ignore
const PLATE = [
  [0, 0, 1, 1], [1, 0, -2, 1], [2, 0, 1, 1], [0, 0, 0, 1],
  [0, 0, 1, 1], [0, 1, -2, 1], [0, 2, 1, 1], [0, 0, 0, 1],
  [0, 0, 1, 2], [1, 0, -1, 2], [0, 1, -1, 2], [1, 1, 1, 2],
]; // prettier-ignore

/** Pixels that are there and those of the gap, then a coefficient a thread, then what is free and the load. */
export const gapStencilGpuJs: GpuJsForm<GapStencilParams, GapStencilBinding> = {
  passes: ({ params: { sizePx, wordsPerRow, pull }, constants: { IS_PLATE, PLANES }, buffers }) => {
    const [nu, nv] = sizePx;
    const picture = (values: Float32Array) => gpuJsArray(values, sizePx);
    const [gap, valid] = [buffers.gap, buffers.valid].map((mask) => gpuJsHalves(mask, wordsPerRow, [nv]));
    const there = picture(new Float32Array(nu * nv));
    const inGap = picture(new Float32Array(nu * nv));
    const planes = gpuJsArray(buffers.planes.f32, [...sizePx, PLANES]);
    const differences = IS_PLATE === 1 ? PLATE : MEMBRANE;
    const kindCount = differences.length / 4;
    const kinds = gpuJsArray(Float32Array.from(differences.flat()), [4, 4, kindCount]);
    const whole = { output: sizePx };
    // Without pull the goal may be a stand-in.
    const goal = pull > 0 ? picture(buffers.goal.f32) : there;
    return [
      { ...whole, thread: bitsThread, args: [gap, valid], into: there.values },
      { ...whole, thread: bitsThread, args: [gap, gap], into: inGap.values },
      {
        thread: gapStencilThread,
        args: [there, planeOffsets(), kinds, nu, nv, kindCount, pull],
        output: planes.size,
        into: planes.values,
      },
      {
        ...whole,
        thread: gapFreeThread,
        args: [inGap, picture(planes.values)],
        into: picture(buffers.free.f32).values,
      },
      { ...whole, thread: gapLoadThread, args: [goal, pull], into: picture(buffers.load.f32).values },
    ];
  },
};
