import type { DescriptorMetric } from '../networks/face-recogniser.ts';

/** Descriptors one after the other in f64, and their lengths; nothing is converted in the inner loop. */
interface Packed {
  readonly count: number;
  readonly values: Float64Array;
  readonly lengths: Float64Array;
}

function pack(descriptors: readonly Float32Array[], size: number): Packed {
  const values = new Float64Array(descriptors.length * size);
  const lengths = new Float64Array(descriptors.length);
  for (const [n, descriptor] of descriptors.entries()) {
    if (descriptor.length !== size) throw new RangeError(`descriptors of ${size} and ${descriptor.length} numbers`);
    values.set(descriptor, n * size);
    lengths[n] = Math.hypot(...descriptor);
  }
  return { count: descriptors.length, values, lengths };
}

/**
 * Scores of every unknown against every known, one row for each unknown: minus the Euclidean distance, or the cosine
 * less 1. `perRow` gets each row once; the array is reused for the next, so that a gallery of any size fits. RangeError
 * for descriptors of different lengths.
 */
export function scoreDescriptors(
  unknown: readonly Float32Array[],
  known: readonly Float32Array[],
  metric: DescriptorMetric,
  perRow: (scores: Float64Array, row: number) => void,
): void {
  const size = unknown.at(0)?.length ?? 0;
  const a = pack(unknown, size);
  const b = pack(known, size);
  const scores = new Float64Array(b.count);
  for (let row = 0; row < a.count; row++) {
    if (metric === 'euclidean') squaredDistances(a.values, row * size, b, size, scores);
    else products(a.values, row * size, b, size, scores);
    for (let n = 0; n < b.count; n++)
      scores[n] = metric === 'euclidean' ? -Math.sqrt(scores[n]) : scores[n] / (a.lengths[row] * b.lengths[n]) - 1;
    perRow(scores, row);
  }
}

/** Four columns at a time: each number of the row is loaded once for them. */
function squaredDistances(
  a: Float64Array,
  at: number,
  { count, values: b }: Packed,
  size: number,
  out: Float64Array,
): void {
  let n = 0;
  for (; n + 4 <= count; n += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    const b0 = n * size;
    const b1 = b0 + size;
    const b2 = b1 + size;
    const b3 = b2 + size;
    for (let d = 0; d < size; d++) {
      const x = a[at + d];
      const d0 = x - b[b0 + d];
      const d1 = x - b[b1 + d];
      const d2 = x - b[b2 + d];
      const d3 = x - b[b3 + d];
      s0 += d0 * d0;
      s1 += d1 * d1;
      s2 += d2 * d2;
      s3 += d3 * d3;
    }
    out[n] = s0;
    out[n + 1] = s1;
    out[n + 2] = s2;
    out[n + 3] = s3;
  }
  for (; n < count; n++) {
    let sum = 0;
    for (let d = 0; d < size; d++) sum += (a[at + d] - b[n * size + d]) ** 2;
    out[n] = sum;
  }
}

function products(a: Float64Array, at: number, { count, values: b }: Packed, size: number, out: Float64Array): void {
  let n = 0;
  for (; n + 4 <= count; n += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    const b0 = n * size;
    const b1 = b0 + size;
    const b2 = b1 + size;
    const b3 = b2 + size;
    for (let d = 0; d < size; d++) {
      const x = a[at + d];
      s0 += x * b[b0 + d];
      s1 += x * b[b1 + d];
      s2 += x * b[b2 + d];
      s3 += x * b[b3 + d];
    }
    out[n] = s0;
    out[n + 1] = s1;
    out[n + 2] = s2;
    out[n + 3] = s3;
  }
  for (; n < count; n++) {
    let sum = 0;
    for (let d = 0; d < size; d++) sum += a[at + d] * b[n * size + d];
    out[n] = sum;
  }
}
