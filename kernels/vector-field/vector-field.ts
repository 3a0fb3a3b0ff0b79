import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Affine, type Grid, spacingMm, type Vec3, type VoxelBox } from '@efface/volume';
import { mapParams, perMm } from '../resample/index-map.ts';
import { gaussianWeights } from '../smooth/smooth.ts';
import { smoothAxis } from '../smooth/smooth-axis.ts';
import { fieldPeak } from './field-peak.ts';
import { fieldSample } from './field-sample.ts';

/** What to sample and where. */
export interface SampleFieldRequest {
  /** Three f32 for each voxel of `sourceGrid`, i fastest. */
  readonly source: DeviceBuffer;
  readonly sourceGrid: Grid;
  readonly targetGrid: Grid;
  /** Patient coordinates of the target to those of the source, LPS mm. Default: the same. */
  readonly affineTargetLpsToSourceLps?: Affine;
  /** Only these voxels of the target, as they are in the whole; other fields have the size of the box. Default all. */
  readonly targetBox?: VoxelBox;
  /** Added to the position of each target voxel in the source: three f32, mm, for each target voxel. Default none. */
  readonly displacementMm?: DeviceBuffer;
  /** What the vectors are multiplied with. Default 1. */
  readonly scale?: number;
  /** A field of the target grid that is added. Default none. */
  readonly added?: DeviceBuffer;
}

/**
 * Vectors of a field at the voxels of a grid, trilinear, at the border what is there beyond it. The vectors themselves
 * are not turned. The caller owns the buffer.
 */
export function sampleField(backend: Backend, request: SampleFieldRequest): DeviceBuffer {
  const { source, sourceGrid, displacementMm, scale = 1, added } = request;
  const { params, fractionBits } = mapParams(request);
  const [ni, nj, nk] = params.targetSizeIjk;
  const dst = backend.createBuffer('vector-field', 12 * ni * nj * nk);
  backend.dispatch(fieldSample, {
    params: { ...params, ...perMm(sourceGrid, fractionBits), sourceSizeIjk: sourceGrid.sizeIjk, scale },
    constants: {
      FRACTION_BITS: fractionBits,
      HAS_DISPLACEMENT: displacementMm === undefined ? 0 : 1,
      HAS_ADDED: added === undefined ? 0 : 1,
    },
    buffers: { src: source, displacement: displacementMm ?? source, added: added ?? source, dst },
  });
  return dst;
}

/** Gaussian of every component of a field, σ in voxels along each axis, cut at 3σ. The caller owns the result; the source stays. */
export function smoothField(backend: Backend, source: DeviceBuffer, grid: Grid, sigmaVoxels: Vec3): DeviceBuffer {
  const [ni, nj, nk] = grid.sizeIjk;
  // The components are an axis of their own, the fastest: what is smoothed is always the second or third of three.
  const views: readonly { readonly sizeIjk: Vec3; readonly axis: 1 | 2 }[] = [
    { sizeIjk: [3, ni, nj * nk], axis: 1 },
    { sizeIjk: [3 * ni, nj, nk], axis: 1 },
    { sizeIjk: [3 * ni, nj, nk], axis: 2 },
  ];
  let current = source;
  for (const [d, { sizeIjk, axis }] of views.entries()) {
    if (sigmaVoxels[d] === 0 || [ni, nj, nk][d] === 1) continue;
    const table = gaussianWeights(sigmaVoxels[d]);
    const weights = backend.createBuffer('vector-field/weights', table.byteLength, table);
    const dst = backend.createBuffer('vector-field/smooth', current.sizeBytes);
    backend.dispatch(smoothAxis, {
      params: { sizeIjk, axis, radius: table.length - 1 },
      buffers: { src: current, weights, dst },
    });
    backend.release(weights);
    if (current !== source) backend.release(current);
    current = dst;
  }
  return current === source ? sampleField(backend, { source, sourceGrid: grid, targetGrid: grid }) : current;
}

/** Parts of a field whose peaks the host compares. */
const PEAK_PARTS = 4096;

/** Length of the longest vector of a field of `count` vectors. */
export async function peakOfField(backend: Backend, source: DeviceBuffer, count: number): Promise<number> {
  const parts = Math.min(count, PEAK_PARTS);
  const peaks = backend.createBuffer('vector-field/peaks', 4 * parts);
  backend.dispatch(fieldPeak, { params: { count, parts }, buffers: { src: source, peaks } });
  const squares = new Float32Array(await backend.read(peaks), 0, parts);
  backend.release(peaks);
  return Math.sqrt(squares.reduce((most, square) => Math.max(most, square), 0));
}

/** Part of a voxel that one of the small steps of the exponential moves at most. */
const SMALL_STEP = 0.5;

/**
 * Displacement, mm, of what flows along a stationary velocity field for a unit of time: scaling and squaring (Arsigny et
 * al., A Log-Euclidean Framework for Statistics on Diffeomorphisms, MICCAI 2006). `peakMm` is the length of the longest
 * vector, `sign` −1 gives the inverse. The caller owns the buffer; the velocity stays.
 */
export function exponentialOfField(
  backend: Backend,
  velocityMm: DeviceBuffer,
  grid: Grid,
  peakMm: number,
  sign: 1 | -1 = 1,
): DeviceBuffer {
  const finest = Math.min(...spacingMm(grid));
  const doublings = Math.max(0, Math.ceil(Math.log2(peakMm / (SMALL_STEP * finest))));
  let current = sampleField(backend, { source: velocityMm, sourceGrid: grid, targetGrid: grid, scale: sign / 2 ** doublings }); // prettier-ignore
  for (let n = 0; n < doublings; n++) {
    // u(x + u(x)) + u(x)
    const twice = sampleField(backend, { source: current, sourceGrid: grid, targetGrid: grid, displacementMm: current, added: current }); // prettier-ignore
    backend.release(current);
    current = twice;
  }
  return current;
}
