/**
 * Scores of pairs: the larger, the more alike; −Infinity where no face could be compared, which is a failure to acquire:
 * such a pair is never accepted, and counts.
 */
export interface PairScores {
  /** Pairs of the same person. */
  readonly genuine: ArrayLike<number>;
  /** Pairs of different people. */
  readonly impostor: ArrayLike<number>;
}

/** Accepting pairs whose score is the threshold or more. */
export interface OperatingPoint {
  readonly threshold: number;
  /** Share of impostor pairs accepted. */
  readonly falseMatchRate: number;
  /** Share of genuine pairs accepted. */
  readonly trueAcceptRate: number;
}

function ascending(scores: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(scores).sort();
  if (sorted.length === 0) throw new RangeError('rates need genuine and impostor pairs; there are none of one kind');
  if (Number.isNaN(sorted[sorted.length - 1])) throw new RangeError('a score is no number; failures are −Infinity');
  return sorted;
}

/** How many of the ascending scores are below a threshold. */
function countBelow(sorted: Float64Array, threshold: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Share of scores that are the threshold or more. */
function acceptedShare(sorted: Float64Array, threshold: number): number {
  return (sorted.length - countBelow(sorted, threshold)) / sorted.length;
}

/**
 * Operating points at every score that occurs, from accepting nobody to accepting all that could be compared; failures to
 * acquire are accepted by none. Throws RangeError without pairs of either kind.
 */
export function rocCurve({ genuine, impostor }: PairScores): OperatingPoint[] {
  const mated = ascending(genuine);
  const nonMated = ascending(impostor);
  const scores = [...new Set([...mated, ...nonMated])].filter((score) => score > -Infinity).sort((a, b) => b - a);
  return [Infinity, ...scores].map((threshold) => ({
    threshold,
    falseMatchRate: acceptedShare(nonMated, threshold),
    trueAcceptRate: acceptedShare(mated, threshold),
  }));
}

/** P(genuine > impostor) + ½ P(equal): the area under the ROC curve (Mann and Whitney). Two failures are equal. */
export function areaUnderCurve({ genuine, impostor }: PairScores): number {
  const mated = ascending(genuine);
  const nonMated = ascending(impostor);
  let sum = 0;
  for (const score of mated) {
    const below = countBelow(nonMated, score);
    let upTo = below;
    while (upTo < nonMated.length && nonMated[upTo] === score) upTo++;
    sum += below + (upTo - below) / 2;
  }
  return sum / (mated.length * nonMated.length);
}

/** Where as many genuine pairs are rejected as impostors accepted: the mean of the two at the point where they cross. */
export function equalErrorRate(scores: PairScores): number {
  let best = Infinity;
  let rate = 1;
  for (const { falseMatchRate, trueAcceptRate } of rocCurve(scores)) {
    const falseNonMatchRate = 1 - trueAcceptRate;
    const gap = Math.abs(falseMatchRate - falseNonMatchRate);
    if (gap >= best) continue;
    best = gap;
    rate = (falseMatchRate + falseNonMatchRate) / 2;
  }
  return rate;
}

/** |μ₁ − μ₂| / √((σ₁² + σ₂²)/2) of the pairs that could be compared; undefined with fewer than two of either kind. */
export function dPrime({ genuine, impostor }: PairScores): number | undefined {
  const [a, b] = [genuine, impostor].map((scores) => moments(Array.from(scores).filter((score) => score > -Infinity)));
  if (a === undefined || b === undefined) return undefined;
  return Math.abs(a.mean - b.mean) / Math.sqrt((a.variance + b.variance) / 2);
}

function moments(values: readonly number[]): { readonly mean: number; readonly variance: number } | undefined {
  if (values.length < 2) return undefined;
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return { mean, variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1) };
}

/**
 * The lowest threshold among the impostors' scores, or just above the highest, at which no more than a share of them is
 * accepted. With fewer than 1/rate impostors that is none at all.
 */
export function thresholdAtFalseMatchRate(impostor: ArrayLike<number>, falseMatchRate: number): number {
  const sorted = ascending(impostor);
  const allowed = Math.floor(falseMatchRate * sorted.length);
  // One more is the first that may not be accepted.
  const first = sorted[sorted.length - 1 - allowed];
  return allowed >= sorted.length ? sorted[0] : nextAbove(first);
}

/** The next f64 above a finite number. */
function nextAbove(x: number): number {
  if (x === -Infinity) return -Number.MAX_VALUE;
  const words = new BigInt64Array(1);
  const floats = new Float64Array(words.buffer);
  floats[0] = x === 0 ? 0 : x;
  words[0] += x < 0 ? -1n : 1n;
  return floats[0];
}

/** Share of genuine pairs accepted where at most `falseMatchRate` of the impostors are. */
export function trueAcceptRateAt({ genuine, impostor }: PairScores, falseMatchRate: number): number {
  return acceptedShare(ascending(genuine), thresholdAtFalseMatchRate(impostor, falseMatchRate));
}
