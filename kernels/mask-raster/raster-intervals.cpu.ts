import { type CpuKernel } from '@efface/compute';
import { type RasterIntervalsBinding, type RasterIntervalsParams } from './raster-intervals.gen.ts';

/** Bits below n of a word, n clamped to 32. */
function bitsBelow(n: number): number {
  return n >= 32 ? -1 : (1 << n) - 1;
}

function rasterIntervalsMain(
  { wordsPerRow }: RasterIntervalsParams,
  intervals: Uint32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  for (let row = begin; row < end; row++) {
    for (let w = 0; w < wordsPerRow; w++) {
      const base = 32 * w;
      const first = Math.max(intervals[2 * row], base) - base;
      const last = Math.max(intervals[2 * row + 1], base) - base;
      dst[row * wordsPerRow + w] = bitsBelow(last) & ~bitsBelow(first);
    }
  }
}

/** Units are rows. */
export const rasterIntervalsCpu: CpuKernel<RasterIntervalsParams, RasterIntervalsBinding> = {
  units: ({ rows }) => rows,
  run: ({ params, buffers: { intervals, dst }, begin, end }) =>
    rasterIntervalsMain(params, intervals.u32, dst.u32, begin, end),
};
