import { type CpuKernel } from '@efface/compute';
import { type StructureBitsBinding, type StructureBitsParams } from './structure-bits.gen.ts';

function structureBitsMain(
  { sizeIjk, wordsPerRow, firstStructure, maskCount }: StructureBitsParams,
  isFirst: boolean,
  masks: readonly Uint32Array[],
  labels: Uint32Array,
  begin: number,
  end: number,
): void {
  const ni = sizeIjk[0];
  if (isFirst) labels.fill(0, begin * ni, end * ni);
  // One mask after the other: most of their words are empty.
  for (let m = 0; m < maskCount; m++) {
    const mask = masks[m];
    const bit = 1 << (firstStructure + m);
    for (let row = begin; row < end; row++) {
      for (let w = 0; w < wordsPerRow; w++) {
        const base = row * ni + 32 * w;
        const word = mask[row * wordsPerRow + w];
        if (word === 0xffffffff) for (let b = 0; b < 32; b++) labels[base + b] |= bit;
        else for (let rest = word; rest !== 0; rest &= rest - 1) labels[base + 31 - Math.clz32(rest & -rest)] |= bit;
      }
    }
  }
}

/** Units are rows (constant j, k). */
export const structureBitsCpu: CpuKernel<StructureBitsParams, StructureBitsBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: b, begin, end }) =>
    structureBitsMain(
      params,
      constants['IS_FIRST'] === 1,
      [b.mask0.u32, b.mask1.u32, b.mask2.u32, b.mask3.u32, b.mask4.u32, b.mask5.u32, b.mask6.u32],
      b.labels.u32,
      begin,
      end,
    ),
};
