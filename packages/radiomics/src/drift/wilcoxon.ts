/** Up to so many differences the distribution is counted out; beyond, a normal one is close. */
const MOST_EXACT = 50;

/**
 * Two-sided probability of Wilcoxon's signed-rank test (1945) that differences are spread evenly about 0. Zeros are dropped,
 * equal sizes share their mean rank. Exact for up to 50 differences, given their ties; else normal with the variance corrected
 * for ties and no correction for continuity. Undefined when all differences are 0. Throws RangeError for what is no number.
 */
export function wilcoxonSignedRank(differences: readonly number[]): number | undefined {
  if (differences.some(Number.isNaN)) throw new RangeError('a difference is no number');
  const sorted = differences.filter((d) => d !== 0).sort((a, b) => Math.abs(a) - Math.abs(b));
  const n = sorted.length;
  if (n === 0) return undefined;
  // Mean ranks of ties are halves: twice the ranks are whole numbers.
  const doubled = new Int32Array(n);
  let tieTerm = 0;
  for (let start = 0, end = 0; start < n; start = end) {
    while (end < n && Math.abs(sorted[end]) === Math.abs(sorted[start])) end++;
    doubled.fill(start + 1 + end, start, end);
    tieTerm += (end - start) ** 3 - (end - start);
  }
  const total = n * (n + 1);
  const positive = sorted.reduce((sum, d, i) => sum + (d > 0 ? doubled[i] : 0), 0);
  const smaller = Math.min(positive, total - positive);
  if (n <= MOST_EXACT) return Math.min(1, 2 * shareUpTo(smaller, doubled));
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - tieTerm / 48;
  return Math.min(1, 2 * normalBelow((smaller - total / 2) / 2 / Math.sqrt(variance)));
}

/** Share of the 2ⁿ sign patterns whose positive ranks sum to `limit` at most. */
function shareUpTo(limit: number, ranks: Int32Array): number {
  const counts = new Float64Array(limit + 1);
  counts[0] = 1;
  for (const rank of ranks) for (let sum = limit; sum >= rank; sum--) counts[sum] += counts[sum - rank];
  return counts.reduce((below, count) => below + count, 0) / 2 ** ranks.length;
}

/** Standard normal distribution below z ≤ 0, by the continued fraction or the series of the error function. */
function normalBelow(z: number): number {
  const x = -z / Math.SQRT2;
  if (x < 2) {
    // erf by its Taylor series, which has no cancellation worth mentioning below 2.
    let term = x;
    let sum = x;
    for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
      term *= -(x * x) / k;
      sum += term / (2 * k + 1);
    }
    return 0.5 - sum / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / (2 * Math.sqrt(Math.PI) * (x + fraction));
}

/**
 * Probabilities of several tests, adjusted by Holm (1979) so that the chance of one false alarm among all of them is kept;
 * in the order given.
 */
export function holm(probabilities: readonly number[]): number[] {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[a] - probabilities[b]);
  const adjusted = new Array<number>(probabilities.length);
  let largest = 0;
  order.forEach((index, place) => {
    largest = Math.max(largest, Math.min(1, (probabilities.length - place) * probabilities[index]));
    adjusted[index] = largest;
  });
  return adjusted;
}
