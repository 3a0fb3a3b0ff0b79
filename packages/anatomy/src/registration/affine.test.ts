import { type Backend } from '@efface/compute';
import { forEachFastBackend } from '@efface/compute/testing';
import { openBackend } from '@efface/kernels/backends';
import { affineLpsToHead, type HeadOptions, type Pose } from '@efface/test-data';
import { type Affine, allocateVoxels, compose, IDENTITY, invert, type Vec3, type Volume } from '@efface/volume';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { head } from '../testing/heads.ts';
import { asFunction, targetErrorMm } from '../testing/target-error.ts';
import { registerAffine } from './affine.ts';
import { RegistrationError } from './prepare.ts';
import { type AffineOptions } from './types.ts';

const COARSE = { spacingMm: 3, noise: 12 } as const;
const MIDDLE: Vec3 = [0, 0, 20];

/** The same person as `fixed`, elsewhere: where fixed points lie in the moving image. */
function poseMap(fixed: Pose, moving: Pose): Affine {
  return compose(invert(affineLpsToHead(moving)), affineLpsToHead(fixed));
}

const error = (found: Affine, truth: Affine): number => targetErrorMm(asFunction(found), asFunction(truth), MIDDLE).maxMm; // prettier-ignore

describe('registerAffine', () => {
  forEachFastBackend((kind, backend) => {
    it(`finds how a CT of a T1’s head lies, turned by 20° and more and 30 mm away (${kind})`, async () => {
      const pose: Pose = { yawDeg: 15, pitchDeg: -12, rollDeg: 8, originLps: [18, -20, 14] };
      const fixed = head({ seed: 31, contrast: 't1', biasField: 0.2, ...COARSE }).volume;
      const moving = head({ seed: 31, contrast: 'ct', pose, ...COARSE }).volume;
      const options: AffineOptions = { degreesOfFreedom: 6, metric: 'mutual-information', finestSpacingMm: 3 };
      const found = await registerAffine(backend(), { volume: fixed }, { volume: moving }, options);
      // A third of a voxel at the far corners of the head.
      expect(error(found.movingOfFixed, poseMap({}, pose))).toBeLessThan(1);
      expect(found.isLost).toBe(false);
      expect(found.quality.bodyDice).toBeGreaterThan(0.95);
      expect(backend().memory().aliveBytes).toBe(0);
      // The same bytes from the same start.
      const near = { ...options, starts: [found.movingOfFixed] };
      const once = await registerAffine(backend(), { volume: fixed }, { volume: moving }, near);
      const again = await registerAffine(backend(), { volume: fixed }, { volume: moving }, near);
      expect(again.movingOfFixed).toEqual(once.movingOfFixed);
      expect(again.metricValue).toBe(once.metricValue);
    });

    it(`lays skin on skin whatever the contrast (${kind})`, async () => {
      const pose: Pose = { yawDeg: -10, pitchDeg: 8, originLps: [10, 15, -8] };
      const fixed = head({ seed: 32, contrast: 't2', ...COARSE }).volume;
      const moving = head({ seed: 32, contrast: 'ct', pose, ...COARSE }).volume;
      const options: AffineOptions = { degreesOfFreedom: 6, metric: 'surface-distance', finestSpacingMm: 3 };
      const found = await registerAffine(backend(), { volume: fixed }, { volume: moving }, options);
      // A smooth head says little of its turn; the skin of two contrasts is not at one place to a voxel.
      expect(error(found.movingOfFixed, poseMap({}, pose))).toBeLessThan(4);
      expect(found.isLost).toBe(false);
    });
  });

  /** The same voxels where an affine puts them: what a registration must find is that affine. */
  function elsewhere(options: HeadOptions, affine: Affine): { readonly fixed: Volume; readonly moving: Volume } {
    const { volume } = head(options);
    const grid = { ...volume.grid, affineIjkToLps: compose(affine, volume.grid.affineIjkToLps) };
    return { fixed: volume, moving: { ...volume, grid } };
  }

  describe('on the CPU', () => {
    let opened: Backend;
    beforeAll(async () => {
      opened = await openBackend('cpu');
    });
    afterAll(() => opened[Symbol.asyncDispose]());
    const backend = (): Backend => opened;

    it.each([
      [7, 'mutual-information', [1.08, 0, 0, 12, 0, 1.08, 0, -9, 0, 0, 1.08, 7]],
      [9, 'mean-squares', [1.07, 0, 0, 4, 0, 0.93, 0, 9, 0, 0, 1.02, -6]],
      [12, 'mutual-information', [1.06, 0.05, 0.02, 8, -0.04, 0.95, 0.06, -12, 0.05, 0.02, 1.03, 10]],
      [12, 'local-correlation', [0.96, -0.04, 0.03, -8, 0.05, 1.04, 0.02, 10, 0, -0.05, 0.97, 5]],
    ] as const)('finds an affine of %i degrees of freedom by %s', async (degreesOfFreedom, metric, truth) => {
      const { fixed, moving } = elsewhere({ seed: 33, contrast: 't1', ...COARSE }, truth);
      const options: AffineOptions = {
        degreesOfFreedom,
        metric,
        finestSpacingMm: metric === 'local-correlation' ? 5 : 3,
      };
      const found = await registerAffine(backend(), { volume: fixed }, { volume: moving }, options);
      expect(error(found.movingOfFixed, truth)).toBeLessThan(1);
    });

    it('keeps a start that is right and does not look further', async () => {
      const { fixed } = elsewhere({ seed: 33, contrast: 't1', ...COARSE }, IDENTITY);
      const options: AffineOptions = { degreesOfFreedom: 6, metric: 'mean-squares', starts: [IDENTITY], finestSpacingMm: 3 }; // prettier-ignore
      const found = await registerAffine(backend(), { volume: fixed }, { volume: fixed }, options);
      expect(error(found.movingOfFixed, IDENTITY)).toBeLessThan(0.02);
      expect(found.metricValue).toBe(0);
    });

    it('ignores what a mask leaves out', async () => {
      const { fixed, moving } = elsewhere({ seed: 33, contrast: 't1', ...COARSE }, [1, 0, 0, 6, 0, 1, 0, -5, 0, 0, 1, 4]); // prettier-ignore
      const { truth } = head({ seed: 33, contrast: 't1', ...COARSE });
      // A bright slab in front of the face of the moving image only.
      const voxels = allocateVoxels('u16', moving.voxels.length);
      const [ni, nj] = moving.grid.sizeIjk;
      for (let n = 0; n < voxels.length; n++) voxels[n] = Math.floor(n / ni) % nj < 20 ? 900 : Number(moving.voxels[n]);
      const options: AffineOptions = { degreesOfFreedom: 6, metric: 'mean-squares', starts: [IDENTITY], finestSpacingMm: 3 }; // prettier-ignore
      const found = await registerAffine(
        backend(),
        { volume: fixed, mask: { grid: fixed.grid, mask: truth.brain }, body: { grid: fixed.grid, mask: truth.body } },
        { volume: { ...moving, voxels }, body: { grid: moving.grid, mask: truth.body } },
        options,
      );
      const known = asFunction([1, 0, 0, 6, 0, 1, 0, -5, 0, 0, 1, 4]);
      // A third of a voxel in the brain, which is all that was looked at.
      expect(targetErrorMm(asFunction(found.movingOfFixed), known, [0, 10, 50], 45).maxMm).toBeLessThan(1);
    });

    it('says that it is lost: a head upside down and no turn allowed, a block instead of a head', async () => {
      const fixed = head({ seed: 34, contrast: 't1', ...COARSE }).volume;
      const upsideDown: Affine = [1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1, 0];
      const turned = {
        ...fixed,
        grid: { ...fixed.grid, affineIjkToLps: compose(upsideDown, fixed.grid.affineIjkToLps) },
      };
      const options: AffineOptions = { degreesOfFreedom: 6, metric: 'mutual-information', starts: [IDENTITY], finestSpacingMm: 3 }; // prettier-ignore
      expect((await registerAffine(backend(), { volume: fixed }, { volume: turned }, options)).isLost).toBe(true);
      const [ni, nj, nk] = fixed.grid.sizeIjk;
      const block = allocateVoxels('u16', ni * nj * nk);
      for (let n = 0; n < block.length; n++) {
        const [i, j, k] = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))];
        const isInside = i > 0.3 * ni && i < 0.7 * ni && j > 0.3 * nj && j < 0.7 * nj && k > 0.3 * nk && k < 0.7 * nk;
        block[n] = (isInside ? 500 : 0) + ((n * 7919) % 23);
      }
      const thing = await registerAffine(backend(), { volume: fixed }, { volume: { ...fixed, voxels: block } }, { ...options, degreesOfFreedom: 12 }); // prettier-ignore
      expect(thing.isLost).toBe(true);
    });

    it('refuses an image of nothing, and says which', async () => {
      const fixed = head({ seed: 34, contrast: 't1', ...COARSE }).volume;
      const empty = { ...fixed, voxels: allocateVoxels('u16', fixed.voxels.length) };
      const options: AffineOptions = { degreesOfFreedom: 6, metric: 'mutual-information' };
      const run = registerAffine(backend(), { volume: fixed }, { volume: empty }, options);
      await expect(run).rejects.toThrow(RegistrationError);
      await expect(run).rejects.toThrow(/moving/);
      expect(backend().memory().aliveBytes).toBe(0);
    });
  });
});
