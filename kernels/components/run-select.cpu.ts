import { type CpuKernel } from '@efface/compute';
import { type RunSelectBinding, type RunSelectParams } from './run-select.gen.ts';
import { nextRun, NO_RUN, runEnd, slotOf } from './runs.cpu.ts';

function runSelectMain(
  { sizeIjk, wordsPerRow }: RunSelectParams,
  slotShift: number,
  mask: Uint32Array,
  roots: Uint32Array,
  chosen: number,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  for (let row = begin; row < end; row++) {
    const rowWord = row * wordsPerRow;
    for (let w = 0; w < wordsPerRow; w++) dst[rowWord + w] = 0;
    let first = nextRun(mask, rowWord, wordsPerRow, 0);
    while (first !== NO_RUN) {
      const last = runEnd(mask, rowWord, wordsPerRow, first, slotShift);
      if (roots[slotOf(row, first, sizeIjk[0], slotShift)] === chosen) {
        for (let w = first >>> 5; 32 * w < last; w++) {
          const base = 32 * w;
          const above = -1 << (Math.max(first, base) - base);
          const below = -1 >>> (base + 32 - Math.min(last, base + 32));
          dst[rowWord + w] |= above & below;
        }
      }
      first = nextRun(mask, rowWord, wordsPerRow, last);
    }
  }
}

/** Units are rows (constant j, k). */
export const runSelectCpu: CpuKernel<RunSelectParams, RunSelectBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: { mask, roots, chosen, dst }, begin, end }) =>
    runSelectMain(
      params,
      constants['SLOT_SHIFT'],
      mask.u32,
      roots.u32,
      chosen.u32[constants['CHOSEN_INDEX']],
      dst.u32,
      begin,
      end,
    ),
};
