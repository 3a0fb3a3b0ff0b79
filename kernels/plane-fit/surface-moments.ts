import { defineKernel, exact } from '@efface/compute';
import { surfaceMomentsCpu } from './surface-moments.cpu.ts';
import { surfaceMomentsSource } from './surface-moments.gen.ts';

/** Words one invocation sums: WORDS_EACH of the shader. */
const WORDS_EACH = 4;

/** Moments of the surface voxels of a mask up to the second order. Exact: 64-bit integers in any order of addition. */
export const surfaceMoments = defineKernel({
  source: surfaceMomentsSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 128 } },
  workgroups: ({ sizeIjk, wordsPerRow }, constants) =>
    Math.max(1, Math.ceil((wordsPerRow * sizeIjk[1] * sizeIjk[2]) / (WORDS_EACH * constants['WG_X']))),
  cost: ({ sizeIjk: [, nj, nk], wordsPerRow }, constants) => ({
    readBytes: 4 * wordsPerRow * nj * nk * (constants['HAS_REGION'] === 1 ? 2 : 1),
    writeBytes: 80,
    flops: 20 * wordsPerRow * nj * nk,
  }),
  accuracy: exact(),
  cpu: surfaceMomentsCpu,
});
