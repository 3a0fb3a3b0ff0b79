import { type CpuKernel } from '@efface/compute';
import { type LabelCountBinding, type LabelCountParams } from './label-count.gen.ts';

function labelCountMain(
  { sizeIjk, borderAxes }: LabelCountParams,
  labels: Uint32Array,
  sizes: Uint32Array,
  touches: Uint32Array,
  begin: number,
  end: number,
): void {
  const [ni, nj, nk] = sizeIjk;
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    const rowIsBorder =
      ((borderAxes & 2) !== 0 && (j === 0 || j === nj - 1)) || ((borderAxes & 4) !== 0 && (k === 0 || k === nk - 1));
    // Neighbours in a row mostly share a component: one atomic addition per run.
    let runLabel = 0;
    let run = 0;
    for (let i = 0; i < ni; i++) {
      const label = labels[row * ni + i];
      if (label !== runLabel) {
        if (runLabel !== 0) Atomics.add(sizes, runLabel - 1, run);
        runLabel = label;
        run = 0;
      }
      run++;
      if (label === 0) continue;
      const isBorder = rowIsBorder || ((borderAxes & 1) !== 0 && (i === 0 || i === ni - 1));
      if (isBorder) Atomics.store(touches, label - 1, 1);
    }
    if (runLabel !== 0) Atomics.add(sizes, runLabel - 1, run);
  }
}

/** Units are rows (constant j, k). */
export const labelCountCpu: CpuKernel<LabelCountParams, LabelCountBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { labels, sizes, touches }, begin, end }) =>
    labelCountMain(params, labels.u32, sizes.u32, touches.u32, begin, end),
};
