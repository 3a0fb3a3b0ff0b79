import { bytesOfFormat, defineKernel, exact } from '@efface/compute';
import { histogramBinsCpu } from './histogram-bins.cpu.ts';
import { histogramBinsSource } from './histogram-bins.gen.ts';

/** Voxels one invocation counts: VOXELS_EACH of the shader. */
const VOXELS_EACH = 32;

/** Histogram of stored values. Exact: one subtraction and one multiplication, then integers. */
export const histogramBins = defineKernel({
  source: histogramBinsSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 256 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) =>
    Math.max(1, Math.ceil((ni * nj * nk) / (VOXELS_EACH * constants['WG_X']))),
  cost: ({ sizeIjk: [ni, nj, nk], binCount }, constants) => ({
    readBytes: ni * nj * nk * bytesOfFormat(constants['VOXEL_FORMAT']),
    writeBytes: 4 * binCount,
    flops: 2 * ni * nj * nk,
  }),
  accuracy: exact(),
  cpu: histogramBinsCpu,
});
