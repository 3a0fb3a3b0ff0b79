import { bytesOfFormat, defineKernel, exact } from '@efface/compute';
import { volumeExtentCpu } from './volume-extent.cpu.ts';
import { volumeExtentSource } from './volume-extent.gen.ts';

/** Voxels one invocation reads: VOXELS_EACH of the shader. */
const VOXELS_EACH = 32;

/** Smallest and largest stored value, as ordered bits. Exact: comparisons only. Values must be finite. */
export const volumeExtent = defineKernel({
  source: volumeExtentSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 256 } },
  workgroups: ({ count }, constants) => Math.max(1, Math.ceil(count / (VOXELS_EACH * constants['WG_X']))),
  cost: ({ count }, constants) => ({
    readBytes: count * bytesOfFormat(constants['VOXEL_FORMAT']),
    writeBytes: 8,
    flops: 2 * count,
  }),
  accuracy: exact(),
  cpu: volumeExtentCpu,
});
