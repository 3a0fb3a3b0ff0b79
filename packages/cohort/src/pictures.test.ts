import { createMask, type Grid, maskFromNonzero, type Volume } from '@efface/volume';
import { expect, it } from 'vitest';
import { middleOf } from './pictures.ts';

it('cuts are laid through the middle of the tissue that was altered, whatever air went with it', () => {
  const grid: Grid = { sizeIjk: [70, 20, 10], affineIjkToLps: [2, 0, 0, -70, 0, 3, 0, 5, 0, 0, 4, 1] };
  const voxels = new Int16Array(70 * 20 * 10).fill(-1000);
  const rescale = { slopePerK: new Float64Array(10).fill(1), interceptPerK: new Float64Array(10).fill(100) };
  const volume = { grid, voxels, rescale } as unknown as Volume;
  expect(middleOf(volume, createMask(grid.sizeIjk), 0)).toBeUndefined();
  // Altered: i from 30 to 65 of row 4 and slice 7, air up to i = 39 and tissue above: its middle is i = 52.
  const altered = new Uint8Array(voxels.length);
  for (let i = 30; i <= 65; i++) {
    const at = (7 * 20 + 4) * 70 + i;
    altered[at] = 1;
    if (i > 38) voxels[at] = i % 2 === 0 ? -100 : 0;
  }
  const mask = maskFromNonzero(grid.sizeIjk, altered);
  expect(middleOf(volume, mask, 0)).toEqual([2 * 52 - 70, 3 * 4 + 5, 4 * 7 + 1]);
  // A threshold of real values, which the rescaled 0 and 100 are.
  expect(middleOf(volume, mask, 50)?.[0]).toBe(2 * 52 - 70);
  expect(middleOf(volume, mask, 150)).toBeUndefined();
});
