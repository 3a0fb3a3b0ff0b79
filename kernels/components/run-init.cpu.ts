import { type CpuKernel } from '@efface/compute';
import { type RunInitBinding, type RunInitParams } from './run-init.gen.ts';
import { nextRun, NO_RUN, runEnd, slotOf } from './runs.cpu.ts';

function runInitMain(
  { sizeIjk, wordsPerRow, borderAxes }: RunInitParams,
  slotShift: number,
  mask: Uint32Array,
  parents: Int32Array,
  begin: number,
  end: number,
): void {
  const [ni, nj, nk] = sizeIjk;
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    const rowIsBorder =
      ((borderAxes & 2) !== 0 && (j === 0 || j + 1 === nj)) || ((borderAxes & 4) !== 0 && (k === 0 || k + 1 === nk));
    const rowWord = row * wordsPerRow;
    let first = nextRun(mask, rowWord, wordsPerRow, 0);
    while (first !== NO_RUN) {
      const last = runEnd(mask, rowWord, wordsPerRow, first, slotShift);
      const isBorder = rowIsBorder || ((borderAxes & 1) !== 0 && (first === 0 || last === ni));
      const slot = slotOf(row, first, ni, slotShift);
      parents[slot] = isBorder ? 0 : slot;
      first = nextRun(mask, rowWord, wordsPerRow, last);
    }
  }
}

/** Units are rows (constant j, k). */
export const runInitCpu: CpuKernel<RunInitParams, RunInitBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: { mask, parents }, begin, end }) =>
    runInitMain(params, constants['SLOT_SHIFT'], mask.u32, parents.i32, begin, end),
};
