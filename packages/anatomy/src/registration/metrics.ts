import { type Backend } from '@efface/compute';
import { localCorrelation, meanSquares, mutualInformation, type Similarity, type SimilarityRequest } from '@efface/kernels'; // prettier-ignore
import { type Affine, type Vec3, voxelCount, voxelVolumeMm3 } from '@efface/volume';
import { type LevelImage, type PreparedImage } from './prepare.ts';
import { type RegistrationMetric } from './types.ts';

/** Samples of an evaluation, at most: 2¹⁶ determine 12 numbers to well below a tenth of a voxel. */
export const MOST_SAMPLES = 2 ** 17;
/** Share of the smaller image that must be compared: less, and a metric can be good for want of evidence. */
const LEAST_OVERLAP = 0.45;
/** Radius of the windows of local correlation, voxels. */
export const CORRELATION_RADIUS = 4;

/**
 * Bins per image for some samples: eight samples for each cell of a cube of bins. With more bins the information of few
 * samples is mostly chance, and a map is found that makes the most of it.
 */
export function binCountFor(samples: number): number {
  return Math.min(32, Math.max(8, Math.round(Math.cbrt(samples / 8))));
}

/** What two images have in common at one level. */
export interface LevelPair {
  readonly fixed: LevelImage;
  readonly moving: LevelImage;
  readonly fixedRange: PreparedImage['range'];
  readonly movingRange: PreparedImage['range'];
}

/** The pair of two prepared images at a level. */
export function levelPair(fixed: PreparedImage, moving: PreparedImage, level: number): LevelPair {
  return {
    fixed: fixed.levels[level],
    moving: moving.levels[level],
    fixedRange: fixed.range,
    movingRange: moving.range,
  };
}

/** Whether more of a metric is better. */
export function isLargerBetter(metric: RegistrationMetric): boolean {
  return metric === 'mutual-information' || metric === 'local-correlation';
}

/** Steps through the fixed voxels so that there are no more samples; steps differ by one at most. */
function strideFor({ grid }: LevelImage, mostSamples: number): Vec3 {
  const stride = [1, 1, 1];
  // k first: memory is read along i.
  for (let n = 0; voxelCount(grid) / (stride[0] * stride[1] * stride[2]) > mostSamples; n++) stride[2 - (n % 3)]++;
  return stride as unknown as Vec3;
}

/** What a map costs: smaller is better whatever the metric. */
export interface MetricCost {
  /** Infinity where too little of the images is compared. */
  readonly cost: number;
  /** As `Similarity.gradientAffine`, of the cost. */
  readonly gradientAffine: Affine;
}

/** The cost of a map of fixed to moving points, and its gradient. */
export async function costOf(
  backend: Backend,
  metric: RegistrationMetric,
  { fixed, moving, fixedRange, movingRange }: LevelPair,
  movingOfFixed: Affine,
  centreLps: Vec3,
  mostSamples: number,
): Promise<MetricCost> {
  const strideIjk = metric === 'local-correlation' ? ([1, 1, 1] as const) : strideFor(fixed, mostSamples);
  const perSample = strideIjk[0] * strideIjk[1] * strideIjk[2];
  // Voxels of the two may differ in size.
  const movingCount = (moving.count * voxelVolumeMm3(moving.grid)) / voxelVolumeMm3(fixed.grid);
  const minOverlapVoxels = (LEAST_OVERLAP * Math.min(fixed.count, movingCount)) / perSample;
  const request: SimilarityRequest = {
    fixed: fixed.values,
    fixedGrid: fixed.grid,
    moving: moving.values,
    movingGrid: moving.grid,
    affineFixedLpsToMovingLps: movingOfFixed,
    fixedMask: fixed.mask,
    movingMask: moving.mask,
    strideIjk,
    centreLps,
    minOverlapVoxels,
  };
  const similarity = async (): Promise<Similarity> => {
    switch (metric) {
      case 'mutual-information':
        return mutualInformation(backend, { ...request, fixedRange, movingRange, binCount: binCountFor(fixed.count / perSample) }); // prettier-ignore
      case 'local-correlation':
        return localCorrelation(backend, { ...request, fixedRange, movingRange, radiusVoxels: CORRELATION_RADIUS });
      default:
        return meanSquares(backend, request);
    }
  };
  const { value, gradientAffine, overlapVoxels } = await similarity();
  const sign = isLargerBetter(metric) ? -1 : 1;
  const cost = overlapVoxels < Math.max(1, minOverlapVoxels) ? Infinity : sign * value;
  return { cost, gradientAffine: gradientAffine.map((g) => sign * g) };
}
