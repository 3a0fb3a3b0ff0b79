import { type CpuKernel, storedView } from '@efface/compute';
import { type BrickExtentBinding, type BrickExtentParams } from './brick-extent.gen.ts';

/** Extents of bricks [begin, end). */
export function brickExtentMain(
  { sizeIjk, bricksIjk }: BrickExtentParams,
  stored: ArrayLike<number>,
  extents: Float32Array,
  begin: number,
  end: number,
): void {
  const [ni, nj, nk] = sizeIjk;
  const [bi, bj] = bricksIjk;
  for (let brick = begin; brick < end; brick++) {
    const row = Math.floor(brick / bi);
    const i0 = 8 * (brick - row * bi);
    const j0 = 8 * (row % bj);
    const k0 = 8 * Math.floor(row / bj);
    const [width, jEnd, kEnd] = [Math.min(9, ni - i0), Math.min(j0 + 9, nj), Math.min(k0 + 9, nk)];
    let low = stored[(k0 * nj + j0) * ni + i0];
    let high = low;
    for (let k = k0; k < kEnd; k++) {
      for (let j = j0; j < jEnd; j++) {
        const base = (k * nj + j) * ni + i0;
        // Selected, not branched: 1.6 times as quick where values are noise.
        for (let i = 0; i < width; i++) {
          const value = stored[base + i];
          low = value < low ? value : low;
          high = value > high ? value : high;
        }
      }
    }
    extents[2 * brick] = low;
    extents[2 * brick + 1] = high;
  }
}

/** Units are bricks. */
export const brickExtentCpu: CpuKernel<BrickExtentParams, BrickExtentBinding> = {
  units: ({ bricksIjk }) => bricksIjk[0] * bricksIjk[1] * bricksIjk[2],
  run: ({ params, constants, buffers, begin, end }) =>
    brickExtentMain(params, storedView(buffers.volume0, constants['VOXEL_FORMAT']), buffers.extents.f32, begin, end),
};
