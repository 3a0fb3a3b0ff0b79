import { type CpuKernel } from '@efface/compute';
import { type RowExtremesBinding, type RowExtremesParams } from './row-extremes.gen.ts';

function rowExtremesMain(
  { wordsPerRow }: RowExtremesParams,
  src: Uint32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  for (let row = begin; row < end; row++) {
    const base = row * wordsPerRow;
    let first = 0;
    let last = 0;
    for (let w = 0; w < wordsPerRow; w++) {
      const bits = src[base + w] | 0;
      if (bits === 0) continue;
      first = 32 * w + 31 - Math.clz32(bits & -bits);
      break;
    }
    for (let w = wordsPerRow; w > 0; w--) {
      const bits = src[base + w - 1];
      if (bits === 0) continue;
      last = 32 * w - Math.clz32(bits);
      break;
    }
    dst[2 * row] = first;
    dst[2 * row + 1] = last;
  }
}

/** Units are rows. */
export const rowExtremesCpu: CpuKernel<RowExtremesParams, RowExtremesBinding> = {
  units: ({ rows }) => rows,
  run: ({ params, buffers: { src, dst }, begin, end }) => rowExtremesMain(params, src.u32, dst.u32, begin, end),
};
