import { generateHead } from '@efface/test-data';
import { expect, it } from 'vitest';
import { sweepSurfaces } from './skin-sweep.ts';

it('sweeps Hounsfield units on CT, shares of the usual value elsewhere', () => {
  const ct = generateHead({ seed: 1, contrast: 'ct', spacingMm: 8 }).volume;
  expect(sweepSurfaces(ct, -300).map(({ thresholdReal }) => thresholdReal)).toEqual([-600, -450, -150]);
  const mr = generateHead({ seed: 1, contrast: 't1', spacingMm: 8 }).volume;
  expect(sweepSurfaces(mr, 100).map(({ thresholdReal }) => thresholdReal)).toEqual([50, 75, 133, 200]);
});
