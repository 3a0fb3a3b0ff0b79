import { CompensatedSum } from './compensated-sum.ts';

/**
 * First-order features of one structure. Definitions are those of PyRadiomics 3 (`radiomics/firstorder.py`, docs
 * "Radiomic Features / First Order Features"); the IBSI section is given where the reference manual (arXiv:1612.07003,
 * chapter 3.3 "Intensity-based statistical features" and 3.4 "Intensity histogram features") has the same quantity.
 * N values x, moments of the population (division by N), everything in f64.
 */
export interface FirstOrderFeatures {
  /** Σ (x + voxelArrayShift)². IBSI 3.3.17 (without the shift). */
  readonly energy: number;
  /** energy · voxel volume (mm³). */
  readonly totalEnergy: number;
  /** −Σ p log₂(p + 2⁻⁵²) over the bins, bits. IBSI 3.4.18. */
  readonly entropy: number;
  /** IBSI 3.3.6. */
  readonly minimum: number;
  /** 10th percentile. IBSI 3.3.7; percentiles are linear between order statistics at rank (N − 1)·q. */
  readonly percentile10: number;
  /** IBSI 3.3.8. */
  readonly percentile90: number;
  /** IBSI 3.3.9. */
  readonly maximum: number;
  /** IBSI 3.3.1. */
  readonly mean: number;
  /** IBSI 3.3.5. */
  readonly median: number;
  /** 75th minus 25th percentile. IBSI 3.3.10. */
  readonly interquartileRange: number;
  /** maximum − minimum. IBSI 3.3.11. */
  readonly range: number;
  /** Σ |x − mean| / N. IBSI 3.3.12. */
  readonly meanAbsoluteDeviation: number;
  /** The same over P10 ≤ x ≤ P90, about the mean of those; NaN for two different values: none is there. IBSI 3.3.13. */
  readonly robustMeanAbsoluteDeviation: number;
  /** √(energy / N): the shift counts here too. IBSI 3.3.18 (without the shift). */
  readonly rootMeanSquared: number;
  /** √variance. */
  readonly standardDeviation: number;
  /** μ₃ / μ₂^1.5; 0 for a flat structure. IBSI 3.3.3. */
  readonly skewness: number;
  /** μ₄ / μ₂², 3 for a normal distribution; 0 for a flat structure. IBSI 3.3.4 is this minus 3. */
  readonly kurtosis: number;
  /** μ₂. IBSI 3.3.2. */
  readonly variance: number;
  /** Σ p² over the bins. IBSI 3.4.19. */
  readonly uniformity: number;
}

/** Name of each feature in tables of PyRadiomics, after `original_firstorder_`. */
export const PYRADIOMICS_FIRST_ORDER_NAMES: Readonly<Record<keyof FirstOrderFeatures, string>> = {
  energy: 'Energy',
  totalEnergy: 'TotalEnergy',
  entropy: 'Entropy',
  minimum: 'Minimum',
  percentile10: '10Percentile',
  percentile90: '90Percentile',
  maximum: 'Maximum',
  mean: 'Mean',
  median: 'Median',
  interquartileRange: 'InterquartileRange',
  range: 'Range',
  meanAbsoluteDeviation: 'MeanAbsoluteDeviation',
  robustMeanAbsoluteDeviation: 'RobustMeanAbsoluteDeviation',
  rootMeanSquared: 'RootMeanSquared',
  standardDeviation: 'StandardDeviation',
  skewness: 'Skewness',
  kurtosis: 'Kurtosis',
  variance: 'Variance',
  uniformity: 'Uniformity',
};

/** What the features need besides the values. */
export interface FirstOrderSettings {
  /** Volume of one voxel, mm³. */
  readonly voxelVolumeMm3: number;
  /** Width of a bin of the histogram behind entropy and uniformity, in units of the values. Default 25. */
  readonly binWidth?: number;
  /** So many equal bins from the smallest value to the largest instead. */
  readonly binCount?: number;
  /** Added to each value for energy, total energy and root mean square. Default 0. */
  readonly voxelArrayShift?: number;
}

/** Values in ascending order, each as often as it occurs. */
export interface CountedValues {
  /** Ascending; equal neighbours are allowed. */
  readonly values: ArrayLike<number>;
  /** How often each value occurs; once when absent. Whole numbers whose sum is below 2⁵³. */
  readonly counts?: ArrayLike<number>;
}

