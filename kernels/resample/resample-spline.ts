import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { resampleSplineCpu } from './resample-spline.cpu.ts';
import { resampleSplineSource } from './resample-spline.gen.ts';

/**
 * Values of a cubic B-spline on another grid. Positions are the same integers on every backend; 64 products with weights
 * of sum 1 are added in f32 on one side and in f64 on the other, four at a time in three steps: some 15·2⁻²⁴ of the
 * largest coefficient in reach, 1e-6 of it, whose place the floor takes for coefficients within ±1000.
 */
export const resampleSpline = defineKernel({
  source: resampleSplineSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ targetSizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  cost: ({ targetSizeIjk, sourceSizeIjk }, constants) => {
    const nTarget = targetSizeIjk[0] * targetSizeIjk[1] * targetSizeIjk[2];
    const nSource = sourceSizeIjk[0] * sourceSizeIjk[1] * sourceSizeIjk[2];
    return {
      // Each coefficient once at best; fewer when the target is sparse.
      readBytes: 4 * Math.min(nSource, 64 * nTarget) + (constants['HAS_DISPLACEMENT'] === 1 ? 12 * nTarget : 0),
      writeBytes: 4 * nTarget,
      flops: nTarget * (3 * 14 + 2 * (64 + 16 + 4)),
    };
  },
  accuracy: relative(2e-6, 1000),
  cpu: resampleSplineCpu,
});
