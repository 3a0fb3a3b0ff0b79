import { type CpuKernel } from '@efface/compute';
import { labelPairs, nextLabelled } from './label-runs.cpu.ts';
import { type StructureGatherBinding, type StructureGatherParams } from './structure-gather.gen.ts';

/** Next place of each structure in the lists. */
const places = new Uint32Array(32);

function structureGatherMain(
  { firstVoxel, count, structureCount, firstBlock, blockVoxels, wanted }: StructureGatherParams,
  original: Uint32Array,
  defaced: Uint32Array,
  labels: Uint32Array,
  offsets: Uint32Array,
  originalValues: Uint32Array,
  defacedValues: Uint32Array,
  begin: number,
  end: number,
): void {
  const pairs = labelPairs(labels, structureCount);
  for (let block = begin; block < end; block++) {
    const base = (firstBlock + block) * structureCount;
    for (let structure = 0; structure < structureCount; structure++) places[structure] = offsets[base + structure];
    const labelEnd = firstVoxel + Math.min(count, (block + 1) * blockVoxels);
    for (let at = nextLabelled(labels, pairs, firstVoxel + block * blockVoxels, labelEnd); at < labelEnd;) {
      const label = labels[at];
      let runEnd = at + 1;
      while (runEnd < labelEnd && labels[runEnd] === label) runEnd++;
      for (let rest = label & wanted; rest !== 0; rest &= rest - 1) {
        const structure = 31 - Math.clz32(rest & -rest);
        let place = places[structure];
        for (let index = at - firstVoxel; index < runEnd - firstVoxel; index++, place++) {
          originalValues[place] = original[index];
          defacedValues[place] = defaced[index];
        }
        places[structure] = place;
      }
      at = nextLabelled(labels, pairs, runEnd, labelEnd);
    }
  }
}

/** Units are blocks. */
export const structureGatherCpu: CpuKernel<StructureGatherParams, StructureGatherBinding> = {
  units: ({ count, blockVoxels }) => Math.ceil(count / blockVoxels),
  run: ({ params, buffers, begin, end }) =>
    structureGatherMain(
      params,
      buffers.original.u32,
      buffers.defaced.u32,
      buffers.labels.u32,
      buffers.offsets.u32,
      buffers.originalValues.u32,
      buffers.defacedValues.u32,
      begin,
      end,
    ),
};
