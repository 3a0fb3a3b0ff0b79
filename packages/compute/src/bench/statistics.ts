/** Value at a fraction of the sorted samples, between neighbours by their distance. */
export function quantile(sorted: ArrayLike<number>, fraction: number): number {
  const position = fraction * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

/** Samples in ascending order. */
export function ascending(samples: readonly number[]): Float64Array {
  return Float64Array.from(samples).sort();
}

/** Middle of the samples. */
export function median(samples: readonly number[]): number {
  return quantile(ascending(samples), 0.5);
}

/** Spread of the samples: interquartile range over median. */
export function noiseOf(samples: readonly number[]): number {
  const sorted = ascending(samples);
  return (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / quantile(sorted, 0.5);
}

/**
 * Interval that holds the true median with 95 % confidence, from order statistics (binomial with p = ½, normal
 * approximation); below 6 samples no such interval exists and the whole range is given. Assumes nothing about the
 * distribution: timings have a long upper tail.
 */
export function medianInterval(samples: readonly number[]): readonly [number, number] {
  const sorted = ascending(samples);
  const n = sorted.length;
  if (n < 6) return [sorted[0], sorted[n - 1]];
  const half = (1.96 * Math.sqrt(n)) / 2;
  const low = Math.max(0, Math.floor(n / 2 - half));
  const high = Math.min(n - 1, Math.ceil(n / 2 + half) - 1);
  return [sorted[low], sorted[high]];
}
