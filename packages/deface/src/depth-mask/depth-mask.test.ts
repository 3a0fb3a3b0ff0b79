import { analyseHead, type HeadAnatomy } from '@efface/anatomy';
import type { Backend } from '@efface/compute';
import { forEachFastBackend } from '@efface/compute/testing';
import { type GeneratedHead, generateHead } from '@efface/test-data';
import {
  allocateVoxels, dot, type Grid, ijkToLps, type Mask, maskCount, maskFromNonzero, maskHas, overlapCount, subtract, type Vec3, type Volume, voxelVolumeMm3,
} from '@efface/volume'; // prettier-ignore
import { beforeAll, describe, expect, it } from 'vitest';
import { fillOfPlan, maskOfPlan } from '../apply.ts';
import { maskOfDepthLayers } from '../depth-layer.ts';
import { type FacePlan, verdictOf } from '../plan.ts';
import { DEPTH_MASK_DEFAULTS, planDepthMask } from './depth-mask.ts';

const SPACING_MM = 2.5;
const CT_SKIN_HU = -300;

interface Planned {
  readonly anatomy: HeadAnatomy;
  readonly plan: FacePlan;
}

async function planned(backend: Backend, volume: Volume): Promise<Planned> {
  const anatomy = await analyseHead(backend, volume);
  return { anatomy, plan: await planDepthMask(backend, volume, anatomy, { ...DEPTH_MASK_DEFAULTS, seed: 1 }) };
}

/** The volume as a plan leaves it, and what changed. */
async function covered(
  backend: Backend,
  plan: FacePlan,
  volume: Volume,
): Promise<{ readonly mask: Mask; readonly after: Volume }> {
  const { mask } = await maskOfPlan(backend, plan, volume);
  const { fill } = await fillOfPlan(backend, plan, [volume], mask, 0);
  const after = allocateVoxels(volume.type, volume.voxels.length) as Float32Array;
  const [ni, nj] = volume.grid.sizeIjk;
  for (let n = 0; n < after.length; n++) {
    const k = Math.floor(n / (ni * nj));
    const isAltered = maskHas(mask, n % ni, Math.floor(n / ni) % nj, k);
    const painted = fill.kind === 'constant' ? fill.storedPerK[0][k] : Number(fill.voxels[0][n]);
    after[n] = isAltered ? painted : Number(volume.voxels[n]);
  }
  return { mask, after: { ...volume, voxels: after } };
}

/** Real values of a volume at the masked voxels. */
function valuesIn({ grid, voxels, rescale }: Volume, mask: Mask): number[] {
  const [ni, nj, nk] = grid.sizeIjk;
  const values: number[] = [];
  for (let k = 0, n = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, n++)
        if (maskHas(mask, i, j, k)) values.push(Number(voxels[n]) * rescale.slopePerK[k] + rescale.interceptPerK[k]);
  return values;
}

/** Voxels whose stored values differ. */
function valuesChanged(before: Volume, after: Volume): Mask {
  const differs = Uint8Array.from({ length: before.voxels.length }, (_, n) => (before.voxels[n] === after.voxels[n] ? 0 : 1));
  return maskFromNonzero(before.grid.sizeIjk, differs);
} // prettier-ignore

function overlapOf(a: Mask, b: Mask): Mask {
  return { ...a, words: a.words.map((word, n) => word & b.words[n]) };
}

/** How far the first tissue along each row from the front lies behind the tip of the nose, mm, within a box around it. */
function frontDepths(volume: Volume, { frame, face }: HeadAnatomy): number[] {
  const { grid, voxels, rescale } = volume;
  const [ni, nj, nk] = grid.sizeIjk;
  const nose = face.noseTipLps;
  if (!nose) throw new Error('the head has a nose');
  const depths: number[] = [];
  for (let k = 0; k < nk; k++)
    for (let i = 0; i < ni; i++)
      for (let j = 0; j < nj; j++) {
        const from: Vec3 = subtract(ijkToLps(grid, [i, j, k]), nose);
        const up = dot(from, frame.superiorLps);
        if (Math.abs(dot(from, frame.leftLps)) > 40 || up > 45 || up < -45) break;
        if (Number(voxels[(k * nj + j) * ni + i]) * rescale.slopePerK[k] + rescale.interceptPerK[k] < CT_SKIN_HU) continue;
        depths.push(dot(from, frame.posteriorLps));
        break;
      }
  return depths;
} // prettier-ignore

