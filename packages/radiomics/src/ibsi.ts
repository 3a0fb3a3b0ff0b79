import type { FirstOrderFeatures } from '@efface/kernels';

/**
 * Names of the Image Biomarker Standardisation Initiative (reference manual, sections 3.3 and 3.4) for the first-order
 * features that it defines; `ih` are those of the intensity histogram.
 */
export const IBSI_FIRST_ORDER_NAMES: Readonly<Partial<Record<keyof FirstOrderFeatures, string>>> = {
  mean: 'stat_mean',
  variance: 'stat_var',
  skewness: 'stat_skew',
  kurtosis: 'stat_kurt',
  median: 'stat_median',
  minimum: 'stat_min',
  percentile10: 'stat_p10',
  percentile90: 'stat_p90',
  maximum: 'stat_max',
  interquartileRange: 'stat_iqr',
  range: 'stat_range',
  meanAbsoluteDeviation: 'stat_mad',
  robustMeanAbsoluteDeviation: 'stat_rmad',
  energy: 'stat_energy',
  rootMeanSquared: 'stat_rms',
  entropy: 'ih_entropy',
  uniformity: 'ih_uniformity',
};
