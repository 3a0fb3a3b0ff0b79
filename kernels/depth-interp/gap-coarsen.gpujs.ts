import { gpuJsArray, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { type GapCoarsenBinding, type GapCoarsenParams } from './gap-coarsen.gen.ts';
import { planeOffsets } from './gap-operator.gpujs.ts';
import { OFFSETS_U, OFFSETS_V } from './stencil.cpu.ts';

/** Weight of fine coordinate p in the coarse pixel centred on `centre`: a tent two pixels wide to either side. */
function tent(p: number, centre: number): number {
  return Math.max(0, 1 - Math.abs(p - centre) / 2);
}

/**
 * One coefficient between coarse pixels c and o: over the sixteen fine pixels p of the one and q of the other, weight of
 * p times A(p, q) times weight of q. `planeOf` names the plane of an offset, 13 for none; A(p, q) is kept at the pixel
 * that comes first. With `wantsLargest` the largest term of the diagonals instead, which the sum is measured against.
 */
function gapCoarsenThread(
  this: GpuJsThread, planes: number[][][], free: number[][], offsets: number[][], planeOf: number[][],
  nu: number, nv: number, planeCount: number, wantsLargest: number,
): number {
  const pu = 2 * this.thread.x - 1.5;
  const pv = 2 * this.thread.y - 1.5;
  const qu = pu + 2 * offsets[0][this.thread.z];
  const qv = pv + 2 * offsets[1][this.thread.z];
  let sum = 0;
  let largest = 0;
  for (let m = 0; m < 16; m++) {
    const u = pu - 1.5 + (m % 4);
    const v = pv - 1.5 + Math.floor(m / 4);
    if (u >= 0 && v >= 0 && u < nu && v < nv) {
      const weight = tent(u, pu) * tent(v, pv) * free[v][u];
      largest = Math.max(largest, weight * weight * planes[0][v][u]);
      for (let dv = -2; dv <= 2; dv++) {
        for (let du = -2; du <= 2; du++) {
          const x = u + du;
          const y = v + dv;
          const n = planeOf[dv + 2][du + 2];
          if (n < planeCount && x >= 0 && y >= 0 && x < nu && y < nv) {
            const other = tent(x, qu) * tent(y, qv) * free[y][x];
            if (dv < 0 || (dv === 0 && du < 0)) {
              sum += weight * other * planes[n][y][x];
            } else {
              sum += weight * other * planes[n][v][u];
            }
          }
        }
      }
    }
  }
  if (wantsLargest === 1) {
    return largest;
  }
  return sum;
} // prettier-ignore

/** Is the diagonal more than the rounding of its terms? */
function gapFreeCoarseThread(this: GpuJsThread, diagonal: number[][], largest: number[][]): number {
  if (diagonal[this.thread.y][this.thread.x] > 1e-5 * largest[this.thread.y][this.thread.x]) {
    return 1;
  }
  return 0;
}

/** A coefficient a thread; then the largest terms of the diagonals and which coarse pixels are free. */
export const gapCoarsenGpuJs: GpuJsForm<GapCoarsenParams, GapCoarsenBinding> = {
  passes: ({ params: { sizePx, coarsePx }, constants: { PLANES }, buffers }) => {
    const planeOf = new Float32Array(25).fill(13);
    OFFSETS_U.forEach((du, n) => {
      planeOf[5 * (OFFSETS_V[n] + 2) + du + 2] = n;
      planeOf[5 * (2 - OFFSETS_V[n]) + 2 - du] = n;
    });
    const args = [
      gpuJsArray(buffers.planes.f32, [...sizePx, PLANES]),
      gpuJsArray(buffers.free.f32, sizePx),
      planeOffsets(),
      gpuJsArray(planeOf, [5, 5]),
      ...sizePx,
      PLANES,
    ];
    const coarse = gpuJsArray(buffers.coarsePlanes.f32, [...coarsePx, OFFSETS_U.length]);
    const largest = gpuJsArray(new Float32Array(coarsePx[0] * coarsePx[1]), coarsePx);
    const each = { thread: gapCoarsenThread, helpers: [tent] };
    return [
      { ...each, args: [...args, 0], output: coarse.size, into: coarse.values },
      { ...each, args: [...args, 1], output: [...coarsePx, 1], into: largest.values },
      {
        thread: gapFreeCoarseThread,
        args: [gpuJsArray(coarse.values, coarsePx), largest],
        output: coarsePx,
        into: gpuJsArray(buffers.freeCoarse.f32, coarsePx).values,
      },
    ];
  },
};
