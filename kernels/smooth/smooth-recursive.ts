import { defineKernel, relative, workgroupsFor } from '@efface/compute';
import { smoothRecursiveCpu } from './smooth-recursive.cpu.ts';
import { smoothRecursiveSource } from './smooth-recursive.gen.ts';

/**
 * One pass of a Gaussian whose cost does not depend on its width.
 *
 * Relative to the largest value X of a line: a state forgets within about σ/1.4 voxels, holds at most σ/1.4 · X and is
 * rounded four times a step in f32; the gains are below 1.5/σ. Were all roundings of one sign they would add up to
 * 4 · 2⁻²⁴ · (σ/1.4)² · 1.5/σ · X < 2e-7 · σ · X, forwards and backwards alike: 2e-5 · X up to σ = 50. The floor
 * stands for X.
 */
export const smoothRecursive = defineKernel({
  source: smoothRecursiveSource,
  tuning: { WG_X: { values: [32, 64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk: [ni, nj, nk], axis }, constants) =>
    workgroupsFor((ni * nj * nk) / [ni, nj, nk][axis], constants),
  cost: ({ sizeIjk: [ni, nj, nk] }) => ({
    // The second way reads what the first one wrote.
    readBytes: 12 * ni * nj * nk,
    writeBytes: 8 * ni * nj * nk,
    flops: 40 * ni * nj * nk,
  }),
  accuracy: relative(2e-5, 1000),
  cpu: smoothRecursiveCpu,
});
