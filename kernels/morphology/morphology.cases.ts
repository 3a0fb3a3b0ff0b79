import { defineCases, GRID_SIZES, type KernelCase, type KernelCases, randomMask } from '@efface/compute/testing';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type DilateBallBinding, type DilateBallParams } from './dilate-ball.gen.ts';
import { dilateBall } from './dilate-ball.ts';
import { ballOffsets, ballRows } from './morphology.ts';

function dilateCase(
  sizeIjk: Vec3,
  spacingMm: Vec3,
  radiusMm: number,
  density: number,
): KernelCase<DilateBallParams, DilateBallBinding> {
  const perRow = wordsPerRow(sizeIjk[0]);
  const rows = ballRows(spacingMm, radiusMm);
  return {
    id: `size=[${sizeIjk.join(',')}];spacing=[${spacingMm.join(',')}];radius=${radiusMm};density=${density}`,
    params: { sizeIjk, wordsPerRow: perRow, offsetCount: rows.length },
    buffers: (seed) => ({
      src: { init: randomMask(seed, sizeIjk, density) },
      offsets: { init: ballOffsets(rows) },
      dst: { sizeBytes: 4 * perRow * sizeIjk[1] * sizeIjk[2] },
    }),
  };
}

export const cases: KernelCases[] = [
  defineCases(dilateBall, {
    eval: [
      ...GRID_SIZES.map((size) => dilateCase(size, [1, 1, 1], 2, 0.02)),
      dilateCase([70, 9, 9], [0.5, 1, 2], 3.1, 0.005),
      // Radius 0, empty, full, larger than the grid, the widest row.
      dilateCase([33, 5, 4], [1, 1, 1], 0, 0.5),
      dilateCase([33, 5, 4], [1, 1, 1], 1, 0),
      dilateCase([33, 5, 4], [1, 1, 1], 1, 1),
      dilateCase([33, 5, 4], [2, 2, 2], 40, 0.05),
      dilateCase([130, 3, 3], [0.1, 1, 1], 3.2, 0.002),
      inSmallWorkgroups(dilateCase([33, 32_769, 1], [1, 1, 1], 1, 0.3)),
    ],
    perf: [
      dilateCase([128, 128, 128], [2, 2, 2], 5, 0.001),
      dilateCase([512, 512, 200], [0.5, 0.5, 1], 5, 0.001),
      dilateCase([512, 512, 400], [0.5, 0.5, 1], 5, 0.001),
    ],
  }),
];
