import { bytesOfFormat, defineKernel, relative, workgroupsFor } from '@efface/compute';
import { coverFillCpu } from './cover-fill.cpu.ts';
import { coverFillSource } from './cover-fill.gen.ts';
import { coverFillGpuJs } from './cover-fill.gpujs.ts';

/**
 * Values of a cover, by depth, with noise. Which voxels are altered is exact: positions are whole numbers, surfaces come
 * from correctly rounded sums and products that are the same f32 everywhere, and so does the noise's hash.
 *
 * Accuracy of values: a rescale of two roundings; or a place in the profile, off by 2⁻²³ of up to 256 bins, times the
 * step between bins (below 1000 in the cases: 3e-2·1e-3), and five roundings of values below 5000.
 */
export const coverFill = defineKernel({
  source: coverFillSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 128 } },
  workgroups: ({ sizeIjk, wordsPerRow }, constants) =>
    workgroupsFor(32 * wordsPerRow * sizeIjk[1] * sizeIjk[2], constants),
  cost: ({ sizeIjk: [ni, nj, nk], sizePx: [nu, nv], wordsPerRow }, constants) => ({
    readBytes: ni * nj * nk * bytesOfFormat(constants['VOXEL_FORMAT']) + 8 * nu * nv,
    writeBytes: 4 * ni * nj * nk + 4 * wordsPerRow * nj * nk,
    flops: 20 * ni * nj * nk,
  }),
  accuracy: relative(2e-6, 5000),
  cpu: coverFillCpu,
  gpujs: coverFillGpuJs,
});
