/** An interval that holds the true value with the confidence asked for. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** P(X ≤ k) of n trials that succeed with probability p, summed term by term from the likelier end. */
export function binomialTail(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  if (p <= 0) return 1;
  if (p >= 1) return 0;
  let logTerm = n * Math.log1p(-p);
  const logOdds = Math.log(p) - Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let x = 1; x <= k; x++) {
    logTerm += Math.log((n - x + 1) / x) + logOdds;
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}

/**
 * Exact (Clopper–Pearson) interval of a proportion: the probabilities for which k or more, and k or fewer, of n successes
 * are not rarer than half of what the confidence leaves (Biometrika 26, 1934). Throws RangeError unless 0 ≤ k ≤ n, n ≥ 1.
 */
export function proportionInterval(k: number, n: number, confidence = 0.95): Interval {
  if (!(Number.isInteger(k) && Number.isInteger(n) && n >= 1 && k >= 0 && k <= n))
    throw new RangeError(`${k} of ${n} is no proportion`);
  const half = (1 - confidence) / 2;
  return {
    low: k === 0 ? 0 : bisect((p) => 1 - binomialTail(k - 1, n, p) < half),
    high: k === n ? 1 : bisect((p) => binomialTail(k, n, p) > half),
  };
}

/** Where in [0, 1] a condition that holds from 0 on ceases to. */
function bisect(holds: (p: number) => boolean): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Exact McNemar test of paired yes/no results: two-sided probability, if both ways were as good, of a split of the
 * subjects on which they differ that is as uneven or more. 1 when they never differ.
 */
export function mcNemar(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  return Math.min(1, 2 * binomialTail(Math.min(onlyFirst, onlySecond), n, 0.5));
}
