import { type FirstOrderFeatures, type FirstOrderSettings } from './first-order.ts';

/** The ratio to about 2⁻⁶⁰, rounded once more; NaN for 0 / 0. */
function quotient(numerator: bigint, denominator: bigint): number {
  if (denominator === 0n) return Number.NaN;
  const magnitude = numerator < 0n ? -numerator : numerator;
  const shift = Math.max(0, 64 + 4 * (denominator.toString(16).length - magnitude.toString(16).length));
  const scaled = Number((magnitude << BigInt(shift)) / denominator) / 2 ** shift;
  return numerator < 0n ? -scaled : scaled;
}

function linearPercentile(sorted: readonly number[], q: number): number {
  const rank = (sorted.length - 1) * q;
  const below = Math.floor(rank);
  const above = sorted[Math.min(below + 1, sorted.length - 1)];
  return sorted[below] + (above - sorted[below]) * (rank - below);
}

/**
 * The features of whole numbers, value by value from their definitions: sums, moments and energies as exact rational
 * numbers, rounded once.
 */
export function exactFirstOrder(
  integers: readonly number[],
  { voxelVolumeMm3, binWidth = 25, voxelArrayShift = 0 }: FirstOrderSettings,
): FirstOrderFeatures {
  const sorted = [...integers].sort((a, b) => a - b);
  const x = integers.map(BigInt);
  const n = BigInt(x.length);
  const total = (terms: readonly bigint[]): bigint => terms.reduce((sum, term) => sum + term, 0n);
  const sum = total(x);
  // Deviations from the mean times n.
  const deviations = x.map((v) => v * n - sum);
  const moment = (power: bigint): bigint => total(deviations.map((d) => d ** power));
  const absolute = (of: readonly bigint[]): number => {
    const count = BigInt(of.length);
    const all = total(of);
    return quotient(total(of.map((v) => (v * count > all ? v * count - all : all - v * count))), count * count);
  };
  const energy = Number(total(x.map((v) => (v + BigInt(voxelArrayShift)) ** 2n)));
  const m2 = quotient(moment(2n), n ** 3n);
  const percentile10 = linearPercentile(sorted, 0.1);
  const percentile90 = linearPercentile(sorted, 0.9);
  const low = Math.floor(sorted[0] / binWidth) * binWidth;
  const bins = new Map<number, number>();
  for (const v of integers) {
    const bin = Math.floor((v - low) / binWidth);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  const shares = [...bins.values()].map((count) => count / integers.length);
  const middle = sorted.length >> 1;
  return {
    energy,
    totalEnergy: energy * voxelVolumeMm3,
    entropy: -shares.reduce((e, p) => e + p * Math.log2(p + 2 ** -52), 0),
    minimum: sorted[0],
    percentile10,
    percentile90,
    maximum: sorted[sorted.length - 1],
    mean: quotient(sum, n),
    median: sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2,
    interquartileRange: linearPercentile(sorted, 0.75) - linearPercentile(sorted, 0.25),
    range: sorted[sorted.length - 1] - sorted[0],
    meanAbsoluteDeviation: absolute(x),
    robustMeanAbsoluteDeviation: absolute(integers.filter((v) => v >= percentile10 && v <= percentile90).map(BigInt)),
    rootMeanSquared: Math.sqrt(energy / integers.length),
    standardDeviation: Math.sqrt(m2),
    skewness: m2 === 0 ? 0 : quotient(moment(3n), n ** 4n) / m2 ** 1.5,
    kurtosis: m2 === 0 ? 0 : quotient(moment(4n), n ** 5n) / m2 ** 2,
    variance: m2,
    uniformity: shares.reduce((u, p) => u + p * p, 0),
  };
}
