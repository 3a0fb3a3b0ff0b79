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
  // One loop over the intervals of all rows: rows have one or two, and a loop for each costs as much as its words.
  let inRow = 0;
  let base = begin * wordsPerRow;
  for (let n = 2 * begin * intervalsPerRow; n < 2 * end * intervalsPerRow; n += 2) {
    const first = intervals[n] | 0;
    const last = (intervals[n + 1] | 0) - 1;
    if (first <= last) {
      const firstWord = base + (first >> 5);
      const lastWord = base + (last >> 5);
      const fromFirst = -1 << first;
      const toLast = -1 >>> (31 - (last & 31));
      if (firstWord === lastWord) dst[firstWord] |= fromFirst & toLast;
      else {
        dst[firstWord] |= fromFirst;
        for (let word = firstWord + 1; word < lastWord; word++) dst[word] = -1;
        dst[lastWord] |= toLast;
      }
    }
    if (++inRow === intervalsPerRow) {
      inRow = 0;
      base += wordsPerRow;
    }
  }
}

/** Units are rows. */
export const rasterIntervalsCpu: CpuKernel<RasterIntervalsParams, RasterIntervalsBinding> = {
  units: ({ rows }) => rows,
  run: ({ params, buffers: { intervals, dst }, begin, end }) =>
    rasterIntervalsMain(params, intervals.u32, dst.u32, begin, end),
};
