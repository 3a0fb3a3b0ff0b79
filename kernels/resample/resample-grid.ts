import { bytesOfFormat, defineKernel, relative, workgroupsFor } from '@efface/compute';
import { resampleGridCpu } from './resample-grid.cpu.ts';
import { resampleGridSource } from './resample-grid.gen.ts';
import { resampleGridGpuJs } from './resample-grid.gpujs.ts';

/**
 * Resampling of a volume onto another grid, in real units. Positions and weights are the same integers on every
 * backend; what differs is the rounding of about ten f32 operations per tap: for values within ±4096 at most
 * 10·2⁻²⁴·4096 = 2.4e-3, which the floor of 400 allows where neighbours cancel.
 */
export const resampleGrid = defineKernel({
  source: resampleGridSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ targetSizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  cost: ({ targetSizeIjk, taps, sourceSizeIjk }, constants) => {
    const nTarget = targetSizeIjk[0] * targetSizeIjk[1] * targetSizeIjk[2];
    const nTaps = taps[0] * taps[1] * taps[2];
    const nSource = sourceSizeIjk[0] * sourceSizeIjk[1] * sourceSizeIjk[2];
    const flopsPerTap = constants['IS_NEAREST'] === 1 ? 2 : 7 * 3 + 8 * 2;
    return {
      // Each source voxel once at best; fewer when the target is sparse.
      readBytes:
        Math.min(nSource, 8 * nTarget * nTaps) * bytesOfFormat(constants['VOXEL_FORMAT']) +
        (constants['HAS_DISPLACEMENT'] === 1 ? 12 * nTarget : 0),
      writeBytes: 4 * nTarget,
      flops: nTarget * nTaps * flopsPerTap,
    };
  },
  accuracy: relative(1e-5, 400),
  cpu: resampleGridCpu,
  gpujs: resampleGridGpuJs,
});
