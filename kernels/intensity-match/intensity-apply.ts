import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { wordsPerRow } from '@efface/volume';
import { intensityApplyCpu } from './intensity-apply.cpu.ts';
import { intensityApplySource } from './intensity-apply.gen.ts';
import { intensityApplyGpuJs } from './intensity-apply.gpujs.ts';

/**
 * Intensities of another image, mapped and blended into a region. Voxels outside keep their bits. Inside, the place in
 * the table is off by 2·2⁻²⁴ of the largest intensity over the bin's width in f32, which is that much times the slope
 * of the map in the result (continuous, so that a neighbouring entry gives the same); noise and blend add four roundings.
 * 5e-6 of the largest intensity, whose place the floor takes, holds for slopes up to about 20.
 */
export const intensityApply = defineKernel({
  source: intensityApplySource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  cost: ({ sizeIjk: [ni, nj, nk] }, constants) => ({
    readBytes: (constants['HAS_FEATHER'] === 1 ? 12 : 8) * ni * nj * nk + 4 * wordsPerRow(ni) * nj * nk,
    writeBytes: 4 * ni * nj * nk,
    flops: 18 * ni * nj * nk,
  }),
  accuracy: relative(5e-6, 1000),
  cpu: intensityApplyCpu,
  gpujs: intensityApplyGpuJs,
});
