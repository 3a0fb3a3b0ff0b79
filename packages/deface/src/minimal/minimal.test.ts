import { analyseHead, type HeadAnatomy } from '@efface/anatomy';
import { forEachFastBackend } from '@efface/compute/testing';
import { generateHead } from '@efface/test-data';
import { maskCount, overlapCount } from '@efface/volume';
import { beforeAll, describe, expect, it } from 'vitest';
import { maskOfPlan } from '../apply.ts';
import { type FacePlan } from '../plan.ts';
import { MINIMAL_DEFAULTS, planMinimal } from './minimal.ts';

const { volume, truth } = generateHead({ seed: 5, contrast: 'ct', spacingMm: 3, noise: 10 });

forEachFastBackend((_, backend) => {
  describe('minimal', () => {
    let anatomy: HeadAnatomy;
    beforeAll(async () => {
      anatomy = await analyseHead(backend(), volume);
    });
    const band = ({ measured }: FacePlan): number => measured['bandMm'];

    it('finds the thinnest band that hides the face by bisection', async () => {
      for (const hidesFrom of [1, 7, 20]) {
        const tried: number[] = [];
        const plan = await planMinimal(backend(), volume, anatomy, MINIMAL_DEFAULTS, (one) => {
          tried.push(band(one));
          return Promise.resolve(band(one) >= hidesFrom ? 'stranger' : 'near');
        });
        expect(band(plan)).toBe(hidesFrom);
        // The widest, then halves of 20.
        expect(tried.length).toBeLessThanOrEqual(1 + Math.ceil(Math.log2(20)));
        expect(tried[0]).toBe(20);
        expect(plan.measured['bandsTried']).toBe(tried.length);
        expect(plan.findings).toEqual([]);
      }
    });

    it('fails where no band hides, asks for eyes where the widest hardly does, and says that it did not search', async () => {
      const none = await planMinimal(backend(), volume, anatomy, MINIMAL_DEFAULTS, () => Promise.resolve('recognised'));
      expect(none.findings.map(({ code, severity }) => [code, severity])).toEqual([['NO_BAND_PASSES', 'fail']]);
      const near = await planMinimal(backend(), volume, anatomy, MINIMAL_DEFAULTS, () => Promise.resolve('near'));
      expect(near.findings.map(({ code, severity }) => [code, severity])).toEqual([['BAND_AT_ITS_WIDEST', 'review']]);
      const blind = await planMinimal(backend(), volume, anatomy, MINIMAL_DEFAULTS);
      expect(blind.findings.map(({ code }) => code)).toEqual(['BAND_NOT_SEARCHED']);
      expect(band(blind)).toBe(20);
    });

    it('alters more in a wider band, and never the brain', async () => {
      const brain = truth.structures.find(({ name }) => name === 'Brain');
      let last = 0;
      for (const mostMm of [2, 6, 20]) {
        const plan = await planMinimal(backend(), volume, anatomy, { ...MINIMAL_DEFAULTS, mostMm });
        const { mask } = await maskOfPlan(backend(), plan, volume);
        expect(maskCount(mask)).toBeGreaterThan(last);
        expect(brain && overlapCount(mask, brain.mask)).toBe(0);
        last = maskCount(mask);
      }
    });
  });
});
