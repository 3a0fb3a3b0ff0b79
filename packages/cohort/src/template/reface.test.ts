import { analyseHead, type HeadAnatomy, type HeadTemplate } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type FacePlan, fillOfPlan, maskOfPlan, planReface, REFACE_DEFAULTS, type RefaceOptions } from '@efface/deface';
import { openBackend } from '@efface/kernels/backends';
import { type GeneratedHead, generateHead } from '@efface/test-data';
import { ijkToLps, type Mask, maskCount, maskHas, maskToBytes, overlapCount, type Vec3, type Volume } from '@efface/volume'; // prettier-ignore
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTemplate, shippedTemplatePath } from './read-template.ts';

const SPACING_MM = 3;
const CT_SKIN_HU = -300;

let backend: Backend;
let template: HeadTemplate;
beforeAll(async () => {
  backend = await openBackend('cpu');
  template = await readTemplate(shippedTemplatePath());
});
afterAll(() => backend[Symbol.asyncDispose]());

interface Refaced {
  readonly plan: FacePlan;
  readonly mask: Mask;
  /** Real values. */
  readonly before: Float64Array;
  readonly after: Float64Array;
}

async function planned(volume: Volume, anatomy: HeadAnatomy, options: Partial<RefaceOptions> = {}): Promise<FacePlan> {
  return planReface(backend, volume, anatomy, { ...REFACE_DEFAULTS, ...options }, template);
}

async function painted(plan: FacePlan, volume: Volume): Promise<Refaced> {
  const { mask } = await maskOfPlan(backend, plan, volume);
  const { fill } = await fillOfPlan(backend, plan, [volume], mask, 0);
  const { slopePerK, interceptPerK } = volume.rescale;
  const perK = volume.grid.sizeIjk[0] * volume.grid.sizeIjk[1];
  const isAltered = maskToBytes(mask);
  const before = Float64Array.from(volume.voxels as Int16Array, (v, n) => v * slopePerK[Math.floor(n / perK)] + interceptPerK[Math.floor(n / perK)]); // prettier-ignore
  const after = before.map((real, n) => {
    const k = Math.floor(n / perK);
    if (isAltered[n] === 0) return real;
    const stored = fill.kind === 'constant' ? fill.storedPerK[0][k] : Number(fill.voxels[0][n]);
    return stored * slopePerK[k] + interceptPerK[k];
  });
  return { plan, mask, before, after };
}

async function refaced(volume: Volume, options: Partial<RefaceOptions> = {}): Promise<Refaced> {
  return painted(await planned(volume, await analyseHead(backend, volume), options), volume);
}

/** How many altered voxels lie within some mm of a point. */
function alteredNear({ grid }: Volume, mask: Mask, point: Vec3, radiusMm: number): number {
  const [ni, nj, nk] = grid.sizeIjk;
  let count = 0;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++)
        if (maskHas(mask, i, j, k) && Math.hypot(...ijkToLps(grid, [i, j, k]).map((mm, d) => mm - point[d])) < radiusMm)
          count++;
  return count;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];
const deviation = (values: readonly number[]): number => {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
};

