import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { smoothAxisCpu } from './smooth-axis.cpu.ts';
import { smoothAxisSource } from './smooth-axis.gen.ts';
import { smoothAxisGpuJs } from './smooth-axis.gpujs.ts';

/**
 * One pass of a symmetric separable filter. 2·radius + 1 products are added in f32 on one side and in f64 on the other:
 * with positive weights of sum 1 they differ by at most (radius + 2)·2⁻²³ of the largest value in reach, 3e-6 for a
 * radius of 24; the floor stands for values that cancel within ±1000. The weights of a spline's prefilter have a
 * magnitude of 3 in all and a radius of 13: 5.4e-6 of the largest value at most, and far less as errors go.
 */
export const smoothAxis = defineKernel({
  source: smoothAxisSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk] }, constants) => workgroupsFor(ni * nj * nk, constants),
  cost: ({ sizeIjk: [ni, nj, nk], radius }) => ({
    readBytes: 4 * ni * nj * nk,
    writeBytes: 4 * ni * nj * nk,
    flops: (1 + 3 * radius) * ni * nj * nk,
  }),
  accuracy: relative(5e-6, 1000),
  cpu: smoothAxisCpu,
  gpujs: smoothAxisGpuJs,
});
