import { defineKernel, exact } from '@efface/compute';
import { rasterTogglesCpu } from './raster-toggles.cpu.ts';
import { rasterTogglesSource } from './raster-toggles.gen.ts';
import { rasterTogglesGpuJs } from './raster-toggles.gpujs.ts';

/** Voxels one invocation makes: VOXELS_EACH of the shader. */
const VOXELS_EACH = 4;

/** Up to 32 regions, each a bit of the words of a volume. Exact: the crossings are integers the host made. */
export const rasterToggles = defineKernel({
  source: rasterTogglesSource,
  tuning: { WG_X: { values: [32, 64, 128, 256], base: 64 } },
  workgroups: ({ sizeI, rows }, constants) => rows * Math.ceil(sizeI / (VOXELS_EACH * constants['WG_X'])),
  cost: ({ sizeI, rows, toggleCount }) => ({
    readBytes: 4 * (rows + 1 + toggleCount),
    writeBytes: 4 * sizeI * rows,
    flops: toggleCount + sizeI * rows,
  }),
  accuracy: exact(),
  cpu: rasterTogglesCpu,
  gpujs: rasterTogglesGpuJs,
});
