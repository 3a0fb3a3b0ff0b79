import { type CpuKernel } from '@efface/compute';
import { type RunLargestBinding, type RunLargestParams } from './run-largest.gen.ts';

function runLargestMain(stage: number, sizes: Uint32Array, best: Uint32Array, begin: number, end: number): void {
  const largest = Atomics.load(best, 0);
  // Stage 1 looks for a minimum: as the maximum of the complement it is the same reduction.
  let mine = 0;
  for (let slot = begin; slot < end; slot++) {
    const size = sizes[slot];
    if (stage === 0) mine = Math.max(mine, size);
    else if (size === largest && size > 0) mine = Math.max(mine, ~slot >>> 0);
  }
  const at = stage === 0 ? 0 : 1;
  const value = stage === 0 ? mine : ~mine >>> 0;
  for (;;) {
    const old = Atomics.load(best, at);
    const wanted = stage === 0 ? Math.max(old, value) : Math.min(old, value);
    if (wanted === old || Atomics.compareExchange(best, at, old, wanted) === old) return;
  }
}

/** Units are slots. */
export const runLargestCpu: CpuKernel<RunLargestParams, RunLargestBinding> = {
  units: ({ count }) => count,
  run: ({ constants, buffers: { sizes, best }, begin, end }) =>
    runLargestMain(constants['STAGE'], sizes.u32, best.u32, begin, end),
};
