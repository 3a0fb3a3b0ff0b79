/** Quantile by sorting a copy; the lower of two neighbours, NaN values last. NaN for nothing. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? NaN : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/**
 * Mode of a continuous sample: the half-sample mode (Bickel & Frühwirth, Computational Statistics & Data Analysis
 * 50(12), 2006): the densest half is kept until one value is left. Robust against up to half of outliers.
 */
export function halfSampleMode(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  let begin = 0;
  let count = sorted.length;
  if (count === 0) return NaN;
  while (count > 2) {
    const half = Math.ceil(count / 2);
    let best = begin;
    for (let start = begin; start + half <= begin + count; start++) {
      if (sorted[start + half - 1] - sorted[start] < sorted[best + half - 1] - sorted[best]) best = start;
    }
    begin = best;
    count = half;
  }
  return count === 1 ? sorted[begin] : (sorted[begin] + sorted[begin + 1]) / 2;
}