/** Features of a plain list of values in any order, which is left as it is. Undefined for an empty list. */
export function firstOrderFromValues(
  values: ArrayLike<number>,
  settings: FirstOrderSettings,
): FirstOrderFeatures | undefined {
  return firstOrderFromCounts({ values: Float64Array.from(values).sort() }, settings);
}

/**
 * Features of counted values; undefined when there are none. Throws RangeError when a value is not finite or the bin
 * width not positive.
 */
export function firstOrderFromCounts(
  counted: CountedValues,
  settings: FirstOrderSettings,
): FirstOrderFeatures | undefined {
  const { voxelVolumeMm3, binWidth = 25, binCount, voxelArrayShift = 0 } = settings;
  if (!(binWidth > 0 && Number.isFinite(binWidth))) throw new RangeError(`a bin cannot be ${binWidth} wide`);
  if (binCount !== undefined && !(Number.isInteger(binCount) && binCount > 0))
    throw new RangeError(`there cannot be ${binCount} bins`);
  const cumulative = cumulativeCounts(counted);
  const entries = cumulative.length;
  if (entries === 0 || cumulative[entries - 1] === 0) return undefined;
  const { values } = counted;
  const n = cumulative[entries - 1];
  const minimum = orderStatistic(values, cumulative, 0);
  const maximum = orderStatistic(values, cumulative, n - 1);
  // NaN sorts to the end, infinities to the ends.
  if (!Number.isFinite(minimum) || !Number.isFinite(maximum))
    throw new RangeError('first-order features need finite values');
  const percentile10 = percentile(values, cumulative, 0.1);
  const percentile90 = percentile(values, cumulative, 0.9);
  const mean = meanBetween(counted, minimum, maximum);
  const { meanAbsoluteDeviation, moment2, moment3, moment4 } = centralMoments(counted, n, mean);
  const energy = shiftedEnergy(counted, voxelArrayShift);
  const isFlat = moment2 === 0;
  return {
    energy,
    totalEnergy: energy * voxelVolumeMm3,
    ...binned(
      counted,
      n,
      binCount === undefined ? widthBins(minimum, binWidth) : countBins(minimum, maximum, binCount),
    ),
    minimum,
    percentile10,
    percentile90,
    maximum,
    mean,
    median: medianOf(values, cumulative),
    interquartileRange: percentile(values, cumulative, 0.75) - percentile(values, cumulative, 0.25),
    range: maximum - minimum,
    meanAbsoluteDeviation,
    robustMeanAbsoluteDeviation: absoluteDeviationBetween(counted, percentile10, percentile90),
    rootMeanSquared: Math.sqrt(energy / n),
    standardDeviation: Math.sqrt(moment2),
    skewness: isFlat ? 0 : moment3 / moment2 ** 1.5,
    kurtosis: isFlat ? 0 : moment4 / moment2 ** 2,
    variance: moment2,
  };
}

/** Number of values up to and including each entry. */
function cumulativeCounts({ values, counts }: CountedValues): Float64Array {
  const cumulative = new Float64Array(values.length);
  let total = 0;
  for (let e = 0; e < cumulative.length; e++) {
    total += counts === undefined ? 1 : counts[e];
    cumulative[e] = total;
  }
  return cumulative;
}

/** The value with `rank` values before it in ascending order. */
function orderStatistic(values: ArrayLike<number>, cumulative: Float64Array, rank: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulative[middle] > rank) high = middle;
    else low = middle + 1;
  }
  return values[low];
}

