import { allocateVoxels, type Grid, maskFromNonzero, uniformRescale, type Volume } from '@efface/volume';
import { generateHead } from '@efface/test-data';
import { describe, expect, it } from 'vitest';
import type { Picture } from './picture.ts';
import { drawSlice, orthogonalPlanes } from './slices.ts';
import {
  centreOfStructure, type DrawnStructures, drawStructureSheet, drawStructureSlice, structureColours,
} from './structure-slices.ts'; // prettier-ignore

const GRID: Grid = { sizeIjk: [21, 21, 5], affineIjkToLps: [1, 0, 0, -10, 0, 1, 0, -10, 0, 0, 2, -4] };

function flat(value: number, grid = GRID): Volume {
  const [ni, nj, nk] = grid.sizeIjk;
  const voxels = allocateVoxels('f32', ni * nj * nk).fill(value as never);
  return { grid, type: 'f32', voxels, rescale: uniformRescale(nk, 1, 0), modality: 'MR', unit: 'arbitrary' };
}

/** One u32 a voxel of GRID: the sum of the bits of the boxes [low, high] of i and j, on all slices. */
function bitsOf(...boxes: readonly (readonly [bit: number, low: number, high: number])[]): Uint32Array {
  const bits = new Uint32Array(21 * 21 * 5);
  for (const [bit, low, high] of boxes)
    for (let k = 0; k < 5; k++)
      for (let j = low; j <= high; j++) for (let i = low; i <= high; i++) bits[(k * 21 + j) * 21 + i] |= 1 << bit;
  return bits;
}

const axialView = {
  plane: orthogonalPlanes([0, 0, 0]).axial,
  window: { low: 0, high: 255 },
  sizePx: 21,
  extentMm: 21,
};

const count = ({ rgb }: Picture, colour: readonly number[]): number => {
  let n = 0;
  for (let p = 0; p < rgb.length; p += 3) if (colour.every((value, c) => rgb[p + c] === value)) n++;
  return n;
};

describe('drawStructureSlice', () => {
  it('draws the rim of every structure in its colour, later over earlier, and the voxels under it', () => {
    // Squares of 9, 5 and 9 pixels a side: rims of 32, 16 and 32 pixels. The third covers the first.
    const colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255]] as const; // prettier-ignore
    const structures: DrawnStructures = { grid: GRID, bits: bitsOf([0, 6, 14], [1, 8, 12], [2, 6, 14]), colours };
    const picture = drawStructureSlice(flat(100), structures, axialView);
    expect(colours.map((colour) => count(picture, colour))).toEqual([0, 16, 32]);
    expect(count(picture, [100, 100, 100])).toBe(21 * 21 - 48);
    // Pixel (x, y) is voxel (i, j): the corner of the second square.
    expect([...picture.rgb.subarray(3 * (8 * 21 + 8), 3 * (8 * 21 + 8) + 3)]).toEqual([0, 255, 0]);
  });

  it('draws bit 31 and no bit without a colour', () => {
    const bits = bitsOf([31, 6, 14], [3, 0, 20]);
    const colours = Array.from({ length: 32 }, (_, n): [number, number, number] => [0, 0, n === 31 ? 200 : 0]);
    expect(count(drawStructureSlice(flat(100), { grid: GRID, bits, colours }, axialView), [0, 0, 200])).toBe(32);
    const none = drawStructureSlice(flat(100), { grid: GRID, bits, colours: [] }, axialView);
    expect(count(none, [100, 100, 100])).toBe(21 * 21);
  });

  it('draws what was removed in red over the structures, as drawSlice does', () => {
    const bits = bitsOf([0, 6, 14]);
    const removed = maskFromNonzero(GRID.sizeIjk, bits);
    const structures: DrawnStructures = { grid: GRID, bits, colours: [[0, 255, 0]] };
    const picture = drawStructureSlice(flat(100), structures, axialView, removed);
    const { plane, window, sizePx, extentMm } = axialView;
    expect(picture.rgb).toEqual(drawSlice(flat(100), removed, plane, window, sizePx, extentMm).rgb);
    expect(count(picture, [0, 255, 0])).toBe(0);
  });

  it('refuses structures of another grid, too few bits, too many colours and a mask that does not fit', () => {
    const good: DrawnStructures = { grid: GRID, bits: bitsOf(), colours: [] };
    const other: Grid = { ...GRID, affineIjkToLps: [1, 0, 0, -9, 0, 1, 0, -10, 0, 0, 2, -4] };
    expect(() => drawStructureSlice(flat(1), { ...good, grid: other }, axialView)).toThrow(/not on the grid/);
    expect(() => drawStructureSlice(flat(1), { ...good, bits: new Uint32Array(4) }, axialView)).toThrow(/4 words/);
    const many = structureColours(33);
    expect(() => drawStructureSlice(flat(1), { ...good, colours: many }, axialView)).toThrow(/33 structures/);
    const small = maskFromNonzero([1, 1, 1], [1]);
    expect(() => drawStructureSlice(flat(1), good, axialView, small)).toThrow(/removed voxels/);
  });
});

