import { type Backend } from '@efface/compute';
import { meanSquaresSums } from './mean-squares-sums.ts';
import {
  planSamples,
  sampleBuffers,
  type Similarity,
  similarityOf,
  type SimilarityRequest,
  sumBlocks,
} from './sample-plan.ts';

export { type Similarity, type SimilarityRequest } from './sample-plan.ts';

/**
 * Mean of (moving(A x + u) − fixed(x))² over the samples that lie in both images; smaller is better. Moving values and
 * gradients are those of the trilinear interpolant between the outer voxel centres; what maps beyond does not count.
 * Less overlap than `minOverlapVoxels` gives the penalty Infinity and a zero gradient. Deterministic: sums of blocks of
 * 4096 samples are added in f64 in their order. Throws RangeError for a bad stride, a singular grid or map.
 */
export async function meanSquares(backend: Backend, request: SimilarityRequest): Promise<Similarity> {
  const plan = planSamples(request);
  const { hasGradient = true, forces: field } = request;
  const sums = await sumBlocks(backend, plan.blocks, field, (partials, forces) => {
    backend.dispatch(meanSquaresSums, {
      params: { ...plan.params },
      constants: { ...plan.constants, HAS_GRADIENT: hasGradient ? 1 : 0, HAS_FORCES: field ? 1 : 0 },
      buffers: { ...sampleBuffers(request), partials, forces },
    });
  });
  return similarityOf(request, plan, { value: sums[0] / sums[1], overlapVoxels: sums[1], sums }, Infinity);
}