describe('reface of a CT, and of a PET beside it', () => {
  let ct: GeneratedHead;
  let anatomy: HeadAnatomy;
  let result: Refaced;
  /** Without noise; and without noise and ears, with three times the feather. */
  let bare: Refaced;
  let soft: Refaced;
  beforeAll(async () => {
    ct = generateHead({ seed: 5, contrast: 'ct', spacingMm: SPACING_MM, noise: 12 });
    anatomy = await analyseHead(backend, ct.volume);
    const by = async (options: Partial<RefaceOptions>): Promise<Refaced> =>
      painted(await planned(ct.volume, anatomy, options), ct.volume);
    result = await by({});
    bare = await by({ matchNoise: false });
    soft = await by({ matchNoise: false, featherMm: 12, ears: false });
  });

  it('puts another face of skin and bone where the face was, and leaves the brain', () => {
    const { mask, before, after } = result;
    expect(overlapCount(mask, ct.truth.brain)).toBe(0);
    const isAltered = maskToBytes(mask);
    const inMask = [...isAltered.keys()].filter((n) => isAltered[n] === 1);
    const tissue = (values: Float64Array): number => inMask.filter((n) => values[n] > CT_SKIN_HU).length;
    // As much of a head as there was, in another shape.
    expect(tissue(after) / tissue(before)).toBeGreaterThan(0.8);
    expect(tissue(after) / tissue(before)).toBeLessThan(1.2);
    const crossed = inMask.filter((n) => before[n] > CT_SKIN_HU !== after[n] > CT_SKIN_HU).length;
    expect(crossed).toBeGreaterThan(0.05 * tissue(before));
    // Bone, soft tissue and air are where Hounsfield put them.
    expect(inMask.filter((n) => after[n] > 300).length).toBeGreaterThan(0.05 * tissue(after));
    expect(median(inMask.map((n) => after[n]).filter((hu) => hu < CT_SKIN_HU))).toBeLessThan(-950);
  });

  it('is the same to the byte for the same image and seed, and another face for another seed', async () => {
    const again = await painted(await planned(ct.volume, anatomy), ct.volume);
    expect(Buffer.compare(Buffer.from(again.after.buffer), Buffer.from(result.after.buffer))).toBe(0);
    const other = await painted(await planned(ct.volume, anatomy, { seed: 7 }), ct.volume);
    const moved = result.after.filter((hu, n) => hu > CT_SKIN_HU !== other.after[n] > CT_SKIN_HU).length;
    expect(moved).toBeGreaterThan(200);
  });

  it('moves the face at random without a fold', () => {
    expect(result.plan.measured['disguiseMm']).toBeGreaterThan(1);
    expect(result.plan.measured['disguiseMinJacobian']).toBeGreaterThanOrEqual(0.2);
  });

  it('replaces the ears unless told not to', () => {
    for (const point of [ct.landmarksLps.tragionLeft, ct.landmarksLps.tragionRight]) {
      const [on, off] = [result.mask, soft.mask].map((mask) => alteredNear(ct.volume, mask, point, 15));
      expect(on).toBeGreaterThan(60);
      expect(off).toBeLessThan(0.2 * on);
    }
  });

  it('goes over into the tissue that stays: a wider feather makes the seam smaller', () => {
    const seam = ({ mask, before, after }: Refaced): number => {
      const [ni, nj, nk] = ct.volume.grid.sizeIjk;
      let [sum, count] = [0, 0];
      for (let k = 0; k < nk; k++)
        for (let j = 1; j < nj; j++)
          for (let i = 0; i < ni; i++) {
            const n = (k * nj + j) * ni + i;
            // Altered in front, kept behind, inside of the body.
            if (!maskHas(mask, i, j - 1, k) || maskHas(mask, i, j, k) || !maskHas(ct.truth.body, i, j, k)) continue;
            sum += Math.abs(after[n - ni] - before[n - ni]);
            count++;
          }
      expect(count).toBeGreaterThan(500);
      return sum / count;
    };
    expect(seam(soft)).toBeLessThan(0.75 * seam(bare));
  });

  it('gives new tissue the noise of the image', () => {
    const isAltered = maskToBytes(bare.mask);
    const softTissue = [...isAltered.keys()].filter(
      (n) => isAltered[n] === 1 && bare.after[n] > -20 && bare.after[n] < 80,
    );
    const noise = deviation(softTissue.map((n) => result.after[n] - bare.after[n]));
    // 12 HU were asked of the head; the template has a little of its own.
    expect(noise).toBeGreaterThan(6);
    expect(noise).toBeLessThan(15);
  });

  it('paints PET with its own activity, never with Hounsfield units, and no dose at all', async () => {
    const pet = generateHead({ seed: 5, contrast: 'pet', spacingMm: 4 });
    const { plan } = result;
    const { mask, before, after } = await painted(plan, pet.volume);
    const isAltered = maskToBytes(mask);
    const body = maskToBytes(pet.truth.body);
    const tissue = (values: Float64Array): Float64Array => values.filter((_, n) => isAltered[n] * body[n] === 1).sort();
    expect(maskCount(mask)).toBeGreaterThan(1000);
    const [was, is, all] = [tissue(before), tissue(after), before.toSorted()];
    expect(is[0]).toBeGreaterThanOrEqual(all[0]);
    expect(is.at(-1)).toBeLessThanOrEqual(all.at(-1) ?? 0);
    // The new face is as warm as faces are, not as hot as the brain, whose uptake is ten times theirs.
    const at = (values: Float64Array, share: number): number => values[Math.floor(share * (values.length - 1))];
    expect(at(is, 0.5) / at(was, 0.5)).toBeGreaterThan(0.5);
    expect(at(is, 0.5) / at(was, 0.5)).toBeLessThan(2);
    expect(at(is, 0.98)).toBeLessThan(0.5 * at(all, 0.99));
    const dose: Volume = { ...ct.volume, modality: 'OT', unit: 'Gy' };
    const { fill, fillReal } = await fillOfPlan(backend, plan, [dose], (await maskOfPlan(backend, plan, dose)).mask, 0);
    expect([fill.kind, fillReal]).toEqual(['constant', 0]);
  });

  it('refuses a head it finds no brain in', async () => {
    await expect(planned(ct.volume, { ...anatomy, brainSource: 'none' })).rejects.toMatchObject({
      code: 'TEMPLATE_LOST',
    });
  });
});

describe('reface of an MR', () => {
  it('wipes signal from elsewhere out of the air', async () => {
    const { volume } = generateHead({ seed: 6, contrast: 't1', spacingMm: SPACING_MM, noise: 8 });
    const [ni, nj] = volume.grid.sizeIjk;
    const voxels = volume.voxels.slice() as Uint16Array;
    // A ghost as bright as tissue in the air behind the head.
    const ghost: number[] = [];
    for (let k = 20; k < 26; k++)
      for (let j = nj - 4; j < nj - 1; j++) for (let i = 10; i < 20; i++) ghost.push((k * nj + j) * ni + i);
    expect(median(ghost.map((n) => voxels[n]))).toBeLessThan(40);
    for (const n of ghost) voxels[n] = 600;
    const { after, plan } = await refaced({ ...volume, voxels });
    expect(plan.measured['wrapVoxels']).toBeGreaterThanOrEqual(ghost.length);
    const wiped = ghost.map((n) => after[n]);
    expect(median(wiped)).toBeLessThan(40);
    expect(Math.max(...wiped)).toBeLessThan(60);
  });

  it('leaves air alone that the scanner has set to zero', async () => {
    const { volume } = generateHead({ seed: 6, contrast: 't1', spacingMm: 4 });
    const plan = await planned(volume, await analyseHead(backend, volume));
    expect(plan.measured['wrapVoxels']).toBe(0);
  });
});
