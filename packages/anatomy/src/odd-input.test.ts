import { type Backend } from '@efface/compute';
import { openBackend } from '@efface/kernels/backends';
import {
  allocateVoxels, createMask, ijkToLps, length, maskCount, subtract, transformPoint, uniformRescale, type Vec3,
  type Volume,
} from '@efface/volume'; // prettier-ignore
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyseHead } from './analyse-head.ts';
import { dice, maskOnGrid } from './evaluate-brain.ts';
import { headToLps } from './pose.ts';
import { codesOf, head } from './testing/heads.ts';
import { cropped, restored, revalued } from './testing/transform-volume.ts';

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend('cpu');
});
afterAll(() => backend[Symbol.asyncDispose]());

const T1 = { seed: 11, contrast: 't1', spacingMm: 2.5, noise: 15 } as const;
const CT = { seed: 12, contrast: 'ct', spacingMm: 2.5, noise: 15 } as const;

/** A volume of one tissue value in air, by a test of the point in LPS mm. */
function shape(isInside: (p: Vec3) => boolean, modality: Volume['modality'] = 'MR'): Volume {
  const sizeIjk: Vec3 = [80, 80, 80];
  const grid = { sizeIjk, affineIjkToLps: [3, 0, 0, -120, 0, 3, 0, -120, 0, 0, 3, -120] };
  const voxels = allocateVoxels('i16', 80 ** 3);
  const [air, tissue] = modality === 'CT' ? [-1000, 40] : [3, 500];
  for (let n = 0; n < voxels.length; n++) {
    const p = ijkToLps(grid, [n % 80, Math.floor(n / 80) % 80, Math.floor(n / 6400)]);
    voxels[n] = isInside(p) ? tissue : air + (n % 3);
  }
  return {
    grid,
    type: 'i16',
    voxels,
    rescale: uniformRescale(80, 1, 0),
    modality,
    unit: modality === 'CT' ? 'HU' : 'arbitrary',
  };
}

describe('analyseHead, however the image is stored', () => {
  it('finds the same head in every axis order and direction', async () => {
    const { volume } = head(T1);
    const expected = await analyseHead(backend, volume);
    for (const [axes, isFlipped] of [
      [
        [2, 0, 1],
        [true, false, false],
      ],
      [
        [1, 2, 0],
        [false, true, true],
      ],
      [
        [0, 1, 2],
        [true, true, true],
      ],
    ] as const) {
      const found = await analyseHead(backend, restored(volume, axes, isFlipped));
      expect(found.findings).toEqual(expected.findings);
      expect(length(subtract(found.frame.originLps, expected.frame.originLps))).toBeLessThan(0.5);
      const onSame = await maskOnGrid(backend, found.brain, expected.brain.grid);
      expect(dice(onSame, expected.brain.mask)).toBeGreaterThan(0.99);
    }
  });

  it('gives the same bytes twice', async () => {
    const { volume } = head(CT);
    const [once, again] = [await analyseHead(backend, volume), await analyseHead(backend, volume)];
    expect(again.brain.mask.words).toEqual(once.brain.mask.words);
    expect(again.body.mask.words).toEqual(once.body.mask.words);
    expect({ ...again.frame }).toEqual({ ...once.frame });
  });

  it('does not care about the scale of the values, nor that air is not 0', async () => {
    const { volume } = head(T1);
    const expected = await analyseHead(backend, volume);
    const shifted = revalued(volume, (stored) => 3 * stored + 400);
    const found = await analyseHead(backend, shifted);
    expect(codesOf(found)).toEqual([]);
    expect(dice(found.brain.mask, expected.brain.mask)).toBeGreaterThan(0.98);
    // Rician noise of 15 peaks at 15, times 3 and moved by 400; integers spread the peak.
    expect(Math.abs(found.background.modeReal - 445)).toBeLessThan(25);
  });
});

describe("analyseHead with a brain mask of one's own", () => {
  it('takes it as it is, and finds the frame from it', async () => {
    const { volume, truth } = head(T1);
    const expected = await analyseHead(backend, volume);
    const found = await analyseHead(backend, volume, { brainMask: truth.brain });
    expect(found.brain.mask).toBe(truth.brain);
    expect(found.brain.grid).toBe(volume.grid);
    expect(found.brainSource).toBe('given');
    expect(found.brainVolumeMl).toBeCloseTo((maskCount(truth.brain) * 2.5 ** 3) / 1000, 6);
    expect(codesOf(found)).toEqual([]);
    expect(length(subtract(found.frame.originLps, expected.frame.originLps))).toBeLessThan(6);
  });

  it('refuses one of another size, and an empty one has no brain', async () => {
    const { volume } = head(T1);
    await expect(analyseHead(backend, volume, { brainMask: createMask([4, 4, 4]) })).rejects.toMatchObject({
      code: 'BRAIN_MASK_SIZE',
    });
    const found = await analyseHead(backend, volume, { brainMask: createMask(volume.grid.sizeIjk) });
    expect(codesOf(found)).toContain('BRAIN_NOT_FOUND');
  });
});

