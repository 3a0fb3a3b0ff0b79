import { type CpuKernel } from '@efface/compute';
import { nextLabelled } from './label-runs.cpu.ts';
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
  const wordEnd = end * wordsPerRow;
  for (let m = 0; m < maskCount; m++) {
    const mask = masks[m];
    for (let word = nextLabelled(mask, undefined, begin * wordsPerRow, wordEnd); word < wordEnd;) {
      const row = Math.floor(word / wordsPerRow);
      setBits(labels, row * ni + 32 * (word - row * wordsPerRow), mask[word], 1 << (firstStructure + m));
      word = nextLabelled(mask, undefined, word + 1, wordEnd);
    }
  }
}

/** Sets one bit of the labels behind the bits of a mask word; most words that are not empty are full. */
function setBits(labels: Uint32Array, base: number, bits: number, structureBit: number): void {
  if (bits === 0xffffffff) for (let n = base; n < base + 32; n++) labels[n] |= structureBit;
  else for (let rest = bits; rest !== 0; rest &= rest - 1) labels[base + 31 - Math.clz32(rest & -rest)] |= structureBit;
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
