import { gpuJsArray, type GpuJsForm, type GpuJsInteger, type GpuJsThread, gpuJsVolume } from '@efface/compute';
import { type ResampleGridBinding, type ResampleGridParams } from './resample-grid.gen.ts';

/**
 * One target voxel: the sum over its sub-samples of eight voxels, each times the product of its three weights. Positions
 * are integers with FRACTION_BITS fractional bits, beyond what a float holds: they live in expressions that end in a
 * shift or a mask, and are spelled out again each time.
 */
function resampleGridThread(
  this: GpuJsThread, stored: number[][][], rescale: number[][], ni: number, nj: number, nk: number, outside: number,
  isNearest: number, nTapsI: number, nTapsJ: number, nTapsK: number, one: number,
  bits: number, fraction: number, half: number, ox: number, oy: number, oz: number,
  ix: number, iy: number, iz: number, jx: number, jy: number, jz: number, kx: number, ky: number, kz: number,
  ax: number, ay: number, az: number, bx: number, by: number, bz: number, cx: number, cy: number, cz: number,
): number {
  let sum = 0;
  for (let c = 0; c < nTapsK; c++) {
    for (let b = 0; b < nTapsJ; b++) {
      for (let a = 0; a < nTapsI; a++) {
        const nearX = (ox + ix * this.thread.x + jx * this.thread.y + kx * this.thread.z + ax * (a | 0) + bx * (b | 0) + cx * (c | 0) + half) >> bits;
        const nearY = (oy + iy * this.thread.x + jy * this.thread.y + ky * this.thread.z + ay * (a | 0) + by * (b | 0) + cy * (c | 0) + half) >> bits;
        const nearZ = (oz + iz * this.thread.x + jz * this.thread.y + kz * this.thread.z + az * (a | 0) + bz * (b | 0) + cz * (c | 0) + half) >> bits;
        if (nearX < 0 || nearY < 0 || nearZ < 0 || nearX >= ni || nearY >= nj || nearZ >= nk) {
          sum += outside;
        } else if (isNearest === 1) {
          sum += stored[nearZ][nearY][nearX] * rescale[nearZ][0] + rescale[nearZ][1];
        } else {
          const x = (ox + ix * this.thread.x + jx * this.thread.y + kx * this.thread.z + ax * (a | 0) + bx * (b | 0) + cx * (c | 0)) >> bits;
          const y = (oy + iy * this.thread.x + jy * this.thread.y + ky * this.thread.z + ay * (a | 0) + by * (b | 0) + cy * (c | 0)) >> bits;
          const z = (oz + iz * this.thread.x + jz * this.thread.y + kz * this.thread.z + az * (a | 0) + bz * (b | 0) + cz * (c | 0)) >> bits;
          const wx = ((ox + ix * this.thread.x + jx * this.thread.y + kx * this.thread.z + ax * (a | 0) + bx * (b | 0) + cx * (c | 0)) & fraction) / one;
          const wy = ((oy + iy * this.thread.x + jy * this.thread.y + ky * this.thread.z + ay * (a | 0) + by * (b | 0) + cy * (c | 0)) & fraction) / one;
          const wz = ((oz + iz * this.thread.x + jz * this.thread.y + kz * this.thread.z + az * (a | 0) + bz * (b | 0) + cz * (c | 0)) & fraction) / one;
          // Beyond the outer centres both neighbours are the outer voxel.
          const x0 = Math.max(x, 0);
          const y0 = Math.max(y, 0);
          const z0 = Math.max(z, 0);
          const x1 = Math.min(x + 1, ni - 1);
          const y1 = Math.min(y + 1, nj - 1);
          const z1 = Math.min(z + 1, nk - 1);
          const low =
            (1 - wy) * ((1 - wx) * stored[z0][y0][x0] + wx * stored[z0][y0][x1]) +
            wy * ((1 - wx) * stored[z0][y1][x0] + wx * stored[z0][y1][x1]);
          const high =
            (1 - wy) * ((1 - wx) * stored[z1][y0][x0] + wx * stored[z1][y0][x1]) +
            wy * ((1 - wx) * stored[z1][y1][x0] + wx * stored[z1][y1][x1]);
          sum += (1 - wz) * (low * rescale[z0][0] + rescale[z0][1]);
          sum += wz * (high * rescale[z1][0] + rescale[z1][1]);
        }
      }
    }
  }
  return sum / (nTapsI * nTapsJ * nTapsK);
} // prettier-ignore

/** A target voxel a thread. No displacement: it would have to be integers that a float does not hold. */
export const resampleGridGpuJs: GpuJsForm<ResampleGridParams, ResampleGridBinding> = {
  misfit: (constants) => (constants['HAS_DISPLACEMENT'] === 1 ? 'no displacement in the gpu.js form' : undefined),
  passes: ({ params, constants, buffers }) => {
    const { sourceSizeIjk, targetSizeIjk, taps, outsideValue, origin, stepI, stepJ, stepK, tapI, tapJ, tapK } = params;
    const bits = constants['FRACTION_BITS'];
    const integers: GpuJsInteger[] = [bits, 2 ** bits - 1, 2 ** (bits - 1)]
      .concat(...[origin, stepI, stepJ, stepK, tapI, tapJ, tapK])
      .map((integer) => ({ integer }));
    const args = [
      gpuJsVolume(buffers, constants, sourceSizeIjk),
      gpuJsArray(buffers.rescale.f32, [2, sourceSizeIjk[2]]),
      ...sourceSizeIjk,
      outsideValue,
      constants['IS_NEAREST'],
      ...taps,
      2 ** bits,
      ...integers,
    ];
    const dst = gpuJsArray(buffers.dst.f32, targetSizeIjk);
    return [{ thread: resampleGridThread, args, output: dst.size, into: dst.values }];
  },
};
