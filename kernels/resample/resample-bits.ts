import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { resampleBitsCpu } from './resample-bits.cpu.ts';
import { resampleBitsSource } from './resample-bits.gen.ts';
import { resampleBitsGpuJs } from './resample-bits.gpujs.ts';

/** Nearest-voxel resampling of a mask. Exact: positions are integers in fixed point. */
export const resampleBits = defineKernel({
  source: resampleBitsSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ targetSizeIjk, targetWordsPerRow }, constants) =>
    workgroupsFor(targetWordsPerRow * targetSizeIjk[1] * targetSizeIjk[2], constants),
  cost: ({ targetSizeIjk, targetWordsPerRow, sourceSizeIjk, sourceWordsPerRow }) => ({
    readBytes: 4 * sourceWordsPerRow * sourceSizeIjk[1] * sourceSizeIjk[2],
    writeBytes: 4 * targetWordsPerRow * targetSizeIjk[1] * targetSizeIjk[2],
    flops: 6 * targetSizeIjk[0] * targetSizeIjk[1] * targetSizeIjk[2],
  }),
  accuracy: exact(),
  cpu: resampleBitsCpu,
  gpujs: resampleBitsGpuJs,
});
