import { defineCases, GRID_SIZES, type KernelCase, type KernelCases, randomMask } from '@efface/compute/testing';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { type ProjectMaskBinding, type ProjectMaskParams } from './project-mask.gen.ts';
import { projectMask } from './project-mask.ts';

function projectCase(
  sizeIjk: Vec3,
  axis: 0 | 1 | 2,
  density: number,
): KernelCase<ProjectMaskParams, ProjectMaskBinding> {
  const [na, nb] = [0, 1, 2].filter((d) => d !== axis).map((d) => sizeIjk[d]);
  const dstWordsPerRow = wordsPerRow(na);
  return {
    id: `size=[${sizeIjk.join(',')}];axis=${axis};density=${density}`,
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), axis, dstWordsPerRow },
    buffers: (seed) => ({
      src: { init: randomMask(seed, sizeIjk, density) },
      dst: { sizeBytes: 4 * dstWordsPerRow * nb },
    }),
  };
}

export const cases: KernelCases[] = [
  defineCases(projectMask, {
    eval: [
      ...GRID_SIZES.flatMap((size) => ([0, 1, 2] as const).map((axis) => projectCase(size, axis, 0.02))),
      projectCase([67, 35, 9], 0, 0),
      projectCase([67, 35, 9], 1, 1),
    ],
    perf: ([0, 1, 2] as const).map((axis) => projectCase([512, 512, 400], axis, 0.001)),
  }),
];
