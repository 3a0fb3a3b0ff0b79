import { defineCases, type KernelCase, type KernelCases, Random } from '@efface/compute/testing';
import { wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type RasterIntervalsBinding, type RasterIntervalsParams } from './raster-intervals.gen.ts';
import { rasterIntervals } from './raster-intervals.ts';

function intervalsCase(ni: number, rows: number): KernelCase<RasterIntervalsParams, RasterIntervalsBinding> {
  const perRow = wordsPerRow(ni);
  return {
    id: `ni=${ni};rows=${rows}`,
    params: { rows, wordsPerRow: perRow },
    buffers: (seed) => {
      const random = new Random(seed);
      const table = new Uint32Array(2 * rows);
      for (let row = 0; row < rows; row++) {
        const ends = [random.nextInteger(0, ni), random.nextInteger(0, ni)].sort((x, y) => x - y);
        // Whole rows, empty rows and rows ending on a word are the cases that go wrong.
        table.set(row % 5 === 0 ? [0, ni] : row % 5 === 1 ? [ni, ni] : ends, 2 * row);
      }
      return { intervals: { init: table }, dst: { sizeBytes: 4 * perRow * rows } };
    },
  };
}

export const cases: KernelCases[] = [
  defineCases(rasterIntervals, {
    eval: [
      ...[1, 31, 32, 33, 64, 65, 130].map((ni) => intervalsCase(ni, 37)),
      inSmallWorkgroups(intervalsCase(1, 65_537)),
    ],
    perf: [intervalsCase(512, 512 * 400)],
  }),
];
