import { analyseHead } from '@efface/anatomy';
import { openNifti } from '@efface/io';
import { openBackend } from '@efface/kernels/backends';
import { faceDepthMap, matchDepthsBothWays } from '@efface/reidentify';
import { sharedPath } from '@efface/test-data';
import { uniformRescale, type Volume } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { doseExtent } from './leak-dose.ts';

function dose(stored: readonly number[]): Volume {
  return {
    grid: { sizeIjk: [stored.length, 1, 1], affineIjkToLps: [3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 3, 0] },
    type: 'u16',
    voxels: Uint16Array.from(stored),
    rescale: uniformRescale(1, 0.001, 0),
    modality: 'OT',
    unit: 'Gy',
  };
}

describe('where dose was calculated', () => {
  it('is where there is any, when the rest has none', () => {
    const { voxels, type, unit } = doseExtent(dose([0, 1, 10_000, 60_000, 3, 0]));
    expect([[...voxels], type, unit]).toEqual([[0, 1, 1, 1, 1, 0], 'u8', 'arbitrary']);
  });

  it('is where it passes 2 % of the largest, when there is some everywhere', () => {
    expect([...doseExtent(dose([900, 1000, 1001, 50_000, 40, 39])).voxels]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  const folder = sharedPath('data/openkbp_ct_rt');
  it.skipIf(folder === undefined)(
    `tells patients apart by their planning doses${folder === undefined ? ' (skipped: the shared data are not beside the checkout)' : ''}`,
    async () => {
      await using backend = await openBackend('cpu');
      const heads = [];
      // Doses that reach the face: of ten patients' looked at these are eight.
      for (const patient of ['pt_101', 'pt_119', 'pt_144']) {
        const { volume: ct } = await openNifti(`${folder}/${patient}/ct.nii.gz`, { modality: 'CT' });
        const { volume } = await openNifti(`${folder}/${patient}/dose.nii.gz`);
        const { frame } = await analyseHead(backend, ct);
        const skin = await faceDepthMap(backend, { volume: ct, frame, thresholdReal: -300, smoothMm: 0.7 });
        const edge = await faceDepthMap(backend, {
          volume: doseExtent(volume),
          frame,
          thresholdReal: 0.5,
          smoothMm: 2,
        });
        heads.push({ skin, edge });
      }
      // 4 to 5 mm voxels: own edges lay within 0.4 mm of the skin, those of others 1.7 mm from it and more.
      for (const [a, { edge }] of heads.entries())
        for (const [b, { skin }] of heads.entries()) {
          const residualMm = matchDepthsBothWays(edge, skin)?.residualMm ?? Infinity;
          if (a === b) expect(residualMm).toBeLessThan(0.6);
          else expect(residualMm).toBeGreaterThan(1.2);
        }
    },
  );
});
