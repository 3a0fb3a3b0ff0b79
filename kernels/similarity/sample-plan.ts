import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Affine, compose, type Grid, ijkToLps, invert, transformPoint, type Vec3 } from '@efface/volume';
import { blocksOf, type SampleParams, SLOTS } from './moving-sampler.ts';

/** Two images and the map between them. */
export interface SimilarityRequest {
  /** Real values, f32, i fastest. */
  readonly fixed: DeviceBuffer;
  readonly fixedGrid: Grid;
  /** Real values, f32, i fastest. */
  readonly moving: DeviceBuffer;
  readonly movingGrid: Grid;
  /** Patient coordinates of the fixed image to those of the moving image, LPS mm. */
  readonly affineFixedLpsToMovingLps: Affine;
  /** Added to the mapped point: three f32 (mm along L, P, S of the moving image) per fixed voxel. Default 0. */
  readonly displacementMm?: DeviceBuffer;
  /** Fixed voxels that count, bit-packed rows. Default all. */
  readonly fixedMask?: DeviceBuffer;
  /** Moving voxels that count, bit-packed rows; the voxel nearest to the mapped point decides. Default all. */
  readonly movingMask?: DeviceBuffer;
  /** Every how many fixed voxels along i, j, k one is sampled. Default 1. */
  readonly strideIjk?: Vec3;
  /** Centre of the affine's parameters, LPS mm of the fixed image (see Similarity). Default: the fixed grid's middle. */
  readonly centreLps?: Vec3;
  /** False for the value alone, which is cheaper; the gradient is then zero. Default true. */
  readonly hasGradient?: boolean;
  /**
   * Where to write the force field: three f32 per fixed voxel, in units of the value per mm along L, P, S: the gradient
   * of overlapVoxels · value with respect to the displacement of each sampled voxel (not divided by the overlap, so
   * that it does not shrink with the size of the images). 0 where a sample does not count; voxels between samples are
   * left alone. The caller's.
   */
  readonly forces?: DeviceBuffer;
  /** Below this overlap the result is the penalty. Default 1. */
  readonly minOverlapVoxels?: number;
}

/** A metric at one map. */
export interface Similarity {
  readonly value: number;
  /**
   * Derivatives by the 12 parameters of y = L (x − c) + t, with c = `centreLps`, in the order of an Affine: three rows
   * of L00 L01 L02 t0. L per unit, t per mm. With c = 0 these are the entries of the affine themselves.
   */
  readonly gradientAffine: Affine;
  /** Samples that lie in both images and their masks. */
  readonly overlapVoxels: number;
}

/** A request as the shaders want it. */
export interface SamplePlan {
  readonly params: SampleParams;
  readonly constants: Readonly<Record<string, number>>;
  readonly blocks: number;
}

/** Samples one workgroup sums. */
const BLOCK_SAMPLES = 4096;

const column = (m: Affine, c: number): Vec3 => [m[c], m[4 + c], m[8 + c]];

/** Shader parameters of a request. Throws RangeError for a stride that is not whole or grids too far apart. */
export function planSamples(request: SimilarityRequest): SamplePlan {
  const { fixedGrid, movingGrid, affineFixedLpsToMovingLps, strideIjk = [1, 1, 1] } = request;
  if (!strideIjk.every((n) => Number.isInteger(n) && n >= 1)) throw new RangeError('a stride is a whole number ≥ 1');
  const lpsToMovingIjk = invert(movingGrid.affineIjkToLps);
  const affine = compose(lpsToMovingIjk, compose(affineFixedLpsToMovingLps, fixedGrid.affineIjkToLps));
  let largest = Math.max(...movingGrid.sizeIjk);
  for (let corner = 0; corner < 8; corner++) {
    const p = fixedGrid.sizeIjk.map((n, d) => ((corner >> d) & 1 ? n : 0)) as unknown as Vec3;
    for (const v of transformPoint(affine, p)) largest = Math.max(largest, Math.abs(v) + 2);
  }
  // Positions within ±2²⁹ leave room for displacements in 31 bits.
  const fractionBits = Math.min(20, 29 - Math.ceil(Math.log2(largest)));
  if (!(fractionBits >= 8))
    throw new RangeError(`the grids are ${largest.toFixed(0)} voxels apart, too far to compare`);
  const scaled = (v: Vec3, by: number): Vec3 => v.map((x) => x * by * 2 ** fractionBits) as unknown as Vec3;
  const rounded = (v: Vec3): Vec3 => v.map((x) => Math.round(x)) as unknown as Vec3;
  const params: SampleParams = {
    fixedSizeIjk: fixedGrid.sizeIjk,
    strideIjk,
    sampleSizeIjk: fixedGrid.sizeIjk.map((n, d) => Math.ceil(n / strideIjk[d])) as unknown as Vec3,
    movingSizeIjk: movingGrid.sizeIjk,
    origin: rounded(scaled(column(affine, 3), 1)),
    stepI: rounded(scaled(column(affine, 0), strideIjk[0])),
    stepJ: rounded(scaled(column(affine, 1), strideIjk[1])),
    stepK: rounded(scaled(column(affine, 2), strideIjk[2])),
    perMmX: scaled(column(lpsToMovingIjk, 0), 1),
    perMmY: scaled(column(lpsToMovingIjk, 1), 1),
    perMmZ: scaled(column(lpsToMovingIjk, 2), 1),
    blockSamples: BLOCK_SAMPLES,
  };
  const constants = {
    FRACTION_BITS: fractionBits,
    HAS_DISPLACEMENT: request.displacementMm ? 1 : 0,
    HAS_FIXED_MASK: request.fixedMask ? 1 : 0,
    HAS_MOVING_MASK: request.movingMask ? 1 : 0,
  };
  return { params, constants, blocks: blocksOf(params) };
}

