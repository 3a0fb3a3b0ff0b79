import { generateHead } from '@efface/test-data';
import { expect, it } from 'vitest';
import { faceThresholdReal } from './face-threshold.ts';

it('is −300 HU on CT, a share of the brain’s median on MR, the body’s own threshold elsewhere', () => {
  const brainOf = (contrast: 'ct' | 't1' | 'pet'): number => {
    const { volume, truth } = generateHead({ seed: 2, contrast, spacingMm: 5 });
    const brain = { grid: volume.grid, mask: truth.brain };
    return faceThresholdReal(volume, { brain, brainSource: 'given', skinThresholdReal: 7 });
  };
  expect(brainOf('ct')).toBe(-300);
  expect(brainOf('pet')).toBe(7);
  const { volume, truth } = generateHead({ seed: 2, contrast: 't1', spacingMm: 5 });
  const values: number[] = [];
  const [ni, nj] = volume.grid.sizeIjk;
  truth.labels.forEach((_, n) => {
    const [i, j, k] = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))];
    const row = truth.brain.words[(k * nj + j) * Math.ceil(ni / 32) + (i >> 5)];
    if (((row >>> (i & 31)) & 1) === 1) values.push(Number(volume.voxels[n]));
  });
  values.sort((a, b) => a - b);
  // Every eighth voxel against all of them: the two tissues of the brain have the same shares in both.
  expect(Math.abs(brainOf('t1') - 0.35 * values[values.length >> 1])).toBeLessThan(0.02 * values[values.length >> 1]);
  const none = { brain: { grid: volume.grid, mask: truth.brain }, brainSource: 'none', skinThresholdReal: 7 } as const;
  expect(faceThresholdReal(volume, none)).toBe(7);
});
