import { type CpuKernel } from '@efface/compute';
import { type LabelFlattenBinding, type LabelFlattenParams } from './label-flatten.gen.ts';

function labelFlattenMain(labels: Uint32Array, begin: number, end: number): void {
  for (let index = begin; index < end; index++) {
    let label = Atomics.load(labels, index);
    if (label === 0) continue;
    let parent = Atomics.load(labels, label - 1);
    while (parent !== label) {
      label = parent;
      parent = Atomics.load(labels, label - 1);
    }
    Atomics.store(labels, index, label);
  }
}

/** Units are voxels. */
export const labelFlattenCpu: CpuKernel<LabelFlattenParams, LabelFlattenBinding> = {
  units: ({ count }) => count,
  run: ({ buffers: { labels }, begin, end }) => labelFlattenMain(labels.u32, begin, end),
};