const ct: GeneratedHead = generateHead({ seed: 3, contrast: 'ct', spacingMm: SPACING_MM, noise: 10, noiseSeed: 2 });

forEachFastBackend((_, backend) => {
  describe('depth-mask', () => {
    let head: Planned;
    beforeAll(async () => {
      head = await planned(backend(), ct.volume);
    });

    it('covers the face and alters nothing inside the body', async () => {
      const { anatomy, plan } = head;
      expect(verdictOf(plan.findings)).toBe('pass');
      const { mask, after } = await covered(backend(), plan, ct.volume);
      const organs = ct.truth.structures.filter(({ name }) => /^(Brain|Optic|Eye|Parotid)/.test(name));
      expect(organs.length).toBeGreaterThan(7);
      const changed = valuesChanged(ct.volume, after);
      for (const { name, mask: organ } of organs) {
        // At this voxel size the front of an eye shares voxels with the air.
        const least = name.startsWith('Eye') ? valuesIn(ct.volume, overlapOf(changed, organ)) : [];
        expect([name, overlapCount(changed, organ)]).toEqual([name, least.filter((hu) => hu < -50).length]);
        expect(overlapCount(changed, organ)).toBeLessThanOrEqual(0.01 * maskCount(organ));
      }
      expect(overlapCount(changed, mask)).toBe(maskCount(changed));
      // Of the body only what holds less than its thinnest tissue, fat of −100 HU with a noise of 10; but for folds of the
      // ears that no line of sight reaches.
      const dense = valuesIn(ct.volume, overlapOf(changed, ct.truth.body)).filter((hu) => hu > -70);
      expect(dense.length).toBeLessThan(2e-4 * maskCount(ct.truth.body));
      const [before, behind] = [frontDepths(ct.volume, anatomy), frontDepths(after, anatomy)];
      const nearest = before.map((depth, n) => depth - behind[n]);
      expect(Math.min(...nearest)).toBeGreaterThanOrEqual(DEPTH_MASK_DEFAULTS.coverMm / 2);
    });

    it('is made of what lies under the skin, and is another for another seed', async () => {
      const { plan } = head;
      const { mask, after } = await covered(backend(), plan, ct.volume);
      const values = valuesIn(after, mask).toSorted((a, b) => a - b);
      const share = (low: number, high: number): number => values.filter((v) => v >= low && v < high).length / values.length; // prettier-ignore
      // Fat is −100 HU, muscle and skin 40 to 60 in the generated head; the edge is a tenth and more of a cover of a centimetre.
      expect(share(-200, 150)).toBeGreaterThan(0.6);
      expect(share(-Infinity, -1100) + share(1500, Infinity)).toBe(0);
      const withSeed = (seed: number): Promise<FacePlan> =>
        planDepthMask(backend(), ct.volume, head.anatomy, { ...DEPTH_MASK_DEFAULTS, seed });
      const again = await covered(backend(), await withSeed(1), ct.volume);
      expect(Buffer.compare(bytes(again.after), bytes(after))).toBe(0);
      const other = await covered(backend(), await withSeed(2), ct.volume);
      expect(Buffer.compare(bytes(other.after), bytes(after))).not.toBe(0);
    });

    it('is the same body on the grids of MR, PET and dose, with the values of each', async () => {
      const { plan } = head;
      const { region } = plan;
      if (region.kind !== 'depth-layers') throw new Error('a cover is a layer');
      const ml = (maskCount(maskOfDepthLayers(ct.volume.grid, region.layers)) * SPACING_MM ** 3) / 1000;
      const coarse: Grid = { sizeIjk: [60, 70, 56], affineIjkToLps: [-4, 0.3, 0, 118, 0.3, 4, 0.2, -150, 0, -0.2, 4.5, -140] }; // prettier-ignore
      for (const contrast of ['t1', 'pet'] as const) {
        const { volume, truth } = generateHead({ seed: 3, contrast, grid: coarse, noise: 3 });
        const { mask: own, after } = await covered(backend(), plan, volume);
        const ownMl = (maskCount(maskOfDepthLayers(coarse, region.layers)) * voxelVolumeMm3(coarse)) / 1000;
        expect(Math.abs(ownMl / ml - 1)).toBeLessThan(0.01);
        // Inside of the cover are values of the head, not of air.
        const inside = valuesIn(volume, truth.body).toSorted((a, b) => a - b);
        const painted = valuesIn(after, own).toSorted((a, b) => a - b);
        const middle = (values: number[]): number => values[values.length >> 1];
        expect(middle(painted)).toBeGreaterThan(0.15 * middle(inside));
        expect(painted.at(-1)).toBeLessThanOrEqual(inside.at(-1) ?? 0);
      }
      const dose: Volume = { ...ct.volume, unit: 'Gy', modality: 'OT' };
      const { mask } = await maskOfPlan(backend(), plan, dose);
      const { fill } = await fillOfPlan(backend(), plan, [dose], mask, 7);
      // Of the body only what the window sees past its edges.
      expect(overlapCount(mask, ct.truth.body)).toBeLessThan(0.02 * maskCount(mask));
      expect(fill).toEqual({ kind: 'constant', storedPerK: [new Float64Array(dose.grid.sizeIjk[2])] });
    });

    it('swallows a mask shell', async () => {
      const shelled = generateHead({ seed: 3, contrast: 'ct', spacingMm: SPACING_MM, devices: true });
      const { anatomy, plan } = await planned(backend(), shelled.volume);
      const { mask } = await maskOfPlan(backend(), plan, shelled.volume);
      const { grid, voxels } = shelled.volume;
      const [ni, nj, nk] = grid.sizeIjk;
      let [shell, left] = [0, 0];
      for (let k = 0, n = 0; k < nk; k++)
        for (let j = 0; j < nj; j++)
          for (let i = 0; i < ni; i++, n++) {
            const from = subtract(ijkToLps(grid, [i, j, k]), anatomy.face.noseTipLps ?? [0, 0, 0]);
            const isFront = Math.abs(dot(from, anatomy.frame.leftLps)) < 35 && Math.abs(dot(from, anatomy.frame.superiorLps)) < 40 && dot(from, anatomy.frame.posteriorLps) < 30; // prettier-ignore
            if (!isFront || maskHas(shelled.truth.body, i, j, k) || Number(voxels[n]) < CT_SKIN_HU) continue;
            shell++;
            if (!maskHas(mask, i, j, k)) left++;
          }
      expect(shell).toBeGreaterThan(500);
      // Beside the nose the shell runs along the line of sight, too thick to be told from skin.
      expect(left / shell).toBeLessThan(0.1);
    });

    it('says that the image leaves no room for a cover', async () => {
      const { volume, landmarksLps } = ct;
      const [ni, nj, nk] = volume.grid.sizeIjk;
      // The image ends 8 mm behind the tip of the nose.
      const endLps = landmarksLps.pronasale[1] + 8;
      const first = Array.from({ length: nj }, (_, j) => j).find((j) => ijkToLps(volume.grid, [0, j, 0])[1] > endLps) ?? 0; // prettier-ignore
      const sizeIjk: Vec3 = [ni, nj - first, nk];
      const voxels = allocateVoxels('i16', ni * (nj - first) * nk) as Int16Array;
      for (let k = 0, at = 0; k < nk; k++)
        for (let j = first; j < nj; j++)
          for (let i = 0; i < ni; i++) voxels[at++] = Number(volume.voxels[(k * nj + j) * ni + i]);
      const m = volume.grid.affineIjkToLps.slice();
      for (const row of [0, 1, 2]) m[4 * row + 3] += first * m[4 * row + 1];
      const { plan } = await planned(backend(), { ...volume, grid: { sizeIjk, affineIjkToLps: m }, voxels });
      expect(plan.findings.map(({ code }) => code)).toContain('COVER_CLIPPED');
    });
  });
});

function bytes({ voxels }: Volume): Buffer {
  return Buffer.from(voxels.buffer as ArrayBuffer, voxels.byteOffset, voxels.byteLength);
}
