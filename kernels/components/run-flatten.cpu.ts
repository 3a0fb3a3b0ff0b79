import { type CpuKernel } from '@efface/compute';
import { type RunFlattenBinding, type RunFlattenParams } from './run-flatten.gen.ts';
import { nextRun, NO_RUN, runEnd, slotOf } from './runs.cpu.ts';

function runFlattenMain(
  { sizeIjk, wordsPerRow }: RunFlattenParams,
  slotShift: number,
  mask: Uint32Array,
  parents: Int32Array,
  begin: number,
  end: number,
): void {
  for (let row = begin; row < end; row++) {
    const rowWord = row * wordsPerRow;
    let first = nextRun(mask, rowWord, wordsPerRow, 0);
    while (first !== NO_RUN) {
      const slot = slotOf(row, first, sizeIjk[0], slotShift);
      let root = slot;
      let parent = Atomics.load(parents, root);
      while (parent !== root) {
        root = parent;
        parent = Atomics.load(parents, root);
      }
      Atomics.store(parents, slot, root);
      first = nextRun(mask, rowWord, wordsPerRow, runEnd(mask, rowWord, wordsPerRow, first, slotShift));
    }
  }
}

/** Units are rows (constant j, k). */
export const runFlattenCpu: CpuKernel<RunFlattenParams, RunFlattenBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: { mask, parents }, begin, end }) =>
    runFlattenMain(params, constants['SLOT_SHIFT'], mask.u32, parents.i32, begin, end),
};