/** numpy.percentile's `linear`, with its interpolation from the nearer end. */
function percentile(values: ArrayLike<number>, cumulative: Float64Array, q: number): number {
  const last = cumulative[cumulative.length - 1] - 1;
  const rank = last * q;
  const below = Math.floor(rank);
  const a = orderStatistic(values, cumulative, below);
  const b = orderStatistic(values, cumulative, Math.min(below + 1, last));
  const t = rank - below;
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

/** Middle value, or the mean of the middle two. */
function medianOf(values: ArrayLike<number>, cumulative: Float64Array): number {
  const n = cumulative[cumulative.length - 1];
  const upper = orderStatistic(values, cumulative, Math.floor(n / 2));
  return n % 2 === 1 ? upper : (orderStatistic(values, cumulative, n / 2 - 1) + upper) / 2;
}

/**
 * Mean of the values in [low, high]. Summed from the first of them: the mean of equal values is that value exactly, so
 * a flat structure has variance 0.
 */
function meanBetween({ values, counts }: CountedValues, low: number, high: number): number {
  const sum = new CompensatedSum();
  let n = 0;
  let first = 0;
  for (let e = 0; e < values.length; e++) {
    const v = values[e];
    const count = counts === undefined ? 1 : counts[e];
    if (count === 0 || !(v >= low && v <= high)) continue;
    if (n === 0) first = v;
    n += count;
    sum.add(count * (v - first));
  }
  return first + sum.total / n;
}

/** Σ |x − mean| / n about the mean of the values in [low, high]. */
function absoluteDeviationBetween(counted: CountedValues, low: number, high: number): number {
  const { values, counts } = counted;
  const mean = meanBetween(counted, low, high);
  const sum = new CompensatedSum();
  let n = 0;
  for (let e = 0; e < values.length; e++) {
    const v = values[e];
    if (!(v >= low && v <= high)) continue;
    const count = counts === undefined ? 1 : counts[e];
    n += count;
    sum.add(count * Math.abs(v - mean));
  }
  return sum.total / n;
}

function centralMoments({ values, counts }: CountedValues, n: number, mean: number) {
  const absolute = new CompensatedSum();
  const second = new CompensatedSum();
  const third = new CompensatedSum();
  const fourth = new CompensatedSum();
  for (let e = 0; e < values.length; e++) {
    const count = counts === undefined ? 1 : counts[e];
    if (count === 0) continue;
    const d = values[e] - mean;
    const square = d * d;
    absolute.add(count * Math.abs(d));
    second.add(count * square);
    third.add(count * square * d);
    fourth.add(count * square * square);
  }
  return {
    meanAbsoluteDeviation: absolute.total / n,
    moment2: second.total / n,
    moment3: third.total / n,
    moment4: fourth.total / n,
  };
}

function shiftedEnergy({ values, counts }: CountedValues, shift: number): number {
  const sum = new CompensatedSum();
  for (let e = 0; e < values.length; e++) {
    const v = values[e] + shift;
    sum.add((counts === undefined ? 1 : counts[e]) * v * v);
  }
  return sum.total;
}

/** Number of the bin that a value is in; it grows with the value. */
type BinOf = (value: number) => number;

/**
 * Bins whose edges are multiples of the width: PyRadiomics `imageoperations.getBinEdges`, numpy.arange from
 * min − (min mod width), then numpy.digitize. Edges are computed as arange does, so that a value on an edge falls where it
 * falls there.
 */
function widthBins(minimum: number, width: number): BinOf {
  const remainder = minimum % width;
  const low = minimum - (remainder < 0 ? remainder + width : remainder);
  const step = low + width - low;
  if (!(step > 0)) throw new RangeError(`bins ${width} wide cannot be told apart at ${minimum}`);
  return (value) => binOf(value, low, step);
}

/** Equal bins from minimum to maximum, which is in the last one: numpy.histogram's edges, the last moved up. */
function countBins(minimum: number, maximum: number, count: number): BinOf {
  const [low, high] = minimum === maximum ? [minimum - 0.5, maximum + 0.5] : [minimum, maximum];
  const step = (high - low) / count;
  return (value) => Math.min(count - 1, binOf(value, low, step));
}

/** Entropy and uniformity over bins. */
function binned({ values, counts }: CountedValues, n: number, binNumber: BinOf) {
  const entropy = new CompensatedSum();
  const uniformity = new CompensatedSum();
  const close = (inBin: number): void => {
    if (inBin === 0) return;
    const p = inBin / n;
    entropy.add(-p * Math.log2(p + Number.EPSILON));
    uniformity.add(p * p);
  };
  let bin = -1;
  let inBin = 0;
  for (let e = 0; e < values.length; e++) {
    const count = counts === undefined ? 1 : counts[e];
    if (count === 0) continue;
    const own = binNumber(values[e]);
    if (own !== bin) {
      close(inBin);
      bin = own;
      inBin = 0;
    }
    inBin += count;
  }
  close(inBin);
  return { entropy: entropy.total, uniformity: uniformity.total };
}

/** The b with low + b·step ≤ x < low + (b + 1)·step as f64 computes these edges. */
function binOf(x: number, low: number, step: number): number {
  let b = Math.floor((x - low) / step);
  if (low + b * step > x) b--;
  else if (low + (b + 1) * step <= x) b++;
  return b;
}
