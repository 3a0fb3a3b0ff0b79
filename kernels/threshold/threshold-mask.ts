import { bytesOfFormat, defineKernel, exact, workgroupsFor } from '@efface/compute';
import { thresholdMaskCpu } from './threshold-mask.cpu.ts';
import { thresholdMaskSource } from './threshold-mask.gen.ts';
import { thresholdMaskGpuJs } from './threshold-mask.gpujs.ts';

/** Mask of stored values within [low, high]. Exact: comparisons of stored values only. */
export const thresholdMask = defineKernel({
  source: thresholdMaskSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk, wordsPerRow: perRow }, constants) =>
    workgroupsFor(perRow * sizeIjk[1] * sizeIjk[2], constants),
  cost: ({ sizeIjk, wordsPerRow: perRow }, constants) => ({
    readBytes: sizeIjk[0] * sizeIjk[1] * sizeIjk[2] * bytesOfFormat(constants['VOXEL_FORMAT']),
    writeBytes: 4 * perRow * sizeIjk[1] * sizeIjk[2],
    flops: 2 * sizeIjk[0] * sizeIjk[1] * sizeIjk[2],
  }),
  accuracy: exact(),
  cpu: thresholdMaskCpu,
  gpujs: thresholdMaskGpuJs,
});
