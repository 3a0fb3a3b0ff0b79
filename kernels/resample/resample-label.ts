import { bytesOfFormat, defineKernel, exact, workgroupsFor } from '@efface/compute';
import { resampleLabelCpu } from './resample-label.cpu.ts';
import { resampleLabelSource } from './resample-label.gen.ts';

/**
 * Labels on another grid, each voxel the label with the largest trilinear weight around it. Exact: positions and weights
 * are integers. Formats u8 and u16 only.
 */
export const resampleLabel = defineKernel({
  source: resampleLabelSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ targetSizeIjk: [ni, nj, nk] }, constants) =>
    workgroupsFor(Math.ceil((ni * nj * nk * bytesOfFormat(constants['VOXEL_FORMAT'])) / 4), constants),
  cost: ({ targetSizeIjk, sourceSizeIjk }, constants) => {
    const nTarget = targetSizeIjk[0] * targetSizeIjk[1] * targetSizeIjk[2];
    const nSource = sourceSizeIjk[0] * sourceSizeIjk[1] * sourceSizeIjk[2];
    const bytes = bytesOfFormat(constants['VOXEL_FORMAT']);
    return {
      readBytes: bytes * Math.min(nSource, 8 * nTarget) + (constants['HAS_DISPLACEMENT'] === 1 ? 12 * nTarget : 0),
      writeBytes: bytes * nTarget,
      // Weights; the comparisons are integers.
      flops: 16 * nTarget,
    };
  },
  accuracy: exact(),
  cpu: resampleLabelCpu,
});
