/** No further run in a row. */
export const NO_RUN = 0xffffffff;

/** Slot of the run that starts at voxel `first` of a row: see shared/runs.wgsl. */
export function slotOf(row: number, first: number, sizeI: number, slotShift: number): number {
  return 1 + row * ((sizeI + slotShift) >> slotShift) + (first >> slotShift);
}

/** Slots of a grid, slot 0 (the outside) included. */
export function slotCount(sizeI: number, rows: number, slotShift: number): number {
  return slotOf(rows, 0, sizeI, slotShift);
}

function findBit(mask: Uint32Array, rowWord: number, wordsPerRow: number, start: number, flip: number): number {
  let w = start >>> 5;
  if (w >= wordsPerRow) return NO_RUN;
  let bits = (mask[rowWord + w] ^ flip) & (-1 << (start & 31));
  while (bits === 0) {
    w++;
    if (w >= wordsPerRow) return NO_RUN;
    bits = mask[rowWord + w] ^ flip;
  }
  return 32 * w + 31 - Math.clz32(bits & -bits);
}

/** First voxel of the next run at or after `start`, NO_RUN behind the last one. */
export function nextRun(mask: Uint32Array, rowWord: number, wordsPerRow: number, start: number): number {
  return findBit(mask, rowWord, wordsPerRow, start, 0);
}

/** One past the last voxel of the run that starts at `first`. */
export function runEnd(
  mask: Uint32Array,
  rowWord: number,
  wordsPerRow: number,
  first: number,
  slotShift: number,
): number {
  if (slotShift === 0) return first + 1;
  return Math.min(findBit(mask, rowWord, wordsPerRow, first, -1), wordsPerRow * 32);
}
