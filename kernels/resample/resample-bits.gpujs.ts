import { type GpuJsForm, gpuJsHalves, type GpuJsInteger, type GpuJsThread } from '@efface/compute';
import { type ResampleBitsBinding, type ResampleBitsParams } from './resample-bits.gen.ts';

/**
 * Sixteen target voxels of a row: the sum of 2ᵇ over those whose nearest source voxel is set. Positions are integers
 * beyond what a float holds, in expressions that end in a shift.
 */
function resampleBitsThread(
  this: GpuJsThread, src: number[][][], targetNi: number, ni: number, nj: number, nk: number, bits: number,
  ox: number, oy: number, oz: number, ix: number, iy: number, iz: number,
  jx: number, jy: number, jz: number, kx: number, ky: number, kz: number,
): number {
  let result = 0;
  let weight = 1;
  for (let b = 0; b < 16; b++) {
    const x = (ox + ix * (16 * this.thread.x + (b | 0)) + jx * this.thread.y + kx * this.thread.z) >> bits;
    const y = (oy + iy * (16 * this.thread.x + (b | 0)) + jy * this.thread.y + ky * this.thread.z) >> bits;
    const z = (oz + iz * (16 * this.thread.x + (b | 0)) + jz * this.thread.y + kz * this.thread.z) >> bits;
    if (16 * this.thread.x + b < targetNi && x >= 0 && y >= 0 && z >= 0 && x < ni && y < nj && z < nk) {
      const half = Math.floor(x / 16);
      result += weight * ((src[z][y][half] >> (x - 16 * half)) & 1);
    }
    weight *= 2;
  }
  return result;
} // prettier-ignore

/** Half a word a thread. What is added to round a position is part of the origin. */
export const resampleBitsGpuJs: GpuJsForm<ResampleBitsParams, ResampleBitsBinding> = {
  passes: ({ params, constants: { FRACTION_BITS }, buffers }) => {
    const { targetSizeIjk, targetWordsPerRow, sourceSizeIjk, sourceWordsPerRow, origin, stepI, stepJ, stepK } = params;
    const integers = [FRACTION_BITS, ...origin.map((v) => v + 2 ** (FRACTION_BITS - 1)), ...stepI, ...stepJ, ...stepK];
    const dst = gpuJsHalves(buffers.dst, targetWordsPerRow, [targetSizeIjk[1], targetSizeIjk[2]]);
    const args = [
      gpuJsHalves(buffers.src, sourceWordsPerRow, [sourceSizeIjk[1], sourceSizeIjk[2]]),
      targetSizeIjk[0],
      ...sourceSizeIjk,
      ...integers.map((integer): GpuJsInteger => ({ integer })),
    ];
    return [{ thread: resampleBitsThread, args, output: dst.size, into: dst.values }];
  },
};
