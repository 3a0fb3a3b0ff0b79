import { type Backend, type DeviceBuffer } from '@efface/compute';
import { structureSizes } from './structure-sizes.ts';
import { structureGather } from './structure-gather.ts';
import { chunkPairs, type StructureRequest } from './structure-request.ts';

/** Voxels that one workgroup, or one unit of the twin, looks at. */
export const BLOCK_VOXELS = 8192;

/** Values of one structure. */
export interface StructureValues {
  readonly structure: number;
  /** Stored values of its voxels, in voxel order. */
  readonly original: Float32Array;
  /** The same voxels after defacing; the very list `original` when the request had no defaced volume. */
  readonly defaced: Float32Array;
}

/** Consecutive structures whose lists share a buffer, and the place of every block's first value in it. */
interface GatherPlan {
  readonly groups: readonly { readonly first: number; readonly last: number; readonly lengths: readonly number[] }[];
  /** By block and structure, as `counts`. */
  readonly offsets: Uint32Array;
}

/** Groups structures so that their lists stay below `listValues`, and places their blocks one after the other. */
export function planGather(counts: Uint32Array, structureCount: number, listValues: number): GatherPlan {
  const offsets = new Uint32Array(counts.length);
  const groups: { first: number; last: number; lengths: number[] }[] = [];
  let used = 0;
  for (let structure = 0; structure < structureCount; structure++) {
    let length = 0;
    for (let n = structure; n < counts.length; n += structureCount) length += counts[n];
    let group = groups.at(-1);
    if (group === undefined || used + length > listValues) {
      group = { first: structure, last: structure, lengths: [] };
      groups.push(group);
      used = 0;
    }
    group.last = structure;
    group.lengths.push(length);
    let place = used;
    for (let n = structure; n < counts.length; n += structureCount) {
      offsets[n] = place;
      place += counts[n];
    }
    used = place;
  }
  return { groups, offsets };
}

/**
 * The values of each structure in turn, from f32 volumes. Labels are read twice, the volumes once where there are
 * labels. Structures share lists of at most `listBytes` on the device, unless a single one needs more; the volumes are
 * read once for each list. Throws RangeError for integer volumes,
 * which `histogramStructures` counts, and what `chunkPairs` refuses.
 */
export async function* gatherStructures(
  backend: Backend,
  request: StructureRequest,
  listBytes = 2 ** 26,
): AsyncGenerator<StructureValues> {
  const { original, defaced, labels, structureCount } = request;
  const pairs = chunkPairs(request);
  if (original.format !== 'f32') throw new RangeError(`values of ${original.format} are counted, not gathered`);
  const blocks = pairs.map(({ count }) => Math.ceil(count / BLOCK_VOXELS));
  const blockCount = blocks.reduce((sum, n) => sum + n, 0);
  const chunks = pairs.map((pair, c) => ({
    ...pair,
    firstBlock: blocks.slice(0, c).reduce((sum, n) => sum + n, 0),
  }));
  const owned: DeviceBuffer[] = [];
  const create = (label: string, sizeBytes: number, init?: ArrayBufferView): DeviceBuffer => {
    const buffer = backend.createBuffer(label, sizeBytes, init);
    owned.push(buffer);
    return buffer;
  };
  try {
    const counts = create('structure-counts', 4 * blockCount * structureCount);
    for (const { firstVoxel, count, firstBlock } of chunks)
      backend.dispatch(structureSizes, {
        params: { firstVoxel, count, structureCount, firstBlock, blockVoxels: BLOCK_VOXELS },
        buffers: { labels, counts },
      });
    const listValues = Math.floor(Math.min(listBytes, backend.maxBindingBytes) / 4);
    const plan = planGather(new Uint32Array(await backend.read(counts)), structureCount, listValues);
    const offsets = create('structure-offsets', plan.offsets.byteLength, plan.offsets);
    for (const { first, last, lengths } of plan.groups) {
      const total = lengths.reduce((sum, n) => sum + n, 0);
      const originalValues = create('structure-values', Math.max(4, 4 * total));
      const defacedValues = create('structure-values-defaced', Math.max(4, 4 * total));
      for (const { firstVoxel, count, firstBlock, ...volumes } of chunks)
        backend.dispatch(structureGather, {
          params: {
            firstVoxel,
            count,
            structureCount,
            firstBlock,
            blockVoxels: BLOCK_VOXELS,
            wanted: ((0xffffffff >>> (31 - (last - first))) << first) >>> 0,
          },
          buffers: { original: volumes.original, defaced: volumes.defaced, labels, counts, offsets, originalValues, defacedValues }, // prettier-ignore
        });
      const [before, after] = await Promise.all([
        backend.read(originalValues),
        defaced === undefined ? undefined : backend.read(defacedValues),
      ]);
      for (const buffer of owned.splice(-2)) backend.release(buffer);
      let place = 0;
      for (const [n, length] of lengths.entries()) {
        const values = new Float32Array(before, 4 * place, length);
        yield {
          structure: first + n,
          original: values,
          defaced: after === undefined ? values : new Float32Array(after, 4 * place, length),
        };
        place += length;
      }
    }
  } finally {
    for (const buffer of owned) backend.release(buffer);
  }
}
