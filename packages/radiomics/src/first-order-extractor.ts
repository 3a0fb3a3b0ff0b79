import { type FirstOrderFeatures, firstOrderFromValues } from '@efface/kernels';
import type { Vec3, Volume } from '@efface/volume';
import { boxOfLabel, checkRegion, type LabelImage, labelsOnGrid, RegionError } from './region.ts';
import { type RegionValues, regionValues, resampleRegion } from './resample-region.ts';
import type { RadiomicsSettings } from './settings.ts';
import { ImageValues } from './values.ts';

/** First-order features of one region and what they were computed from. */
export interface RegionFeatures {
  /** Kurtosis is an excess (0 for a normal distribution) by the convention of IBSI, else 3 more. */
  readonly features: FirstOrderFeatures;
  readonly voxelCount: number;
  /** Of the grid the features were computed on, mm. */
  readonly spacingMm: Vec3;
}

/**
 * Whose rules decide where they differ: those of PyRadiomics, or those of the Image Biomarker Standardisation Initiative
 * (Zwanenburg et al. 2020, ibsi.readthedocs.io): kurtosis is an excess, no value is shifted, and bins of a given width start
 * at the lower bound of re-segmentation or the region's smallest value, not at a multiple of the width.
 */
export type RadiomicsConvention = 'pyradiomics' | 'ibsi';

/**
 * First-order features of the regions of one image, in the steps of PyRadiomics 3 (`featureextractor.py`): normalise,
 * resample, re-segment, and in f64 throughout. Values are real ones. What is of the whole image is computed once.
 */
export class FirstOrderExtractor {
  readonly #image: Volume;
  readonly #settings: RadiomicsSettings;
  readonly #convention: RadiomicsConvention;
  readonly #values: ImageValues;

  constructor(image: Volume, settings: RadiomicsSettings, convention: RadiomicsConvention = 'pyradiomics') {
    this.#image = image;
    this.#settings = settings;
    this.#convention = convention;
    this.#values = new ImageValues(image, settings);
  }

  /**
   * Features of the voxels of a label, the settings' unless another is given.
   * @throws RegionError for regions that PyRadiomics refuses
   */
  featuresOf(mask: LabelImage, label = this.#settings.label): RegionFeatures {
    const settings: RadiomicsSettings = { ...this.#settings, label };
    const { resampledPixelSpacing, interpolator } = settings;
    const image = this.#image;
    const labels = labelsOnGrid(mask, image.grid, settings);
    const box = boxOfLabel(labels, image.grid.sizeIjk, label);
    const isResampled = resampledPixelSpacing !== null && interpolator !== null;
    const whole = isResampled
      ? resampleRegion(image, this.#values, labels, label, box, resampledPixelSpacing)
      : regionValues(image, this.#values, labels, label, box);
    checkRegion(whole.values.length, extent(whole), settings);
    if (!whole.values.every(Number.isFinite))
      throw new RegionError('REGION_NOT_FINITE', 'the region holds values that are no numbers (NaN or infinite)');
    const region = resegmented(whole, settings);
    if (region !== whole) checkRegion(region.values.length, extent(region), settings);
    const features = this.#convention === 'ibsi' ? ibsiFeatures(region, settings) : featuresOf(region, settings);
    return { features, voxelCount: region.values.length, spacingMm: region.spacingMm };
  }
}

function featuresOf({ values, spacingMm }: RegionValues, settings: RadiomicsSettings): FirstOrderFeatures {
  const { binWidth, binCount, voxelArrayShift } = settings;
  const features = firstOrderFromValues(values, {
    voxelVolumeMm3: spacingMm[0] * spacingMm[1] * spacingMm[2],
    voxelArrayShift,
    binWidth,
    ...(binCount === null ? {} : { binCount }),
  });
  if (!features) throw new RegionError('REGION_EMPTY', 'no voxel of the region is left');
  return features;
}

function ibsiFeatures(region: RegionValues, settings: RadiomicsSettings): FirstOrderFeatures {
  const { resegmentRange, resegmentMode } = settings;
  const features = featuresOf(region, { ...settings, voxelArrayShift: 0 });
  const lowest = resegmentRange !== null && resegmentMode === 'absolute' ? resegmentRange[0] : features.minimum;
  const shifted = featuresOf({ ...region, values: region.values.map((value) => value - lowest) }, settings);
  const { entropy, uniformity } = shifted;
  return { ...features, kurtosis: features.kurtosis - 3, entropy, uniformity };
}

/** Voxels along i, j, k from the first to the last of a region. */
function extent({ indices }: RegionValues): Vec3 {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let n = 0; n < indices.length; n++) {
    const d = n % 3;
    low[d] = Math.min(low[d], indices[n]);
    high[d] = Math.max(high[d], indices[n]);
  }
  return [0, 1, 2].map((d) => Math.max(0, high[d] - low[d] + 1)) as unknown as Vec3;
}

/** The voxels whose values lie in the range: absolute, times the region's maximum, or in deviations from its mean. */
function resegmented(region: RegionValues, { resegmentRange, resegmentMode }: RadiomicsSettings): RegionValues {
  if (resegmentRange === null) return region;
  const { values, indices } = region;
  let bounds = resegmentRange;
  if (resegmentMode === 'relative') {
    let largest = -Infinity;
    for (const value of values) if (value > largest) largest = value;
    bounds = bounds.map((bound) => bound * largest);
  } else if (resegmentMode === 'sigma') {
    let sum = 0;
    for (const value of values) sum += value;
    const mean = sum / values.length;
    let squares = 0;
    for (const value of values) squares += (value - mean) ** 2;
    const deviation = Math.sqrt(squares / values.length);
    bounds = bounds.map((bound) => mean + bound * deviation);
  }
  const [least, most = Infinity] = bounds;
  const kept = Array.from(values.keys()).filter((n) => values[n] >= least && values[n] <= most);
  return {
    ...region,
    values: Float64Array.from(kept, (n) => values[n]),
    indices: Int32Array.from(kept.flatMap((n) => [indices[3 * n], indices[3 * n + 1], indices[3 * n + 2]])),
  };
}
