import { type BrainMesh, smoothOnSphere } from './brain-mesh.ts';
import { AT_AVERAGE, type Rays, SAMPLES_PER_RAY } from './rays.ts';

/** How far from the surface, mm, samples count as certainly inside; and the band that counts as outside. */
const INSIDE_MM = { from: 30, to: 3 };
const OUTSIDE_MM = { from: 1.5, to: 9 };
/** The brain's own level is taken this deep under its surface, mm. */
const REFERENCE_MM = { from: 28, to: 4 };
/** Share of the samples of a ray below its reference: above the median, so that dark CSF weighs less than tissue. */
const REFERENCE_QUANTILE = 0.6;
/** Rounds of smoothing of the reference on the finest mesh: receive fields vary over centimetres. */
const REFERENCE_ROUNDS = 40;

const BINS = 64;
/** Values are binned from −0.25 to 2.5 times the brain's level. */
const LOWEST = -0.25;
const HIGHEST = 2.5;
/** Added to each bin's share: a value that is rare everywhere tells nothing. */
const PRIOR_SHARE = 2e-3;

/** How the image's values are scaled. */
export interface ValueScale {
  /** Real value of air (MR, PET) or the low end of the window (CT). */
  readonly zero: number;
  /** Does the brain's level vary over the head (MR receive field)? */
  readonly isUneven: boolean;
}

/** What the rays say about tissue. */
export interface TissueEvidence {
  /** Per sample: +1 brain, −1 not; 0 outside the image. */
  readonly evidence: Float32Array;
  /** The brain's level near its surface along each ray, above zero. */
  readonly level: Float32Array;
}

/**
 * For each sample of the rays how much it looks like brain (+1) or like what lies around it (−1): the logarithm of the
 * ratio of two histograms, clipped; 0 outside the image. Both histograms are learnt from this image, on either side of
 * the current surface (`offsets`, mm from the average along each ray), so nothing is assumed about the contrast: on
 * T1 dark bone and CSF speak against brain, on CT bright bone does, on FDG PET everything dim.
 */
export function tissueEvidence(mesh: BrainMesh, rays: Rays, offsets: Float32Array, scale: ValueScale): TissueEvidence {
  const { vertexCount } = mesh.sphere;
  const level = referenceLevels(mesh, rays, offsets, scale);
  const bins = new Int8Array(vertexCount * SAMPLES_PER_RAY).fill(-1);
  const inside = new Float64Array(BINS);
  const outside = new Float64Array(BINS);
  for (let v = 0; v < vertexCount; v++) {
    const surface = AT_AVERAGE + offsets[v];
    for (let s = 0; s < SAMPLES_PER_RAY; s++) {
      const n = v * SAMPLES_PER_RAY + s;
      const value = rays.values[n];
      if (Number.isNaN(value)) continue;
      const q = ((value - scale.zero) / level[v] - LOWEST) / (HIGHEST - LOWEST);
      const bin = Math.max(0, Math.min(BINS - 1, Math.floor(q * BINS)));
      bins[n] = bin;
      const depth = surface - s;
      if (depth > INSIDE_MM.to && depth < INSIDE_MM.from) inside[bin]++;
      else if (-depth > OUTSIDE_MM.from && -depth < OUTSIDE_MM.to) outside[bin]++;
    }
  }
  const [p, q] = [shares(inside), shares(outside)];
  const ratio = Float32Array.from(p, (share, bin) => Math.max(-1, Math.min(1, Math.log(share / q[bin]))));
  const evidence = new Float32Array(bins.length);
  for (let n = 0; n < bins.length; n++) if (bins[n] >= 0) evidence[n] = ratio[bins[n]];
  return { evidence, level };
}

/** The brain's level along each ray, above zero. */
function referenceLevels(mesh: BrainMesh, rays: Rays, offsets: Float32Array, scale: ValueScale): Float32Array {
  const { vertexCount } = mesh.sphere;
  const level = new Float32Array(vertexCount);
  const weight = new Float32Array(vertexCount);
  const sample = new Float32Array(SAMPLES_PER_RAY);
  for (let v = 0; v < vertexCount; v++) {
    const surface = Math.round(AT_AVERAGE + offsets[v]);
    let n = 0;
    for (let s = Math.max(0, surface - REFERENCE_MM.from); s < surface - REFERENCE_MM.to; s++) {
      const value = rays.values[v * SAMPLES_PER_RAY + s];
      if (!Number.isNaN(value)) sample[n++] = value;
    }
    if (n < 6) continue;
    sortFew(sample, n);
    level[v] = sample[Math.floor(n * REFERENCE_QUANTILE)] - scale.zero;
    weight[v] = 1;
  }
  const known = level.filter((_, v) => weight[v] > 0).sort();
  const median = known.length > 0 ? known[known.length >> 1] : 1;
  // No brain at all: any positive level keeps the arithmetic finite, and the evidence then says so.
  if (!(median > 0)) return level.fill(1);
  if (!scale.isUneven) return level.fill(median);
  for (let v = 0; v < vertexCount; v++) {
    if (level[v] < 0.4 * median || level[v] > 2.5 * median) weight[v] *= 0.05;
  }
  const rounds = Math.round(REFERENCE_ROUNDS / mesh.relativeEdge ** 2);
  const smooth = smoothOnSphere(mesh.sphere, level, weight, rounds);
  return smooth.map((value) => Math.max(value, 0.1 * median));
}

/** Sorts the first `count` values, none of them NaN. */
function sortFew(values: Float32Array, count: number): void {
  for (let n = 1; n < count; n++) {
    const value = values[n];
    let at = n;
    for (; at > 0 && values[at - 1] > value; at--) values[at] = values[at - 1];
    values[at] = value;
  }
}

/** Histogram smoothed over neighbouring bins, as shares, none of them zero. */
function shares(counts: Float64Array): Float64Array {
  let current = counts;
  for (let round = 0; round < 3; round++) {
    const before = current;
    current = before.map(
      (count, b) => (before[Math.max(0, b - 1)] + 2 * count + before[Math.min(BINS - 1, b + 1)]) / 4,
    );
  }
  const total = Math.max(1, current.reduce((sum, count) => sum + count, 0)); // prettier-ignore
  return current.map((count) => count / total + PRIOR_SHARE);
}
