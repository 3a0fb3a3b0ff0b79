import { type HeadTemplate, TEMPLATE_LABELS } from '@efface/anatomy';
import { forEachBackend } from '@efface/compute/testing';
import { generateHead } from '@efface/test-data';
import { allocateVoxels, createMask, IDENTITY, maskHas, uniformRescale, type Volume, voxelCount } from '@efface/volume';
import { expect, it } from 'vitest';
import { paintTemplate } from './paint-template.ts';

const head = generateHead({ seed: 5, contrast: 'ct', spacingMm: 5, noise: 10 });
const stranger = generateHead({ seed: 6, contrast: 'ct', grid: head.volume.grid });
const { grid } = head.volume;
const [ni, nj, nk] = grid.sizeIjk;

/** Somebody else's head, laid where it is. */
function template(): HeadTemplate {
  const voxels = allocateVoxels('u8', voxelCount(grid)) as Uint8Array;
  for (let k = 0, n = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, n++)
        voxels[n] = maskHas(stranger.truth.body, i, j, k) ? TEMPLATE_LABELS.body : TEMPLATE_LABELS.air;
  const labels: Volume = { grid, type: 'u8', voxels, rescale: uniformRescale(nk, 1, 0), modality: 'OT', unit: 'arbitrary' };
  return { name: 'stranger', builtFrom: 1, images: { ct: stranger.volume, mr: undefined }, labels } as unknown as HeadTemplate;
} // prettier-ignore

/** The front of the head and the air before it. */
const front = createMask(grid.sizeIjk);
for (let k = 5; k < nk - 5; k++)
  for (let j = 0; j < nj / 3; j++)
    for (let i = 8; i < ni - 8; i++) front.words[(k * nj + j) * front.wordsPerRow + (i >>> 5)] |= 1 << (i & 31);

forEachBackend((_, backend) => {
  it('is the same to the bit however few slices are painted at a time', async () => {
    const paint = {
      template: template(), warp: { movingOfFixed: IDENTITY }, body: { grid, mask: head.truth.body },
      brain: { grid, mask: head.truth.brain }, featherMm: 12, matchNoise: true, seed: 3,
    }; // prettier-ignore
    const whole = await paintTemplate(backend(), head.volume, front, paint);
    const [bi, bj, bk] = whole.box.sizeIjk;
    expect(bk).toBeGreaterThan(20);
    for (const slices of [1, 7]) {
      const sliced = await paintTemplate(backend(), head.volume, front, paint, slices * bi * bj);
      expect(sliced.box).toEqual(whole.box);
      expect(sliced.real).toEqual(whole.real);
    }
  });
});
