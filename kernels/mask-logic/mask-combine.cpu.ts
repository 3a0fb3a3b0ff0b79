import { type CpuKernel } from '@efface/compute';
import { type MaskCombineBinding, type MaskCombineParams } from './mask-combine.gen.ts';

function maskCombineMain(
  operation: number,
  a: Uint32Array,
  b: Uint32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  switch (operation) {
    case 0:
      for (let word = begin; word < end; word++) dst[word] = a[word] & b[word];
      return;
    case 1:
      for (let word = begin; word < end; word++) dst[word] = a[word] | b[word];
      return;
    case 2:
      for (let word = begin; word < end; word++) dst[word] = a[word] & ~b[word];
      return;
    default:
      for (let word = begin; word < end; word++) dst[word] = a[word] ^ b[word];
  }
}

/** Units are words. */
export const maskCombineCpu: CpuKernel<MaskCombineParams, MaskCombineBinding> = {
  units: ({ count }) => count,
  run: ({ constants, buffers: { a, b, dst }, begin, end }) =>
    maskCombineMain(constants['OPERATION'], a.u32, b.u32, dst.u32, begin, end),
};
