import { defineCases, type KernelCase, type KernelCases, PERF_SIZES, Random } from '@efface/compute/testing';
import { type Grid, type Vec3, wordsPerRow } from '@efface/volume';
import { contourCases } from './contours.cases.ts';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type RasterIntervalsBinding, type RasterIntervalsParams } from './raster-intervals.gen.ts';
import { rasterIntervals } from './raster-intervals.ts';
import { ABOVE_ZERO, fillRowIntervals, type IndexSlab, slabOfGrid } from './row-intervals.ts';

type IntervalsCase = KernelCase<RasterIntervalsParams, RasterIntervalsBinding>;

function intervalsCase(ni: number, rows: number, intervalsPerRow = 1): IntervalsCase {
  const perRow = wordsPerRow(ni);
  return {
    id: `ni=${ni};rows=${rows};intervals=${intervalsPerRow}`,
    params: { rows, wordsPerRow: perRow, intervalsPerRow },
    buffers: (seed) => {
      const random = new Random(seed);
      const table = new Uint32Array(2 * rows * intervalsPerRow);
      for (let n = 0; n < rows * intervalsPerRow; n++) {
        const ends = [random.nextInteger(0, ni), random.nextInteger(0, ni)].sort((x, y) => x - y);
        // Whole rows, empty rows and rows ending on a word are the cases that go wrong.
        table.set(n % 5 === 0 ? [0, ni] : n % 5 === 1 ? [ni, ni] : ends, 2 * n);
      }
      return { intervals: { init: table }, dst: { sizeBytes: 4 * perRow * rows } };
    },
  };
}

/** A region of a 1 mm grid as the host operations make it. */
function regionCase(name: string, sizeIjk: Vec3, slabs: (grid: Grid) => readonly IndexSlab[]): IntervalsCase {
  const [ni, nj, nk] = sizeIjk;
  const rows = nj * nk;
  const grid: Grid = { sizeIjk, affineIjkToLps: [1, 0, 0, -ni / 2, 0, 1, 0, -nj / 2, 0, 0, 1, -nk / 2] };
  return {
    id: `size=[${sizeIjk.join(',')}];region=${name}`,
    params: { rows, wordsPerRow: wordsPerRow(ni), intervalsPerRow: 1 },
    buffers: () => {
      const table = new Uint32Array(2 * rows);
      fillRowIntervals(sizeIjk, slabs(grid), table, 1, 0);
      return { intervals: { init: table }, dst: { sizeBytes: 4 * wordsPerRow(ni) * rows } };
    },
  };
}

/** Rotated by the angle whose sine and cosine are 0.6 and 0.8, about S. */
const BOX_AXES: readonly Vec3[] = [[0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0, 1]]; // prettier-ignore

/** A box over the anterior half of the grid. */
const box = (grid: Grid): readonly IndexSlab[] =>
  BOX_AXES.map((axis, n) =>
    slabOfGrid(grid, [0, -grid.sizeIjk[1] / 4, 0], axis, -grid.sizeIjk[n] / 3.3, grid.sizeIjk[n] / 3.3),
  );

/** The part in front of an oblique plane. */
const halfSpace = (grid: Grid): readonly IndexSlab[] => [
  slabOfGrid(grid, [0, -grid.sizeIjk[1] / 8, 0], [0.36, -0.8, -0.48], ABOVE_ZERO, Infinity),
];

export const cases: KernelCases[] = [
  defineCases(rasterIntervals, {
    eval: [
      ...[1, 31, 32, 33, 64, 65, 130].map((ni) => intervalsCase(ni, 37)),
      intervalsCase(97, 41, 2),
      intervalsCase(130, 23, 7),
      regionCase('box', [67, 31, 7], box),
      regionCase('half-space', [67, 31, 7], halfSpace),
      inSmallWorkgroups(intervalsCase(1, 65_537)),
    ],
    perf: PERF_SIZES.flatMap((size) => [regionCase('box', size, box), regionCase('half-space', size, halfSpace)]),
  }),
  ...contourCases,
];
