import type { BuiltRegion } from '@efface/io/testing';
import { type Grid, ijkToLps, type Mask, maskHas } from '@efface/volume';

/** Edges of the pixels of a mask's slice, chained to closed loops: what XOR of them all makes a mask of again. */
function tracedSlice(mask: Mask, grid: Grid, k: number): number[][] {
  const [ni, nj] = mask.sizeIjk;
  const has = (i: number, j: number): boolean => i >= 0 && j >= 0 && i < ni && j < nj && maskHas(mask, i, j, k);
  // From corner to corner with the region on one side; corner (i, j) is that of voxel (i, j) towards the origin.
  const next = new Map<string, [number, number][]>();
  const edge = (from: readonly [number, number], to: [number, number]): void => {
    next.set(from.join(), [...(next.get(from.join()) ?? []), to]);
  };
  for (let j = 0; j <= nj; j++)
    for (let i = 0; i <= ni; i++) {
      if (has(i, j) && !has(i, j - 1)) edge([i, j], [i + 1, j]);
      if (!has(i, j) && has(i, j - 1)) edge([i + 1, j], [i, j]);
      if (has(i, j) && !has(i - 1, j)) edge([i, j + 1], [i, j]);
      if (!has(i, j) && has(i - 1, j)) edge([i, j], [i, j + 1]);
    }
  const loops: number[][] = [];
  for (const [start, ends] of next)
    while (ends.length > 0) {
      const loop: number[] = [];
      let at = start;
      do {
        const [i, j] = at.split(',').map(Number);
        loop.push(...ijkToLps(grid, [i - 0.5, j - 0.5, k]));
        at = next.get(at)?.pop()?.join() ?? start;
      } while (at !== start);
      loops.push(loop);
    }
  return loops;
}

/** A mask as a planning system draws it, on every `stride`-th slice. */
export function tracedContours(mask: Mask, grid: Grid, stride = 1): BuiltRegion['contours'] {
  return Array.from({ length: Math.ceil(grid.sizeIjk[2] / stride) }, (_, n) => tracedSlice(mask, grid, n * stride))
    .flat()
    .map((points) => ({ points }));
}
