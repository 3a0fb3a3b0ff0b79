import { type CpuKernel } from '@efface/compute';
import { type RasterIntervalsBinding, type RasterIntervalsParams } from './raster-intervals.gen.ts';

function rasterIntervalsMain(
  { wordsPerRow, intervalsPerRow }: RasterIntervalsParams,
  intervals: Uint32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  // Most words of most regions are zero: they are set in one sweep, then only the words with a voxel inside.
  dst.fill(0, begin * wordsPerRow, end * wordsPerRow);
  for (let row = begin; row < end; row++) {
    const base = row * wordsPerRow;
    for (let n = row * intervalsPerRow; n < (row + 1) * intervalsPerRow; n++) {
      const first = intervals[2 * n];
      const last = intervals[2 * n + 1];
      if (first >= last) continue;
      const firstWord = base + (first >>> 5);
      const lastWord = base + ((last - 1) >>> 5);
      const fromFirst = -1 << (first & 31);
      const toLast = -1 >>> (31 - ((last - 1) & 31));
      if (firstWord === lastWord) {
        dst[firstWord] |= fromFirst & toLast;
        continue;
      }
      dst[firstWord] |= fromFirst;
      for (let word = firstWord + 1; word < lastWord; word++) dst[word] = -1;
      dst[lastWord] |= toLast;
    }
  }
}

/** Units are rows. */
export const rasterIntervalsCpu: CpuKernel<RasterIntervalsParams, RasterIntervalsBinding> = {
  units: ({ rows }) => rows,
  run: ({ params, buffers: { intervals, dst }, begin, end }) =>
    rasterIntervalsMain(params, intervals.u32, dst.u32, begin, end),
};
