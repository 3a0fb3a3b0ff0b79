import { type Backend, type DeviceBuffer, deviceVolumeFromF32, volumeArguments } from '@efface/compute';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { distanceMm } from '../distance/distance.ts';
import { MAX_HISTOGRAM_BINS } from '../histogram-global/histogram-global.ts';
import { histogramBins } from '../histogram-global/histogram-bins.ts';
import { maskNot } from '../mask-logic/mask-logic.ts';
import { intensityApply } from './intensity-apply.ts';
import { quantileTable } from './quantile-table.ts';

/** The voxels of an image whose intensities are to be matched. */
export interface IntensitySample {
  /** Real values, f32, i fastest. */
  readonly values: DeviceBuffer;
  readonly sizeIjk: Vec3;
  /** Only voxels of this mask; all without. */
  readonly mask?: DeviceBuffer;
  /** Intensities from which to which they are counted; others do not count. */
  readonly low: number;
  readonly high: number;
}

/** A monotone map of intensities on the device. The caller releases `table`. */
export interface IntensityMap {
  /** f32: where the edges of the source's bins go, one more than there are bins. */
  readonly table: DeviceBuffer;
  /** Intensities of the first and the last entry; beyond them the map is constant. */
  readonly low: number;
  readonly high: number;
  readonly bins: number;
}

/** Two samples to match. */
export interface IntensityMapRequest {
  readonly source: IntensitySample;
  readonly target: IntensitySample;
  /** Bins of both histograms, up to 2048. Default 256. */
  readonly bins?: number;
  /** Share at both ends of the distributions that is taken for outliers, 0 … 0.5. Default 0. */
  readonly clippedShare?: number;
}

/**
 * The monotone map that gives the source the target's distribution: an intensity goes where the same share of the
 * target's voxels lies below, straight lines between the edges of bins (histogram specification; Nyúl, Udupa, Zhang,
 * New variants of a method of MRI scale standardization, 2000, with every bin edge a landmark). What lies below the
 * first or above the last counted voxel goes where that goes; intensities over which the source has no voxels all go to
 * one place; an empty sample on either side gives the identity. Nothing is read back. Throws RangeError for an empty
 * range, bins that are not 1 … 2048, and a clipped share outside 0 … 0.5.
 */
export function intensityMap(backend: Backend, request: IntensityMapRequest): IntensityMap {
  const { source, target, bins = 256, clippedShare = 0 } = request;
  if (!Number.isInteger(bins) || bins < 1 || bins > MAX_HISTOGRAM_BINS)
    throw new RangeError(`a map has 1 to ${MAX_HISTOGRAM_BINS} bins, not ${bins}`);
  if (!(clippedShare >= 0 && clippedShare < 0.5)) throw new RangeError(`a clipped share of ${clippedShare}`);
  const sourceCounts = count(backend, source, bins);
  const targetCounts = count(backend, target, bins);
  const table = backend.createBuffer('intensity-map', 4 * (bins + 1));
  backend.dispatch(quantileTable, {
    params: {
      sourceBins: bins,
      targetBins: bins,
      sourceLow: source.low,
      sourceWidth: (source.high - source.low) / bins,
      targetLow: target.low,
      targetWidth: (target.high - target.low) / bins,
      lowest: Math.round(clippedShare * 2 ** 24),
      highest: Math.round((1 - clippedShare) * 2 ** 24),
    },
    buffers: { sourceCounts, targetCounts, table },
  });
  backend.release(sourceCounts);
  backend.release(targetCounts);
  return { table, low: source.low, high: source.high, bins };
}

