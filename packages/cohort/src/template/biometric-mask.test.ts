import { analyseHead, type HeadAnatomy, type HeadTemplate, locateTemplate, lpsOfMni, type TemplateBox } from '@efface/anatomy'; // prettier-ignore
import { type Backend } from '@efface/compute';
import { BIOMETRIC_MASK_DEFAULTS, type BiometricMaskOptions, maskOfPlan, planBiometricMask } from '@efface/deface';
import { openBackend } from '@efface/kernels/backends';
import { type GeneratedHead, generateHead } from '@efface/test-data';
import { type Grid, ijkToLps, type Mask, maskCount, maskHas, overlapCount, transformPoint, type Vec3, type Volume } from '@efface/volume'; // prettier-ignore
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTemplate, shippedTemplatePath } from './read-template.ts';

const SPACING_MM = 2.5;

let backend: Backend;
let template: HeadTemplate;
let head: GeneratedHead;
let anatomy: HeadAnatomy;
beforeAll(async () => {
  backend = await openBackend('cpu');
  template = await readTemplate(shippedTemplatePath());
  head = generateHead({ seed: 4, contrast: 'ct', spacingMm: SPACING_MM });
  anatomy = await analyseHead(backend, head.volume);
});
afterAll(() => backend[Symbol.asyncDispose]());

async function maskBy(options: Partial<BiometricMaskOptions>, volume = head.volume, of = anatomy): Promise<Mask> {
  const plan = await planBiometricMask(backend, volume, of, { rule: 'full', ...BIOMETRIC_MASK_DEFAULTS, ...options }, template); // prettier-ignore
  return (await maskOfPlan(backend, plan, volume)).mask;
}

/** Every voxel of a grid, for a few. */
function* voxelsOf({ sizeIjk: [ni, nj, nk] }: Grid): Generator<Vec3> {
  for (let k = 0; k < nk; k++) for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++) yield [i, j, k];
}

/** The same head with its axes stored the other way round: voxel (i, j, k) was (ni−1−i, nj−1−j, k), then k runs first. */
function storedOtherwise({ grid, voxels, ...rest }: Volume): Volume {
  const [ni, nj, nk] = grid.sizeIjk;
  const m = grid.affineIjkToLps;
  const sizeIjk: Vec3 = [nk, ni, nj];
  const column = (axis: number, sign: number): number[] => [0, 1, 2].map((row) => sign * m[4 * row + axis]);
  const [a, b, c] = [column(2, 1), column(0, -1), column(1, -1)];
  const corner = ijkToLps(grid, [ni - 1, nj - 1, 0]);
  const affineIjkToLps = [0, 1, 2].flatMap((row) => [a[row], b[row], c[row], corner[row]]) as unknown as Grid['affineIjkToLps']; // prettier-ignore
  const turned = voxels.slice();
  for (let j = 0, n = 0; j < nj; j++)
    for (let i = 0; i < ni; i++)
      for (let k = 0; k < nk; k++, n++) turned[n] = voxels[(k * nj + (nj - 1 - j)) * ni + (ni - 1 - i)];
  const one = (values: Float64Array): Float64Array => new Float64Array(nj).fill(values[0]);
  const { slopePerK, interceptPerK } = rest.rescale;
  return { ...rest, grid: { ...grid, sizeIjk, affineIjkToLps }, voxels: turned, rescale: { slopePerK: one(slopePerK), interceptPerK: one(interceptPerK) } }; // prettier-ignore
}

