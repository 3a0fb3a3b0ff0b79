import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { maskInvertCpu } from './mask-invert.cpu.ts';
import { maskInvertSource } from './mask-invert.gen.ts';
import { maskInvertGpuJs } from './mask-invert.gpujs.ts';

/** The voxels that are not in a mask. Exact: bits. */
export const maskInvert = defineKernel({
  source: maskInvertSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ count }, constants) => workgroupsFor(count, constants),
  cost: ({ count }) => ({ readBytes: 4 * count, writeBytes: 4 * count, flops: 2 * count }),
  accuracy: exact(),
  cpu: maskInvertCpu,
  gpujs: maskInvertGpuJs,
});
