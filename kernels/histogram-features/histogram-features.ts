import { type Backend } from '@efface/compute';
import { allocateVoxels, uniformRescale, type Volume } from '@efface/volume';
import { type CountedValues, type FirstOrderFeatures, firstOrderFromCounts, type FirstOrderSettings } from './first-order.ts'; // prettier-ignore
import { gatherStructures } from './gather-structures.ts';
import { histogramStructures, type StoredHistogram } from './histogram-structures.ts';
import { sortedFloats } from './sort-floats.ts';
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
 * structure in the order of the label's bits. Integers are counted on the device, f32 values are gathered there;
 * everything else is computed here in f64 from those counts or lists, so that every backend gives the same numbers to
 * the last bit.
 *
 * Stored values become real ones with one slope and intercept. A scan with a rescale per slice (PET) goes through
 * `volumeInRealUnits` before its upload, and its features are those of its real values rounded to f32; so are those of
 * types wider than 16 bit, which live on the device as f32.
 */
export async function firstOrderOfStructures(
  backend: Backend,
  request: FirstOrderRequest,
): Promise<StructureFeatures[]> {
  return request.original.format === 'f32' ? fromLists(backend, request) : fromHistograms(backend, request);
}

async function fromHistograms(backend: Backend, request: FirstOrderRequest): Promise<StructureFeatures[]> {
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

async function fromLists(backend: Backend, request: FirstOrderRequest): Promise<StructureFeatures[]> {
  const { slope = 1, intercept = 0 } = request;
  const features = (stored: Float32Array) =>
    firstOrderFromCounts({ values: realValues(sortedFloats(stored), slope, intercept) }, request);
  const structures: StructureFeatures[] = [];
  for await (const { original, defaced } of gatherStructures(backend, request)) {
    let changedVoxelCount = 0;
    let maxChange = 0;
    for (let n = 0; n < original.length; n++) {
      if (original[n] === defaced[n]) continue;
      changedVoxelCount++;
      maxChange = Math.max(maxChange, Math.abs(original[n] - defaced[n]));
    }
    const before = features(original);
    structures.push({
      voxelCount: original.length,
      changedVoxelCount,
      maxChange: maxChange * Math.abs(slope),
      original: before,
      defaced: changedVoxelCount === 0 ? before : features(defaced),
    });
  }
  return structures;
}

/** Real values of ascending stored ones, ascending. */
function realValues(sorted: Float32Array, slope: number, intercept: number): ArrayLike<number> {
  if (slope === 1 && intercept === 0) return sorted;
  const real = new Float64Array(sorted.length);
  for (let n = 0; n < real.length; n++) real[n] = sorted[n] * slope + intercept;
  return slope < 0 ? real.reverse() : real;
}

/** The same scan with f32 real values and no rescale; the very volume when it is that already. */
export function volumeInRealUnits(volume: Volume): Volume {
  const { grid, voxels } = volume;
  const { slopePerK, interceptPerK } = volume.rescale;
  if (volume.type === 'f32' && slopePerK.every((s) => s === 1) && interceptPerK.every((v) => v === 0)) return volume;
  const [ni, nj, nk] = grid.sizeIjk;
  const values = allocateVoxels('f32', voxels.length) as Float32Array;
  for (let k = 0; k < nk; k++)
    for (let index = k * ni * nj; index < (k + 1) * ni * nj; index++)
      values[index] = Number(voxels[index]) * slopePerK[k] + interceptPerK[k];
  // Stored values that mean "no measurement" lose their number with the rescale.
  return { grid, type: 'f32', voxels: values, rescale: uniformRescale(nk, 1, 0), modality: volume.modality, unit: volume.unit }; // prettier-ignore
}
