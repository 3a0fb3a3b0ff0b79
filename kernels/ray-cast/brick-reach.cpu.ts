import { type CpuKernel } from '@efface/compute';
import { type BrickReachBinding, type BrickReachParams } from './brick-reach.gen.ts';

const REACH = 8;

/** Bricks [begin, end). */
export function brickReachMain(
  { bricksIjk, axis, threshold }: BrickReachParams,
  extents: Float32Array,
  src: Uint32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  const [bi, bj] = bricksIjk;
  const reachBefore = (brick: number): number => {
    if (axis > 0) return src[brick];
    const low = extents[2 * brick];
    const high = extents[2 * brick + 1];
    // The sum is rounded as in the shader; the product is exact.
    const slack = Math.max(Math.abs(low), Math.abs(high)) * 2 ** -19;
    return Math.fround(high + slack) >= threshold ? 0 : REACH;
  };
  const stride = axis === 0 ? 1 : axis === 1 ? bi : bi * bj;
  const last = bricksIjk[axis] - 1;
  for (let brick = begin; brick < end; brick++) {
    const row = Math.floor(brick / bi);
    const at = axis === 0 ? brick - row * bi : axis === 1 ? row % bj : Math.floor(row / bj);
    let reach = reachBefore(brick);
    for (let d = 1; d < reach; d++) {
      if (at >= d) reach = Math.min(reach, Math.max(d, reachBefore(brick - d * stride)));
      if (at + d <= last) reach = Math.min(reach, Math.max(d, reachBefore(brick + d * stride)));
    }
    dst[brick] = reach;
  }
}

/** Units are bricks. */
export const brickReachCpu: CpuKernel<BrickReachParams, BrickReachBinding> = {
  units: ({ bricksIjk }) => bricksIjk[0] * bricksIjk[1] * bricksIjk[2],
  run: ({ params, buffers: { extents, src, dst }, begin, end }) =>
    brickReachMain(params, extents.f32, src.u32, dst.u32, begin, end),
};
