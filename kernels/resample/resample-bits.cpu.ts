import { type CpuKernel } from '@efface/compute';
import { type ResampleBitsBinding, type ResampleBitsParams } from './resample-bits.gen.ts';

function resampleBitsMain(
  params: ResampleBitsParams,
  fractionBits: number,
  src: Uint32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  const { targetSizeIjk, targetWordsPerRow, sourceSizeIjk, sourceWordsPerRow, origin, stepI, stepJ, stepK } = params;
  const [si, sj, sk] = sourceSizeIjk;
  const half = 1 << (fractionBits - 1);
  const isAlongRows = stepI[1] === 0 && stepI[2] === 0;
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / targetSizeIjk[1]);
    const j = row - k * targetSizeIjk[1];
    let x = (origin[0] + Math.imul(stepJ[0], j) + Math.imul(stepK[0], k) + half) | 0;
    let y = (origin[1] + Math.imul(stepJ[1], j) + Math.imul(stepK[1], k) + half) | 0;
    let z = (origin[2] + Math.imul(stepJ[2], j) + Math.imul(stepK[2], k) + half) | 0;
    if (isAlongRows) {
      // One row of the source for the whole row: where that is beyond the grid or empty there is nothing to look for.
      const [py, pz] = [y >> fractionBits, z >> fractionBits];
      const from = (pz * sj + py) * sourceWordsPerRow;
      let any = 0;
      if (py >= 0 && pz >= 0 && py < sj && pz < sk) for (let w = 0; w < sourceWordsPerRow; w++) any |= src[from + w];
      if (any === 0) {
        dst.fill(0, row * targetWordsPerRow, (row + 1) * targetWordsPerRow);
        continue;
      }
    }
    for (let w = 0; w < targetWordsPerRow; w++) {
      const n = Math.min(32, targetSizeIjk[0] - 32 * w);
      let bits = 0;
      for (let b = 0; b < n; b++) {
        const px = x >> fractionBits;
        const py = y >> fractionBits;
        const pz = z >> fractionBits;
        if (px >= 0 && py >= 0 && pz >= 0 && px < si && py < sj && pz < sk) {
          const found = src[(pz * sj + py) * sourceWordsPerRow + (px >>> 5)];
          bits |= ((found >>> (px & 31)) & 1) << b;
        }
        x = (x + stepI[0]) | 0;
        y = (y + stepI[1]) | 0;
        z = (z + stepI[2]) | 0;
      }
      dst[row * targetWordsPerRow + w] = bits;
    }
  }
}

/** Units are target rows. */
export const resampleBitsCpu: CpuKernel<ResampleBitsParams, ResampleBitsBinding> = {
  units: ({ targetSizeIjk }) => targetSizeIjk[1] * targetSizeIjk[2],
  run: ({ params, constants, buffers: { src, dst }, begin, end }) =>
    resampleBitsMain(params, constants['FRACTION_BITS'], src.u32, dst.u32, begin, end),
};
