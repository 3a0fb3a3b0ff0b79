import { type Backend } from '@efface/compute';
import { forEachFastBackend } from '@efface/compute/testing';
import { openBackend } from '@efface/kernels/backends';
import { type Affine, type Grid, IDENTITY, ijkToLps, type Vec3, voxelCount } from '@efface/volume';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { head } from '../testing/heads.ts';
import { registerDeformable } from './deformable.ts';
import { fixedPoint, movingPoint } from './points.ts';
import { type Warp, warpLabels, warpMask, warpVolume } from './warp.ts';

const COARSE = { seed: 41, spacingMm: 3, noise: 8 } as const;

/** A smooth push of up to 9 mm on a grid around the head, and nothing at its border. */
function push(): Warp {
  const grid: Grid = { sizeIjk: [53, 65, 73], affineIjkToLps: [4, 0, 0, -104, 0, 4, 0, -132, 0, 0, 4, -142] };
  const displacementMm = new Float32Array(3 * voxelCount(grid));
  const [ni, nj, nk] = grid.sizeIjk;
  for (let k = 0, n = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, n += 3) {
        const [x, y, z] = ijkToLps(grid, [i, j, k]);
        const fade = Math.exp(-(x * x + (y + 20) ** 2 + (z - 20) ** 2) / (2 * 50 ** 2));
        displacementMm.set([6 * fade * Math.sin(y / 30), -5 * fade * Math.cos(z / 35), 4 * fade * Math.sin(x / 25)], n);
      }
    }
  }
  return { movingOfFixed: IDENTITY, field: { grid, displacementMm } };
}

describe('registerDeformable', () => {
  forEachFastBackend((kind, backend) => {
    it(`undoes a push it was not told of, without a fold (${kind})`, async () => {
      const { volume, truth } = head({ contrast: 't1', ...COARSE });
      const known = push();
      // fixed(x) = moving(x + u(x)), so what must be found is the push itself.
      const fixed = await warpVolume(backend(), volume, known, volume.grid, { outsideValue: 0 });
      const initial: Affine = IDENTITY;
      const options = {
        initial,
        metric: 'local-correlation',
        finestSpacingMm: 4,
        iterations: [12, 12, 8],
      } as const;
      const found = await registerDeformable(backend(), { volume: fixed }, { volume }, options);
      expect(found.foldedVoxels).toBe(0);
      expect(found.minJacobian).toBeGreaterThan(0.3);
      expect(found.isLost).toBe(false);
      const body = await warpMask(backend(), { grid: volume.grid, mask: truth.body }, known, volume.grid);
      let before = 0;
      let after = 0;
      let count = 0;
      const [ni, nj] = volume.grid.sizeIjk;
      for (let n = 0; n < volume.voxels.length; n += 17) {
        const [i, j, k] = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))];
        if (((body.words[(k * nj + j) * body.wordsPerRow + (i >>> 5)] >>> (i & 31)) & 1) === 0) continue;
        const p = ijkToLps(volume.grid, [i, j, k]);
        const [t, f] = [movingPoint(known, p), movingPoint(found, p)];
        before += Math.hypot(t[0] - p[0], t[1] - p[1], t[2] - p[2]);
        after += Math.hypot(t[0] - f[0], t[1] - f[1], t[2] - f[2]);
        count++;
      }
      // An eighth of a voxel of the finest level on average; along an edge nothing tells where a voxel went.
      expect(before / count).toBeGreaterThan(1.5);
      expect(after / count).toBeLessThan(0.5);
      const there: Vec3 = [10, -40, 30];
      const back = fixedPoint(found, movingPoint(found, there));
      expect(Math.hypot(back[0] - there[0], back[1] - there[1], back[2] - there[2])).toBeLessThan(0.01);
      const few = { ...options, iterations: [2, 2, 2] } as const;
      const once = await registerDeformable(backend(), { volume: fixed }, { volume }, few);
      const again = await registerDeformable(backend(), { volume: fixed }, { volume }, few);
      expect(again.field.displacementMm).toEqual(once.field.displacementMm);
      expect(backend().memory().aliveBytes).toBe(0);
    });
  });

  describe('on the CPU', () => {
    let opened: Backend;
    beforeAll(async () => {
      opened = await openBackend('cpu');
    });
    afterAll(() => opened[Symbol.asyncDispose]());
    const backend = (): Backend => opened;

    it('brings the head of one contrast to the other by mutual information', async () => {
      const t1 = head({ contrast: 't1', ...COARSE });
      const ct = head({ contrast: 'ct', ...COARSE }).volume;
      const known = push();
      const fixed = await warpVolume(backend(), ct, known, ct.grid, { outsideValue: -1000 });
      const options = { initial: IDENTITY, metric: 'mutual-information', finestSpacingMm: 4 } as const;
      const before = await registerDeformable(backend(), { volume: fixed }, { volume: t1.volume }, { ...options, iterations: [0, 0, 0] }); // prettier-ignore
      const found = await registerDeformable(backend(), { volume: fixed }, { volume: t1.volume }, options);
      expect(before.field.displacementMm.every((v) => v === 0)).toBe(true);
      expect(found.foldedVoxels).toBe(0);
      expect(found.isLost).toBe(false);
      // The bodies as each image shows them: more than half of what was apart is together.
      expect(1 - found.quality.bodyDice).toBeLessThan((1 - before.quality.bodyDice) / 2);
    });

    it('brings labels to where a head was pushed, and makes up none', async () => {
      const { volume, truth } = head({ contrast: 't1', ...COARSE });
      const labels = { ...volume, type: 'u8', voxels: truth.labels } as const;
      const still = await warpLabels(backend(), labels, { movingOfFixed: IDENTITY }, volume.grid);
      expect(still.voxels).toEqual(truth.labels);
      const moved = await warpLabels(backend(), labels, push(), volume.grid);
      expect([...new Set(moved.voxels as Uint8Array)].sort()).toEqual([...new Set(truth.labels)].sort());
    });
  });
});
