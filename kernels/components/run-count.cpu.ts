import { type CpuKernel } from '@efface/compute';
import { type RunCountBinding, type RunCountParams } from './run-count.gen.ts';
import { nextRun, NO_RUN, runEnd, slotOf } from './runs.cpu.ts';

function runCountMain(
  { sizeIjk, wordsPerRow }: RunCountParams,
  slotShift: number,
  mask: Uint32Array,
  roots: Int32Array,
  sizes: Int32Array,
  begin: number,
  end: number,
): void {
  let root = 0;
  let voxels = 0;
  for (let row = begin; row < end; row++) {
    const rowWord = row * wordsPerRow;
    let first = nextRun(mask, rowWord, wordsPerRow, 0);
    while (first !== NO_RUN) {
      const last = runEnd(mask, rowWord, wordsPerRow, first, slotShift);
      const runRoot = roots[slotOf(row, first, sizeIjk[0], slotShift)];
      if (runRoot !== root && voxels > 0) {
        Atomics.add(sizes, root, voxels);
        voxels = 0;
      }
      root = runRoot;
      voxels += last - first;
      first = nextRun(mask, rowWord, wordsPerRow, last);
    }
  }
  if (voxels > 0) Atomics.add(sizes, root, voxels);
}

/** Units are rows (constant j, k). */
export const runCountCpu: CpuKernel<RunCountParams, RunCountBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: { mask, roots, sizes }, begin, end }) =>
    runCountMain(params, constants['SLOT_SHIFT'], mask.u32, roots.i32, sizes.i32, begin, end),
};