describe('structureColours', () => {
  it('gives the 32 structures of a group colours of their own, none of them red or grey', () => {
    const colours = structureColours(32);
    expect(structureColours(3)).toEqual(colours.slice(0, 3));
    expect(new Set(colours.map(String)).size).toBe(32);
    // HSV at full saturation: one channel is 255 and one is 0.
    for (const [r, g, b] of colours) {
      expect([Math.max(r, g, b), Math.min(r, g, b)]).toEqual([255, 0]);
      expect(r < 255 || Math.max(g, b) > 80, `${r}, ${g}, ${b} is red`).toBe(true);
    }
  });
});

describe('centreOfStructure', () => {
  it('is the mean of the voxel centres', () => {
    const structures: DrawnStructures = { grid: GRID, bits: bitsOf([4, 12, 16]), colours: [] };
    expect(centreOfStructure(structures, 4)).toEqual([4, 4, 0]);
    expect(centreOfStructure(structures, 5)).toBeUndefined();
  });
});

describe('drawStructureSheet', () => {
  it('shows before above and after below in one window, through the middle of a structure of a generated head', () => {
    const { volume, truth } = generateHead({ seed: 4, contrast: 'ct', spacingMm: 4 });
    const [ni, nj, nk] = volume.grid.sizeIjk;
    const bits = new Uint32Array(ni * nj * nk);
    truth.structures.forEach(({ mask }, n) => {
      for (let voxel = 0, row = 0; row < nj * nk; row++)
        for (let i = 0; i < ni; i++, voxel++)
          bits[voxel] |= ((mask.words[row * mask.wordsPerRow + (i >>> 5)] >>> (i & 31)) & 1) << n;
    });
    const structures = { grid: volume.grid, bits, colours: structureColours(truth.structures.length) };
    const brain = truth.structures.findIndex(({ name }) => name === 'Brain');
    const crossingLps = centreOfStructure(structures, brain);
    if (crossingLps === undefined) throw new Error('the head has no brain');
    const blank = { ...volume, voxels: volume.voxels.slice().fill(-1024 as never) };
    const sheet = drawStructureSheet({ before: volume, after: blank, structures, crossingLps, sizePx: 64 });
    expect([sheet.widthPx, sheet.heightPx]).toEqual([3 * 64 + 8, 2 * 64 + 4]);
    const half = (from: number): Picture => ({
      widthPx: sheet.widthPx,
      heightPx: 64,
      rgb: sheet.rgb.slice(3 * sheet.widthPx * from, 3 * sheet.widthPx * (from + 64)),
    });
    const [above, below] = [half(0), half(68)];
    const colour = structures.colours[brain];
    expect(count(above, colour)).toBeGreaterThan(3 * 60);
    expect(count(below, colour)).toBe(count(above, colour));
    // The brain is grey before, and nothing is left after.
    const bright = ({ rgb }: Picture): boolean =>
      rgb.some((v, n) => n % 3 === 0 && v > 100 && rgb[n + 1] === v && rgb[n + 2] === v);
    expect([bright(above), bright(below)]).toEqual([true, false]);
    const structuresAfter = { ...structures, bits: new Uint32Array(bits.length) };
    const emptied = drawStructureSheet({
      before: volume,
      after: blank,
      structures,
      structuresAfter,
      crossingLps,
      sizePx: 64,
    });
    expect(count(emptied, colour)).toBe(count(above, colour));
  });
});
