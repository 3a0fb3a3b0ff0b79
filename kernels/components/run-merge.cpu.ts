import { type CpuKernel } from '@efface/compute';
import { type RunMergeBinding, type RunMergeParams } from './run-merge.gen.ts';
import { nextRun, NO_RUN, runEnd, slotOf } from './runs.cpu.ts';

function findRoot(parents: Int32Array, slot: number): number {
  let at = slot;
  let parent = Atomics.load(parents, at);
  while (parent !== at) {
    const above = Atomics.load(parents, parent);
    if (above !== parent) Atomics.compareExchange(parents, at, parent, above);
    at = parent;
    parent = above;
  }
  return at;
}

/** Atomic minimum; returns the value before. */
function atomicMin(parents: Int32Array, at: number, value: number): number {
  let old = Atomics.load(parents, at);
  while (value < old) {
    const seen = Atomics.compareExchange(parents, at, old, value);
    if (seen === old) return old;
    old = seen;
  }
  return old;
}

function joinRuns(parents: Int32Array, first: number, second: number): void {
  let a = findRoot(parents, first);
  let b = findRoot(parents, second);
  while (a !== b) {
    const low = Math.min(a, b);
    a = Math.max(a, b);
    const old = atomicMin(parents, a, low);
    if (old === a) return;
    a = findRoot(parents, old);
    b = findRoot(parents, low);
  }
}

function runMergeMain(
  { sizeIjk, wordsPerRow, neighbourCount }: RunMergeParams,
  slotShift: number,
  neighbours: Int32Array,
  mask: Uint32Array,
  parents: Int32Array,
  begin: number,
  end: number,
): void {
  const [ni, nj, nk] = sizeIjk;
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    for (let n = 0; n < neighbourCount; n++) {
      const otherJ = j + neighbours[4 * n];
      const otherK = k + neighbours[4 * n + 1];
      if (otherJ < 0 || otherK < 0 || otherJ >= nj || otherK >= nk) continue;
      const other = otherK * nj + otherJ;
      const reach = neighbours[4 * n + 2];
      const aWord = row * wordsPerRow;
      const bWord = other * wordsPerRow;
      let a = nextRun(mask, aWord, wordsPerRow, 0);
      let b = nextRun(mask, bWord, wordsPerRow, 0);
      while (a !== NO_RUN && b !== NO_RUN) {
        const aEnd = runEnd(mask, aWord, wordsPerRow, a, slotShift);
        const bEnd = runEnd(mask, bWord, wordsPerRow, b, slotShift);
        if (a < bEnd + reach && b < aEnd + reach)
          joinRuns(parents, slotOf(row, a, ni, slotShift), slotOf(other, b, ni, slotShift));
        if (aEnd < bEnd) a = nextRun(mask, aWord, wordsPerRow, aEnd);
        else b = nextRun(mask, bWord, wordsPerRow, bEnd);
      }
    }
  }
}

/** Units are rows (constant j, k). */
export const runMergeCpu: CpuKernel<RunMergeParams, RunMergeBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: { neighbours, mask, parents }, begin, end }) =>
    runMergeMain(params, constants['SLOT_SHIFT'], neighbours.i32, mask.u32, parents.i32, begin, end),
};
