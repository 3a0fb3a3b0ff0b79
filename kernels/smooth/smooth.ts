import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Vec3 } from '@efface/volume';
import { gaussianPoles } from './gaussian-poles.ts';
import { smoothAxis } from './smooth-axis.ts';
import { smoothRecursiveLine } from './smooth-recursive-line.ts';
import { smoothRecursiveRow } from './smooth-recursive-row.ts';

/** The Gaussian is cut here; beyond it lies 0.3 % of its weight. */
const TRUNCATE_SIGMAS = 3;

/** What to smooth. */
export interface SmoothRequest {
  /** f32, i fastest. */
  readonly source: DeviceBuffer;
  readonly sizeIjk: Vec3;
  /** Standard deviation along i, j, k, voxels; 0 leaves an axis alone. */
  readonly sigmaVoxels: Vec3;
}

/** Weights of a Gaussian at 0, 1, … radius voxels, their two-sided sum 1. */
export function gaussianWeights(sigmaVoxels: number): Float32Array {
  const radius = Math.ceil(TRUNCATE_SIGMAS * sigmaVoxels);
  const weights = Float64Array.from({ length: radius + 1 }, (_, r) => Math.exp(-0.5 * (r / sigmaVoxels) ** 2));
  const sum = weights.reduce((total, weight, r) => total + (r === 0 ? weight : 2 * weight), 0);
  return Float32Array.from(weights, (weight) => weight / sum);
}

/**
 * Separable Gaussian, cut at 3σ, border voxels repeated outwards. Its cost grows with σ; it is the exact one, and the
 * cheaper one up to σ of about 4 voxels. The caller owns the result; the source stays.
 */
export function smoothGaussian(backend: Backend, { source, sizeIjk, sigmaVoxels }: SmoothRequest): DeviceBuffer {
  const sizeBytes = 4 * sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  let current = source;
  for (const axis of [0, 1, 2] as const) {
    const sigma = sigmaVoxels[axis];
    // An axis of one voxel has nothing to average with; the identity pass also gives a result that is not the source.
    if (axis < 2 && (sigma === 0 || sizeIjk[axis] === 1)) continue;
    const table = sigma === 0 ? Float32Array.of(1) : gaussianWeights(sigma);
    const weights = backend.createBuffer('smooth/weights', table.byteLength, table);
    const dst = backend.createBuffer('smooth', sizeBytes);
    backend.dispatch(smoothAxis, {
      params: { sizeIjk, axis, radius: table.length - 1 },
      buffers: { src: current, weights, dst },
    });
    backend.release(weights);
    if (current !== source) backend.release(current);
    current = dst;
  }
  return current;
}

/**
 * Separable Gaussian by recursion, border voxels repeated outwards: the same cost whatever σ. Weights are off by up to
 * 5e-4 of the largest one, and nothing is cut off. The caller owns the result; the source stays. Throws RangeError for a
 * σ above 0 and below 0.7 voxels.
 */
export function smoothGaussianRecursive(
  backend: Backend,
  { source, sizeIjk, sigmaVoxels }: SmoothRequest,
): DeviceBuffer {
  const axes = ([0, 1, 2] as const).filter((axis) => sigmaVoxels[axis] !== 0 && sizeIjk[axis] > 1);
  if (axes.length === 0) return smoothGaussian(backend, { source, sizeIjk, sigmaVoxels: [0, 0, 0] });
  let current = source;
  for (const axis of axes) {
    const dst = backend.createBuffer('smooth-recursive', 4 * sizeIjk[0] * sizeIjk[1] * sizeIjk[2]);
    const poles = gaussianPoles(sigmaVoxels[axis]);
    const buffers = { src: current, dst };
    if (axis === 0) backend.dispatch(smoothRecursiveRow, { params: { sizeIjk, ...poles }, buffers });
    else backend.dispatch(smoothRecursiveLine, { params: { sizeIjk, axis, ...poles }, buffers });
    if (current !== source) backend.release(current);
    current = dst;
  }
  return current;
}
