import { type Backend } from '@efface/compute';
import { type CountedValues, type FirstOrderFeatures, firstOrderFromCounts, type FirstOrderSettings } from './first-order.ts'; // prettier-ignore
import { histogramStructures, type StoredHistogram } from './histogram-structures.ts';
import { type StructureRequest } from './structure-request.ts';

/** Which structures of which volumes, and how stored values become real ones. */
export interface FirstOrderRequest extends StructureRequest, FirstOrderSettings {
  /** real = stored · slope + intercept, for all slices alike. Default 1. */
  readonly slope?: number;
  /** Default 0. */
  readonly intercept?: number;
}

/** Features of one structure before and after defacing. */
export interface StructureFeatures {
  readonly voxelCount: number;
  /** Voxels whose stored value differs between the volumes. */
  readonly changedVoxelCount: number;
  /** Largest difference, real units. */
  readonly maxChange: number;
  /** Undefined for a structure without voxels. */
  readonly original: FirstOrderFeatures | undefined;
  /** The very object `original` when no voxel changed; undefined for a structure without voxels. */
  readonly defaced: FirstOrderFeatures | undefined;
}

/** The counts of a histogram with their real values, ascending. Stored values that do not occur are left out. */
export function realCounts({ lowest, counts }: StoredHistogram, slope: number, intercept: number): CountedValues {
  const present = counts.reduce((sum, n) => sum + (n > 0 ? 1 : 0), 0);
  const values = new Float64Array(present);
  const own = new Float64Array(present);
  let entry = slope < 0 ? present - 1 : 0;
  const step = slope < 0 ? -1 : 1;
  for (let bin = 0; bin < counts.length; bin++) {
    if (counts[bin] === 0) continue;
    values[entry] = (lowest + bin) * slope + intercept;
    own[entry] = counts[bin];
    entry += step;
  }
  return { values, counts: own };
}

/**
 * All first-order features of up to 32 structures in both volumes from one read of the volumes, one entry per
 * structure in the order of the label's bits. The device counts integers; everything else is computed here in f64 from
 * those counts, so that every backend gives the same numbers to the last bit.
 */
export async function firstOrderOfStructures(
  backend: Backend,
  request: FirstOrderRequest,
): Promise<StructureFeatures[]> {
  const { slope = 1, intercept = 0 } = request;
  const structures = await histogramStructures(backend, request);
  return structures.map(({ voxelCount, changedVoxelCount, maxChangeStored, original, defaced }) => {
    const features = (histogram: StoredHistogram) =>
      firstOrderFromCounts(realCounts(histogram, slope, intercept), request);
    const before = features(original);
    return {
      voxelCount,
      changedVoxelCount,
      maxChange: maxChangeStored * Math.abs(slope),
      original: before,
      defaced: defaced === original ? before : features(defaced),
    };
  });
}
