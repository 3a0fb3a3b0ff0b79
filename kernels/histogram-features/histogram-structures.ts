import { type Backend } from '@efface/compute';
import { INTEGER_LAYOUTS, type IntegerFormat } from './integer-layout.ts';
import { structureHistogram } from './structure-histogram.ts';
import { chunkPairs, type StructureRequest } from './structure-request.ts';

/** How often each stored value occurs. */
export interface StoredHistogram {
  /** Stored value of the first count. */
  readonly lowest: number;
  /** Counts of lowest, lowest + 1 and so on. */
  readonly counts: Uint32Array;
}

/** Stored values of one structure in both volumes. */
export interface StructureHistograms {
  readonly voxelCount: number;
  /** Voxels whose stored value differs between the volumes. */
  readonly changedVoxelCount: number;
  /** Largest difference, stored units. */
  readonly maxChangeStored: number;
  readonly original: StoredHistogram;
  /** The very object `original` when nothing changed. */
  readonly defaced: StoredHistogram;
}

/** The summary of one structure: see structure-histogram.wgsl. */
const SUMMARY_WORDS = 4;

/**
 * Exact histograms of integer volumes, one entry per structure, from one read of the volumes. Throws RangeError for f32
 * volumes and what `chunkPairs` refuses.
 */
export async function histogramStructures(backend: Backend, request: StructureRequest): Promise<StructureHistograms[]> {
  const { original, labels, structureCount } = request;
  const pairs = chunkPairs(request);
  if (original.format === 'f32') throw new RangeError('only stored integers can be counted value by value, not f32');
  const { valueBits, signBit } = INTEGER_LAYOUTS[original.format satisfies IntegerFormat];
  const histograms = backend.createBuffer('structure-histograms', (8 * structureCount) << valueBits);
  const summary = backend.createBuffer('structure-summary', 4 * SUMMARY_WORDS * structureCount);
  try {
    for (const { firstVoxel, count, ...volumes } of pairs)
      backend.dispatch(structureHistogram, {
        params: { firstVoxel, count, structureCount, signBit },
        constants: { VALUE_BITS: valueBits },
        buffers: { ...volumes, labels, histograms, summary },
      });
    const words = new Uint32Array(await backend.read(summary));
    const maxBin = 2 ** valueBits - 1;
    return await Promise.all(
      Array.from({ length: structureCount }, async (_, structure): Promise<StructureHistograms> => {
        const own = words.subarray(SUMMARY_WORDS * structure);
        const low = maxBin - own[0];
        const high = own[1];
        const [, , changedVoxelCount, maxChangeStored] = own;
        const nothing: StoredHistogram = { lowest: 0, counts: new Uint32Array(0) };
        if (low > high)
          return { voxelCount: 0, changedVoxelCount, maxChangeStored, original: nothing, defaced: nothing };
        const read = async (part: number): Promise<Uint32Array> => {
          const first = ((structure + part * structureCount) << valueBits) + low;
          return new Uint32Array(await backend.read(histograms, 4 * first, 4 * (high - low + 1)));
        };
        const [counts, difference] = await Promise.all([read(0), changedVoxelCount > 0 ? read(1) : undefined]);
        const lowest = low - signBit;
        const histogram: StoredHistogram = { lowest, counts };
        return {
          voxelCount: counts.reduce((sum, n) => sum + n, 0),
          changedVoxelCount,
          maxChangeStored,
          original: histogram,
          // Sums of u32 wrap as the differences did.
          defaced: difference ? { lowest, counts: counts.map((n, bin) => n + difference[bin]) } : histogram,
        };
      }),
    );
  } finally {
    backend.release(histograms);
    backend.release(summary);
  }
}