/** Voxels per bin, on the device. */
function count(backend: Backend, sample: IntensitySample, binCount: number): DeviceBuffer {
  const { values, sizeIjk, mask, low, high } = sample;
  if (!(high > low)) throw new RangeError(`intensities from ${low} to ${high} make no histogram`);
  const bins = backend.createBuffer('intensity-map/counts', 4 * binCount);
  const { buffers, constants } = volumeArguments(deviceVolumeFromF32(values, sizeIjk));
  backend.dispatch(histogramBins, {
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), low, high, scale: binCount / (high - low), binCount },
    constants: { ...constants, HAS_MASK: mask ? 1 : 0 },
    buffers: { ...buffers, mask: mask ?? values, bins },
  });
  return bins;
}

/** What to put where. */
export interface IntensityBlendRequest {
  /** Image whose mapped intensities come in; f32 on the same grid as `values`. */
  readonly source: DeviceBuffer;
  /** Image they come into, f32. */
  readonly values: DeviceBuffer;
  readonly sizeIjk: Vec3;
  /** Voxels that are replaced: bits. */
  readonly region: DeviceBuffer;
  readonly map: IntensityMap;
  /** Blends over this depth below the region's border, inside the region; with the spacing it is measured with. */
  readonly feather?: { readonly widthMm: number; readonly spacingMm: Vec3 };
  /** Noise added to what comes in: its standard deviation, and a seed that makes it the same every time. */
  readonly noise?: {
    readonly sigma: number;
    readonly seed: number;
    /** What the images are a part of: the part gets the noise that the whole would have there. Default: they are all. */
    readonly part?: { readonly lowIjk: Vec3; readonly wholeIjk: Vec3 };
  };
}

const NO_NOISE: NonNullable<IntensityBlendRequest['noise']> = { sigma: 0, seed: 0 };

/**
 * The image with the region's voxels replaced by mapped ones of the other; voxels outside keep their bits. At the border
 * the weight of what comes in rises as 3t² − 2t³, t the distance to the nearest voxel outside over the feather's width.
 * f32; the caller owns the buffer. Throws RangeError for a width that is not > 0, a negative σ, a seed that is no u32.
 */
export function blendIntensity(backend: Backend, request: IntensityBlendRequest): DeviceBuffer {
  const { source, values, sizeIjk, region, map, feather, noise = NO_NOISE } = request;
  if (feather !== undefined && !(feather.widthMm > 0)) throw new RangeError(`a feather of ${feather.widthMm} mm`);
  if (!(noise.sigma >= 0)) throw new RangeError(`noise of standard deviation ${noise.sigma}`);
  const depth = feather === undefined ? undefined : depthMm(backend, region, sizeIjk, feather.spacingMm);
  const { lowIjk, wholeIjk } = noise.part ?? { lowIjk: [0, 0, 0], wholeIjk: sizeIjk };
  const counterSlice = wholeIjk[0] * wholeIjk[1];
  const dst = backend.createBuffer('intensity-blend', 4 * sizeIjk[0] * sizeIjk[1] * sizeIjk[2]);
  backend.dispatch(intensityApply, {
    params: {
      sizeIjk,
      wordsPerRow: wordsPerRow(sizeIjk[0]),
      low: map.low,
      scale: map.bins / (map.high - map.low),
      bins: map.bins,
      sigma: noise.sigma,
      seed: noise.seed,
      counter: lowIjk[0] + wholeIjk[0] * lowIjk[1] + counterSlice * lowIjk[2],
      counterRow: wholeIjk[0],
      counterSlice,
      perFeather: feather === undefined ? 0 : 1 / feather.widthMm,
    },
    constants: { HAS_FEATHER: depth ? 1 : 0 },
    buffers: { source, values, region, depth: depth ?? values, table: map.table, dst },
  });
  if (depth) backend.release(depth);
  return dst;
}

/** Distance from each voxel of a region to the nearest one outside. */
function depthMm(backend: Backend, region: DeviceBuffer, sizeIjk: Vec3, spacingMm: Vec3): DeviceBuffer {
  const outside = maskNot(backend, region, sizeIjk);
  const depth = distanceMm(backend, { mask: outside, sizeIjk, spacingMm });
  backend.release(outside);
  return depth;
}
