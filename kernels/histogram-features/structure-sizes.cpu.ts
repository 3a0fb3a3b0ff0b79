import { type CpuKernel } from '@efface/compute';
import { labelPairs, nextLabelled } from './label-runs.cpu.ts';
import { type StructureSizesBinding, type StructureSizesParams } from './structure-sizes.gen.ts';

function structureSizesMain(
  { firstVoxel, count, structureCount, firstBlock, blockVoxels }: StructureSizesParams,
  labels: Uint32Array,
  counts: Uint32Array,
  begin: number,
  end: number,
): void {
  const pairs = labelPairs(labels, structureCount);
  const structureBits = 0xffffffff >>> (32 - structureCount);
  for (let block = begin; block < end; block++) {
    const base = (firstBlock + block) * structureCount;
    const labelEnd = firstVoxel + Math.min(count, (block + 1) * blockVoxels);
    counts.fill(0, base, base + structureCount);
    for (let at = nextLabelled(labels, pairs, firstVoxel + block * blockVoxels, labelEnd); at < labelEnd;) {
      const label = labels[at];
      let runEnd = at + 1;
      while (runEnd < labelEnd && labels[runEnd] === label) runEnd++;
      for (let rest = label & structureBits; rest !== 0; rest &= rest - 1)
        counts[base + 31 - Math.clz32(rest & -rest)] += runEnd - at;
      at = nextLabelled(labels, pairs, runEnd, labelEnd);
    }
  }
}

/** Units are blocks. */
export const structureSizesCpu: CpuKernel<StructureSizesParams, StructureSizesBinding> = {
  units: ({ count, blockVoxels }) => Math.ceil(count / blockVoxels),
  run: ({ params, buffers, begin, end }) =>
    structureSizesMain(params, buffers.labels.u32, buffers.counts.u32, begin, end),
};