describe('analyseHead on what is no head', () => {
  const things: Readonly<Record<string, Volume>> = {
    'a ball': shape((p) => length(p) < 85),
    'a box': shape((p) => p.every((c) => Math.abs(c) < 70)),
    'a ball on CT': shape((p) => length(p) < 85, 'CT'),
    'a pole': shape((p) => Math.hypot(p[0], p[1]) < 30, 'CT'),
    nothing: shape(() => false),
    'something everywhere': shape(() => true),
  };
  for (const [name, volume] of Object.entries(things)) {
    it(`says so: ${name}`, async () => {
      const anatomy = await analyseHead(backend, volume);
      expect(anatomy.findings.filter((finding) => finding.severity === 'fail').map((finding) => finding.code)).toEqual([
        'NOT_A_HEAD',
      ]);
      expect(anatomy.brainSource).toBe('none');
      expect(maskCount(anatomy.brain.mask)).toBe(0);
    });
  }

  it('says so for a neck', async () => {
    const { volume } = head(CT);
    const [ni, nj] = volume.grid.sizeIjk;
    const anatomy = await analyseHead(backend, cropped(volume, [0, 0, 0], [ni, nj, 14]));
    expect(codesOf(anatomy)).toEqual(['NOT_A_HEAD']);
  });
});

describe('analyseHead on heads with something missing', () => {
  it('knows a head whose face was removed', async () => {
    const { volume } = head(T1);
    const whole = await analyseHead(backend, volume);
    // Everything in front of a plane from under the brow to behind the chin, in the frame of the head.
    const m = headToLps([
      ...whole.frame.originLps,
      ...whole.frame.rotationDegrees.map((d) => (d * Math.PI) / 180),
      0,
      0,
      0,
    ]);
    const origin = transformPoint(m, [0, -75, -25]);
    const normal = subtract(transformPoint(m, [0, -0.8, -0.6]), transformPoint(m, [0, 0, 0]));
    const [ni, nj] = volume.grid.sizeIjk;
    const cut = revalued(volume, (stored, n) => {
      const p = ijkToLps(volume.grid, [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))]);
      const side = subtract(p, origin).reduce((sum, c, d) => sum + c * normal[d], 0);
      return side > 0 ? 0 : stored;
    });
    const anatomy = await analyseHead(backend, cut);
    expect(codesOf(anatomy)).toEqual(['FACE_ALREADY_REMOVED']);
    expect(anatomy.face.present).toBe(false);
    expect(anatomy.brainSource).toBe('image');
  });

  it('knows a scan that ends above the face', async () => {
    const { volume, landmarksLps } = head(CT);
    const [ni, nj, nk] = volume.grid.sizeIjk;
    const floor = Math.round((landmarksLps.nasion[2] + 12 - ijkToLps(volume.grid, [0, 0, 0])[2]) / 2.5);
    const anatomy = await analyseHead(backend, cropped(volume, [0, 0, floor], [ni, nj, nk]));
    expect(codesOf(anatomy)).toContain('FACE_OUTSIDE_FIELD_OF_VIEW');
  });

  it('finds the brain of a head whose vertex is outside the scan', async () => {
    const { volume, truth, landmarksLps } = head(CT);
    const [ni, nj, nk] = volume.grid.sizeIjk;
    const top = Math.round((landmarksLps.vertex[2] - 45 - ijkToLps(volume.grid, [0, 0, 0])[2]) / 2.5);
    const size: Vec3 = [ni, nj, Math.min(nk, top)];
    const anatomy = await analyseHead(backend, cropped(volume, [0, 0, 0], size));
    expect(codesOf(anatomy)).toEqual([]);
    const whole = await analyseHead(backend, volume);
    expect(length(subtract(anatomy.frame.originLps, whole.frame.originLps))).toBeLessThan(6);
    expect(maskCount(truth.brain)).toBeGreaterThan(0);
  });

  it('brings a CT without Hounsfield units near to them', async () => {
    const { volume } = head(CT);
    const expected = await analyseHead(backend, volume);
    const other = { ...revalued(volume, (stored) => Math.round((stored + 1000) * 0.4)), unit: 'arbitrary' };
    const found = await analyseHead(backend, other);
    expect(codesOf(found)).toEqual(['CT_NOT_IN_HU']);
    expect(dice(await maskOnGrid(backend, found.brain, expected.brain.grid), expected.brain.mask)).toBeGreaterThan(
      0.97,
    );
  });

  it('takes padding of a scanner for what it is', async () => {
    const { volume } = head(CT);
    const expected = await analyseHead(backend, volume);
    const [ni, nj] = volume.grid.sizeIjk;
    const round = revalued(volume, (stored, n) =>
      Math.hypot((n % ni) - ni / 2, (Math.floor(n / ni) % nj) - nj / 2) > 0.53 * nj ? -3024 : stored,
    );
    const found = await analyseHead(backend, round);
    expect(codesOf(found)).toEqual([]);
    // Gaussian noise of 15 HU: the mode of a sample wanders by a few.
    expect(Math.abs(found.background.modeReal + 1000)).toBeLessThan(15);
    expect(dice(found.brain.mask, expected.brain.mask)).toBeGreaterThan(0.98);
  });
});
