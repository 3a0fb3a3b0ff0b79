import { createGpuJsBackend, defineKernel, gpuJsArray, type GpuJsForm, gpuJsHalves, type GpuJsThread } from '@efface/compute'; // prettier-ignore
import { checkCase, type KernelCase, prepareCase, reportFailure } from '@efface/compute/testing';
import { type Grid, length, normalize, type Vec3, wordsPerRow } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { type RasterIntervalsBinding, type RasterIntervalsParams } from './raster-intervals.gen.ts';
import { rasterIntervals } from './raster-intervals.ts';
import { ABOVE_ZERO, fillRowIntervals, slabOfGrid } from './row-intervals.ts';

/** Points with low ≤ (p − pointLps)·normalLps < high; the normal is not of unit length. */
interface Slab {
  readonly pointLps: Vec3;
  readonly normalLps: Vec3;
  readonly low: number;
  readonly high: number;
}

/**
 * Sixteen voxels of a row by the definition: the centre of each goes to the patient, and there to both planes of each
 * slab. No rows, no intervals. `slabs` has the point, the normal and the two bounds in each row.
 */
function centresThread(
  this: GpuJsThread, affine: number[][], slabs: number[][], slabCount: number, ni: number, nj: number,
): number {
  const j = this.thread.y % nj;
  const k = Math.floor(this.thread.y / nj);
  let bits = 0;
  let weight = 1;
  for (let b = 0; b < 16; b++) {
    const i = 16 * this.thread.x + b;
    const l = affine[0][0] * i + affine[0][1] * j + affine[0][2] * k + affine[0][3];
    const p = affine[1][0] * i + affine[1][1] * j + affine[1][2] * k + affine[1][3];
    const s = affine[2][0] * i + affine[2][1] * j + affine[2][2] * k + affine[2][3];
    let inside = 0;
    if (i < ni) {
      inside = 1;
    }
    for (let n = 0; n < slabCount; n++) {
      const distance =
        (l - slabs[n][0]) * slabs[n][3] + (p - slabs[n][1]) * slabs[n][4] + (s - slabs[n][2]) * slabs[n][5];
      if (distance < slabs[n][6] || distance >= slabs[n][7]) {
        inside = 0;
      }
    }
    bits += inside * weight;
    weight *= 2;
  }
  return bits;
} // prettier-ignore

function centresForm(
  { sizeIjk, affineIjkToLps }: Grid,
  slabs: readonly Slab[],
): GpuJsForm<RasterIntervalsParams, RasterIntervalsBinding> {
  const table = Float32Array.from(slabs.flatMap(({ pointLps, normalLps, low, high }) => [...pointLps, ...normalLps, low, high])); // prettier-ignore
  return {
    passes: ({ params: { rows, wordsPerRow: perRow }, buffers: { dst } }) => {
      const { values, size } = gpuJsHalves(dst, perRow, [rows]);
      const args = [
        gpuJsArray(Float32Array.from(affineIjkToLps), [4, 3]),
        gpuJsArray(table, [8, slabs.length]),
        slabs.length,
        sizeIjk[0],
        sizeIjk[1],
      ];
      return [{ thread: centresThread, args, output: size, into: values }];
    },
  };
}

/** The table as `rasterHalfSpaces` and `rasterBoxes` make it: unit normals, bounds in mm, f64. */
function regionCase(grid: Grid, slabs: readonly Slab[]): KernelCase<RasterIntervalsParams, RasterIntervalsBinding> {
  const [ni, nj, nk] = grid.sizeIjk;
  const indexSlabs = slabs.map(({ pointLps, normalLps, low, high }) => {
    const mm = length(normalLps);
    return slabOfGrid(grid, pointLps, normalize(normalLps), low === ABOVE_ZERO ? low : low / mm, high / mm);
  });
  return {
    id: 'region',
    params: { rows: nj * nk, wordsPerRow: wordsPerRow(ni), intervalsPerRow: 1 },
    buffers: () => {
      const table = new Uint32Array(2 * nj * nk);
      fillRowIntervals(grid.sizeIjk, indexSlabs, table, 1, 0);
      return { intervals: { init: table }, dst: { sizeBytes: 4 * wordsPerRow(ni) * nj * nk } };
    },
  };
}

/** A sheared, oblique, left-handed grid whose numbers are few bits long: centres and distances are exact in f32. */
const GRID: Grid = {
  sizeIjk: [67, 31, 9],
  affineIjkToLps: [0.75, 0.25, -0.5, -20, 0.25, -1, 0.125, 13, -0.125, 0.5, 2, -9],
};

/** Bounds lie between the multiples of 1/8 that distances are, so no rounding can move a centre across a plane. */
const BETWEEN = 1 / 16;

const halfSpace = (pointLps: Vec3, normalLps: Vec3): Slab => ({ pointLps, normalLps, low: ABOVE_ZERO, high: Infinity });

/** Axes of length 3 at right angles. */
const AXES: readonly Vec3[] = [[1, 2, 2], [2, 1, -2], [2, -2, 1]]; // prettier-ignore

const box = (centreLps: Vec3, halfExtents: Vec3): Slab[] =>
  AXES.map((normalLps, n) => ({ pointLps: centreLps, normalLps, low: -halfExtents[n], high: halfExtents[n] }));

describe.each(['webasm', 'cpu'] as const)('regions by their voxel centres [gpujs: %s]', (gpuJsMode) => {
  it.each<[string, readonly Slab[]]>([
    ['half-space', [halfSpace([BETWEEN, 2, 1], [1, -4, 8])]],
    ['half-space against a row', [halfSpace([3, BETWEEN, 0], [-5, 1, 0])]],
    ['wedge', [halfSpace([BETWEEN, 0, 0], [3, 5, -7]), halfSpace([0, 0, BETWEEN], [-2, 3, 1])]],
    ['box', box([1, -2, 0.5], [30 + BETWEEN, 21 + BETWEEN, 17 + BETWEEN])],
    ['thin box', box([1, -2, 0.5], [90 + BETWEEN, 60 + BETWEEN, BETWEEN])],
    ['box and half-space', [
      ...box([0, 0, 0], [40 + BETWEEN, 33 + BETWEEN, 25 + BETWEEN]),
      halfSpace([0, BETWEEN, 0], [0, 1, 1]),
    ]],
    ['box beside the grid', box([300, 0, 0], [10, 10, 10])],
  ])('%s: every voxel as the table of rows has it', async (_, slabs) => {
    await using backend = await createGpuJsBackend({ gpuJsMode });
    const kernel = defineKernel({ ...rasterIntervals, gpujs: centresForm(GRID, slabs) });
    const failure = await checkCase(backend, prepareCase(kernel, regionCase(GRID, slabs)), { where: gpuJsMode });
    expect(failure && reportFailure(failure)).toBeUndefined();
  });
}); // prettier-ignore