/** The images of a request as bindings; what is absent is bound to the fixed image and never read. */
export function sampleBuffers(
  request: SimilarityRequest,
): Readonly<Record<'fixedImage' | 'movingImage' | 'displacement' | 'fixedMask' | 'movingMask', DeviceBuffer>> {
  const { fixed, moving, displacementMm, fixedMask, movingMask } = request;
  return {
    fixedImage: fixed,
    movingImage: moving,
    displacement: displacementMm ?? fixed,
    fixedMask: fixedMask ?? fixed,
    movingMask: movingMask ?? fixed,
  };
}

/** Runs a pass that writes one row of SLOTS partial sums per block, and adds the rows in f64 in their order. */
export async function sumBlocks(
  backend: Backend,
  blocks: number,
  forces: DeviceBuffer | undefined,
  record: (partials: DeviceBuffer, forces: DeviceBuffer) => void,
): Promise<Float64Array> {
  const partials = backend.createBuffer('similarity/partials', 4 * SLOTS * blocks);
  const field = forces ?? backend.createBuffer('similarity/no-forces', 16);
  record(partials, field);
  const rows = new Float32Array(await backend.read(partials));
  backend.release(partials);
  if (!forces) backend.release(field);
  const sums = new Float64Array(SLOTS);
  for (let n = 0; n < SLOTS * blocks; n++) sums[n % SLOTS] += rows[n];
  return sums;
}

/**
 * Gradient by the affine parameters from the sums over samples of g_a·(q, 1): g the derivative of the metric by the
 * moving index along a, q the sample in [−½, ½)³. x − c is affine in q, and L, P, S derivatives are g times
 * ∂moving index/∂LPS.
 */
export function gradientFromSums(request: SimilarityRequest, plan: SamplePlan, sums: Float64Array): Affine {
  const { fixedGrid, movingGrid } = request;
  const { sampleSizeIjk, strideIjk } = plan.params;
  const centre = request.centreLps ?? middleLps(fixedGrid);
  const lpsToMovingIjk = invert(movingGrid.affineIjkToLps);
  const extent = sampleSizeIjk.map((n, d) => n * strideIjk[d]) as unknown as Vec3;
  const atZero = ijkToLps(fixedGrid, [extent[0] / 2, extent[1] / 2, extent[2] / 2]);
  const gradient = new Array<number>(12).fill(0);
  for (let r = 0; r < 3; r++) {
    for (let a = 0; a < 3; a++) {
      const share = lpsToMovingIjk[4 * a + r];
      const row = 4 + 4 * a;
      for (let c = 0; c < 3; c++) {
        let moment = sums[row + 3] * (atZero[c] - centre[c]);
        for (let b = 0; b < 3; b++) moment += sums[row + b] * fixedGrid.affineIjkToLps[4 * c + b] * extent[b];
        gradient[4 * r + c] += share * moment;
      }
      gradient[4 * r + 3] += share * sums[row + 3];
    }
  }
  return gradient;
}

/** Middle of a grid: the centre that gradients take when none is given. */
export function middleLps(grid: Grid): Vec3 {
  const [ni, nj, nk] = grid.sizeIjk;
  return ijkToLps(grid, [(ni - 1) / 2, (nj - 1) / 2, (nk - 1) / 2]);
}

/** The result: sums divided by the overlap, or the penalty where there is too little of it. */
export function similarityOf(
  request: SimilarityRequest,
  plan: SamplePlan,
  result: { readonly value: number; readonly overlapVoxels: number; readonly sums: Float64Array },
  penalty: number,
): Similarity {
  const { value, overlapVoxels, sums } = result;
  if (overlapVoxels < Math.max(1, request.minOverlapVoxels ?? 1))
    return { value: penalty, gradientAffine: new Array<number>(12).fill(0), overlapVoxels };
  const gradient = gradientFromSums(request, plan, sums);
  return { value, gradientAffine: gradient.map((g) => g / overlapVoxels), overlapVoxels };
}