describe('biometric-mask, published rule', () => {
  it('fills the blocks of ct_biometric_mask: the extents of the warped boxes, on to the borders it names', async () => {
    const { grid } = head.volume;
    const { templateOfLps } = await locateTemplate(backend, head.volume, anatomy, template);
    // The generated grid runs left, posterior, superior, as its affine says.
    expect([0, 5, 10].map((n) => Math.sign(grid.affineIjkToLps[n]))).toEqual([1, 1, 1]);
    const voxels = [...voxelsOf(grid)];
    const mni = voxels.map((ijk) => lpsOfMni(transformPoint(templateOfLps, ijkToLps(grid, ijk))));
    const inBox = ({ low, high }: TemplateBox): Vec3[] =>
      voxels.filter((_, n) => mni[n].every((mm, d) => mm >= low[d] && mm <= high[d]));
    const { face, earLeft, earRight } = template.biometricBoxes;
    const [f, l, r] = [face, earLeft, earRight].map((box) => {
      const inside = inBox(box);
      const along = (d: 0 | 1 | 2): number[] => inside.map((ijk) => ijk[d]);
      const span = ([0, 1, 2] as const).map((d) => [Math.min(...along(d)), Math.max(...along(d))] as const);
      return { span, meanK: along(2).reduce((sum, k) => sum + k, 0) / inside.length };
    });
    const end = grid.sizeIjk[0] - 1;
    const blocks = [
      [f.span[0], [0, f.span[1][1]], [0, Math.round(f.meanK)]],
      [[l.span[0][0], end], l.span[1], l.span[2]],
      [[0, r.span[0][1]], r.span[1], r.span[2]],
    ];
    const expected = (ijk: Vec3): boolean =>
      blocks.some((block) => block.every(([low, high], d) => ijk[d] >= low && ijk[d] <= high));
    const mask = await maskBy({ rule: 'published', keepOutMm: 0 });
    const wrong = voxels.filter((ijk) => maskHas(mask, ...ijk) !== expected(ijk));
    expect(maskCount(mask)).toBeGreaterThan(1000);
    expect(wrong).toEqual([]);
  });

  it('is the same body however the voxels are stored', async () => {
    const other = storedOtherwise(head.volume);
    const again = await analyseHead(backend, other);
    const [a, b] = [await maskBy({ rule: 'published' }), await maskBy({ rule: 'published' }, other, again)];
    const [ni, nj] = head.volume.grid.sizeIjk;
    let both = 0;
    for (const [i, j, k] of voxelsOf(head.volume.grid))
      both += Number(maskHas(a, i, j, k) && maskHas(b, k, ni - 1 - i, nj - 1 - j));
    // The head is found again from the voxels: to a voxel at some borders of the blocks.
    expect((2 * both) / (maskCount(a) + maskCount(b))).toBeGreaterThan(0.95);
  });

  it('leaves the eyes, which the full rule takes', async () => {
    const eyes = head.truth.structures.filter(({ name }) => name.startsWith('Eye_'));
    expect(eyes).toHaveLength(2);
    const [published, full] = [await maskBy({ rule: 'published' }), await maskBy({})];
    for (const { mask } of eyes) {
      expect(overlapCount(published, mask)).toBe(0);
      expect(overlapCount(full, mask)).toBeGreaterThan(0.75 * maskCount(mask));
    }
  });
});

describe('biometric-mask, full rule', () => {
  it.each([3, 4, 5])('never touches the brain of generated head %i, and takes the nose', async (seed) => {
    const { volume, truth, landmarksLps } = generateHead({ seed, contrast: 'ct', spacingMm: SPACING_MM });
    const mask = await maskBy({}, volume, await analyseHead(backend, volume));
    expect(overlapCount(mask, truth.brain)).toBe(0);
    const nose = [...voxelsOf(volume.grid)].filter((ijk) => {
      const p = ijkToLps(volume.grid, ijk);
      return Math.hypot(...p.map((mm, d) => mm - landmarksLps.pronasale[d])) < 10;
    });
    expect(nose.length).toBeGreaterThan(200);
    expect(nose.filter((ijk) => !maskHas(mask, ...ijk))).toEqual([]);
  });

  it('takes the ears unless told not to', async () => {
    const [on, off] = [await maskBy({ ears: true }), await maskBy({ ears: false })];
    const { tragionLeft, tragionRight } = head.landmarksLps;
    for (const tragion of [tragionLeft, tragionRight]) {
      const near = (mask: Mask): number =>
        [...voxelsOf(head.volume.grid)].filter((ijk) => {
          const p = ijkToLps(head.volume.grid, ijk);
          return maskHas(mask, ...ijk) && Math.hypot(...p.map((mm, d) => mm - tragion[d])) < 20;
        }).length;
      expect(near(on)).toBeGreaterThan(100);
      expect(near(off)).toBe(0);
    }
  });

  it('refuses a head without a brain to lay the template by', async () => {
    const none = { ...anatomy, brainSource: 'none' } as const;
    await expect(maskBy({}, head.volume, none)).rejects.toMatchObject({ code: 'TEMPLATE_LOST' });
  });
});
