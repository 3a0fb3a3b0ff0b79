import { type CpuKernel } from '@efface/compute';
import { type MaskInvertBinding, type MaskInvertParams } from './mask-invert.gen.ts';

function maskInvertMain(
  { wordsPerRow, sizeI }: MaskInvertParams,
  src: Uint32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  const tail = sizeI & 31;
  const lastBits = tail === 0 ? -1 : (1 << tail) - 1;
  for (let word = begin; word < end; word++)
    dst[word] = (word + 1) % wordsPerRow === 0 ? ~src[word] & lastBits : ~src[word];
}

/** Units are words. */
export const maskInvertCpu: CpuKernel<MaskInvertParams, MaskInvertBinding> = {
  units: ({ count }) => count,
  run: ({ params, buffers: { src, dst }, begin, end }) => maskInvertMain(params, src.u32, dst.u32, begin, end),
};
