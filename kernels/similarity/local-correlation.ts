import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Vec3 } from '@efface/volume';
import { boxSum } from './box-sum.ts';
import { correlationSlopes } from './correlation-slopes.ts';
import { correlationSums } from './correlation-sums.ts';
import { correlationTerms } from './correlation-terms.ts';
import { type ValueRange } from './mutual-information.ts';
import { planSamples, sampleBuffers, type Similarity, similarityOf, type SimilarityRequest, sumBlocks } from './sample-plan.ts'; // prettier-ignore

/** Two images, the map, and the windows. Every voxel is sampled: coarser is what a smaller image is for. */
export interface LocalCorrelationRequest extends Omit<SimilarityRequest, 'strideIjk'> {
  /** Where most values lie. The result does not depend on it but for rounding and for which windows are flat. */
  readonly fixedRange: ValueRange;
  readonly movingRange: ValueRange;
  /** Windows are cubes of 2·radius + 1 voxels of the fixed image. Default 4. */
  readonly radiusVoxels?: number;
}

/** Variance below which a window is flat, in units of the range's square: a deviation of 0.3 % of the range. */
const MIN_VARIANCE = 1e-5;

/** Sums over the windows around every voxel, of several planes; the source is released. */
function windowSums(
  backend: Backend,
  source: DeviceBuffer,
  sizeIjk: Vec3,
  planes: number,
  radius: number,
): DeviceBuffer {
  let current = source;
  for (const axis of [0, 1, 2]) {
    const dst = backend.createBuffer('local-correlation/windows', current.sizeBytes);
    backend.dispatch(boxSum, { params: { sizeIjk, axis, radius, planes }, buffers: { src: current, dst } });
    backend.release(current);
    current = dst;
  }
  return current;
}

/**
 * Mean squared local normalised cross-correlation, 0 … 1, over the samples that lie in both images: around each the
 * squared correlation of the fixed and the mapped moving values in a window (Avants et al., Medical Image Analysis 12
 * (2008) 26); larger is better. Samples that do not count are left out of windows too, and flat windows correlate by 0.
 * Gradient and forces are exact derivatives: a voxel acts on all windows that hold it, not only on its own as in ANTs.
 * Less overlap than `minOverlapVoxels` gives the penalty 0 and a zero gradient. Needs 18 f32 per fixed voxel on the
 * device. Throws RangeError for an empty range or a radius that is not whole and positive.
 */
export async function localCorrelation(backend: Backend, request: LocalCorrelationRequest): Promise<Similarity> {
  const { fixedRange, movingRange, radiusVoxels = 4, hasGradient = true, forces: field } = request;
  if (!(fixedRange.high > fixedRange.low && movingRange.high > movingRange.low))
    throw new RangeError('a range of values needs high > low');
  if (!Number.isInteger(radiusVoxels) || radiusVoxels < 1)
    throw new RangeError(`windows have a radius of whole voxels, not ${radiusVoxels}`);
  const plan = planSamples(request);
  const { sizeIjk } = request.fixedGrid;
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  const params = {
    ...plan.params,
    fixedMiddle: (fixedRange.low + fixedRange.high) / 2,
    movingMiddle: (movingRange.low + movingRange.high) / 2,
    fixedScale: 1 / (fixedRange.high - fixedRange.low),
    movingScale: 1 / (movingRange.high - movingRange.low),
  };
  const images = sampleBuffers(request);
  const terms = backend.createBuffer('local-correlation/terms', 24 * count);
  backend.dispatch(correlationTerms, { params, constants: plan.constants, buffers: { ...images, terms } });
  const sums = windowSums(backend, terms, sizeIjk, 6, radiusVoxels);
  const slopes = backend.createBuffer('local-correlation/slopes', 12 * count);
  const values = backend.createBuffer('local-correlation/values', 16 * plan.blocks);
  backend.dispatch(correlationSlopes, {
    params: { ...params, minVariance: MIN_VARIANCE },
    constants: plan.constants,
    buffers: { ...images, sums, slopes, partials: values },
  });
  backend.release(sums);
  let total = 0;
  let overlapVoxels = 0;
  const rows = new Float32Array(await backend.read(values));
  backend.release(values);
  for (let n = 0; n < rows.length; n += 4) {
    total += rows[n];
    overlapVoxels += rows[n + 1];
  }
  let gradientSums: Float64Array = new Float64Array(16);
  if (hasGradient || field) {
    const windows = windowSums(backend, slopes, sizeIjk, 3, radiusVoxels);
    gradientSums = await sumBlocks(backend, plan.blocks, field, (partials, forces) => {
      backend.dispatch(correlationSums, {
        params,
        constants: { ...plan.constants, HAS_GRADIENT: hasGradient ? 1 : 0, HAS_FORCES: field ? 1 : 0 },
        buffers: { ...images, slopes: windows, partials, forces },
      });
    });
    backend.release(windows);
  } else backend.release(slopes);
  return similarityOf(request, plan, { value: total / overlapVoxels, overlapVoxels, sums: gradientSums }, 0);
}
