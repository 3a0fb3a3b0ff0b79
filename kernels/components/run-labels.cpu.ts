import { type CpuKernel } from '@efface/compute';
import { type RunLabelsBinding, type RunLabelsParams } from './run-labels.gen.ts';
import { nextRun, NO_RUN, runEnd, slotOf } from './runs.cpu.ts';

/** 1 + first voxel of the run whose slot is given: of the two voxels of a slot the first that is set. */
export function labelOfSlot({ sizeIjk, wordsPerRow }: RunLabelsParams, mask: Uint32Array, slot: number): number {
  const slotsPerRow = (sizeIjk[0] + 1) >> 1;
  const row = Math.floor((slot - 1) / slotsPerRow);
  const pair = 2 * (slot - 1 - row * slotsPerRow);
  const bits = mask[row * wordsPerRow + (pair >> 5)] >>> (pair & 31);
  return 1 + row * sizeIjk[0] + ((bits & 1) === 1 ? pair : pair + 1);
}

/** Runs instead of voxels: the twin fills a run at once where the shader asks for every voxel. */
function runLabelsMain(
  params: RunLabelsParams,
  mask: Uint32Array,
  roots: Uint32Array,
  labels: Uint32Array,
  begin: number,
  end: number,
): void {
  const { sizeIjk, wordsPerRow } = params;
  const [ni] = sizeIjk;
  for (let row = begin; row < end; row++) {
    const rowWord = row * wordsPerRow;
    labels.fill(0, row * ni, (row + 1) * ni);
    let first = nextRun(mask, rowWord, wordsPerRow, 0);
    while (first !== NO_RUN) {
      const last = runEnd(mask, rowWord, wordsPerRow, first, 1);
      labels.fill(labelOfSlot(params, mask, roots[slotOf(row, first, ni, 1)]), row * ni + first, row * ni + last);
      first = nextRun(mask, rowWord, wordsPerRow, last);
    }
  }
}

/** Units are rows (constant j, k). */
export const runLabelsCpu: CpuKernel<RunLabelsParams, RunLabelsBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { mask, roots, labels }, begin, end }) =>
    runLabelsMain(params, mask.u32, roots.u32, labels.u32, begin, end),
};
