import { type Grid, maskCount, maskHas, maskToBytes, overlapCount, type Vec3, voxelCount } from '@efface/volume';
import { beforeAll, describe, expect, it } from 'vitest';
import { sampleFaceShape } from './face-shape.ts';
import { type GeneratedHead, generateHead } from './generate-head.ts';
import { defaultHeadGrid } from './grids.ts';
import { HeadModel } from './head-model.ts';
import { headPoints } from './landmarks.ts';
import { STRUCTURE_NAMES, type StructureName } from './structures.ts';
import {
  centroidLps, countLabels, mean, millilitres, nearestIjk, neighbourLabels, sha256, structure, usualValue,
} from './testing.ts'; // prettier-ignore
import { CONTRASTS, LABELS, TISSUES, tissueValues } from './tissues.ts';

let head: GeneratedHead;
beforeAll(() => {
  head = generateHead({ seed: 7, contrast: 'ct', spacingMm: 2 });
});

describe('a generated head', () => {
  it('is the same to the byte, noise and all', () => {
    const options = { seed: 11, contrast: 't1', spacingMm: 4, noise: 12, biasField: 0.2 } as const;
    const [a, b] = [generateHead(options), generateHead(options)];
    expect(sha256(a.volume.voxels)).toBe(sha256(b.volume.voxels));
    expect(sha256(a.truth.labels)).toBe(sha256(b.truth.labels));
    expect(a.landmarksLps).toEqual(b.landmarksLps);
    const other = generateHead({ ...options, noiseSeed: 5 });
    expect(sha256(other.volume.voxels)).not.toBe(sha256(a.volume.voxels));
    expect(sha256(other.truth.labels)).toBe(sha256(a.truth.labels));
  });

  it('is this very head on every machine', () => {
    // Changes only when the phantom is changed on purpose; whoever compares results across versions needs to know.
    const { volume, truth } = generateHead({ seed: 1, contrast: 'ct', spacingMm: 6, noise: 10 });
    expect(sha256(truth.labels)).toBe('60421bec77c75e5f41da917bff56ebd144e4a7fbd4e4f539495c0ba67da903d2');
    expect(sha256(volume.voxels)).toBe('3c251b3df57f8449febb5597a7b2ce5a84b58fbaba541d0151808a343874c8a9');
  });

  it('has a brain inside its skull inside its skin', () => {
    const { labels, brain, body } = head.truth;
    expect(overlapCount(brain, body)).toBe(maskCount(brain));
    // Brain voxels touch brain, CSF and their neighbours, never air, skin, fat or muscle.
    const near = neighbourLabels(head.volume.grid.sizeIjk, labels, maskToBytes(brain));
    for (const outside of ['air', 'airway', 'skin', 'fat', 'muscle', 'tooth'] as const)
      expect([outside, near[LABELS[outside]]]).toEqual([outside, 0]);
    // Bone touches air only inside the head (airways), never outside the skin.
    const bone = labels.map((label) => (label === LABELS.corticalBone || label === LABELS.spongyBone ? 1 : 0));
    expect(neighbourLabels(head.volume.grid.sizeIjk, labels, bone)[LABELS.air]).toBe(0);
  });

  it.each([1, 2, 3, 4])('of person %i has organs of human size', (seed) => {
    const person = generateHead({ seed, contrast: 't2', spacingMm: 2 });
    const volume = (name: StructureName): number => millilitres(person, structure(person, name));
    // Whole brain of adults with ventricles 1100 to 1600 ml (Allen et al. 2002, MRI: 1131 ± 100 ml women, 1273 ± 115 ml men).
    expect(volume('Brain')).toBeGreaterThan(1100);
    expect(volume('Brain')).toBeLessThan(1600);
    // Eyeball 7.2 ml at an axial length of 24 mm, less or more with its size.
    for (const eye of ['Eye_L', 'Eye_R'] as const) {
      expect(volume(eye)).toBeGreaterThan(5.5);
      expect(volume(eye)).toBeLessThan(9.5);
    }
    // Brainstem 20 to 35 ml, parotid 10 to 45 ml, mandible 45 to 100 ml in radiotherapy contours.
    expect(volume('Brainstem')).toBeGreaterThan(18);
    expect(volume('Brainstem')).toBeLessThan(35);
    expect(volume('Parotid_L')).toBeGreaterThan(8);
    expect(volume('Parotid_L')).toBeLessThan(45);
    expect(volume('Bone_Mandible')).toBeGreaterThan(45);
    expect(volume('Bone_Mandible')).toBeLessThan(100);
    expect(volume('Cavity_Oral')).toBeGreaterThan(20);
    expect(volume('OpticChiasm')).toBeGreaterThan(0.2);
    expect(volume('OpticNrv_L')).toBeGreaterThan(0.2);
    expect(volume('Target')).toBeGreaterThan(5);
    // Grey over white matter of adults is between 1.1 and 1.9 (Ge et al. 2002).
    const count = countLabels(person.truth.labels);
    const grey = count[LABELS.greyMatter] + count[LABELS.deepGrey];
    expect(grey / count[LABELS.whiteMatter]).toBeGreaterThan(1.1);
    expect(grey / count[LABELS.whiteMatter]).toBeLessThan(1.9);
  });

  it('has every tissue and every structure, the left ones on the left', () => {
    const count = countLabels(head.truth.labels);
    for (const tissue of TISSUES)
      if (tissue !== 'device') expect([tissue, count[LABELS[tissue]] > 0]).toEqual([tissue, true]);
    expect(head.truth.structures.map((s) => s.name)).toEqual(STRUCTURE_NAMES);
    for (const name of ['Eye', 'OpticNrv', 'Parotid'] as const)
      for (const [side, sign] of [['L', 1], ['R', -1]] as const) {
        const mask = structure(head, `${name}_${side}`);
        expect(centroidLps(head.volume.grid, mask)[0] * sign).toBeGreaterThan(0);
      } // prettier-ignore
  });

  it('has the values of the table where a tissue is pure', () => {
    // A slab of 1.2 mm from the palate to the orbits, in which cortical bone is thicker than a voxel.
    const slab: Grid = { sizeIjk: [110, 190, 40], affineIjkToLps: [1.2, 0, 0, -65, 0, 1.2, 0, -120, 0, 0, 1.2, -18] };
    for (const contrast of CONTRASTS) {
      const plain = generateHead({ seed: 3, contrast, grid: slab, type: 'f32' });
      const table = tissueValues(contrast);
      const thin = ['corticalBone', 'greyMatter', 'whiteMatter', 'vitreous'] as const;
      // PET blurs over 6 mm, more than a cortex or an eye's wall.
      for (const tissue of ['air', 'muscle', 'cerebellum', ...(contrast === 'pet' ? [] : thin)] as const)
        expect([contrast, tissue, usualValue(plain, LABELS[tissue])]).toEqual([
          contrast,
          tissue,
          table[LABELS[tissue]],
        ]);
    }
  });

  it('has noise of the asked spread: Gaussian on CT, Rayleigh in the background of MR', () => {
    const noiseIn = (contrast: 'ct' | 'pd', label: number): number[] => {
      const pure = generateHead({ seed: 3, contrast, spacingMm: 3, type: 'f32' });
      const noisy = generateHead({ seed: 3, contrast, spacingMm: 3, type: 'f32', noise: 20 });
      const value = tissueValues(contrast)[label];
      const pairs = [...pure.volume.voxels].map(
        (v, at) => [Number(v), Number(noisy.volume.voxels[at]) - value] as const,
      );
      return pairs.filter(([v]) => v === value).map(([, noise]) => noise);
    };
    const ct = noiseIn('ct', LABELS.muscle);
    expect(ct.length).toBeGreaterThan(10_000);
    // Four standard errors of 10 000 voxels.
    expect(Math.abs(mean(ct))).toBeLessThan(0.8);
    expect(Math.abs(Math.sqrt(mean(ct.map((v) => v * v))) - 20)).toBeLessThan(0.6);
    // Mean of the Rayleigh distribution.
    expect(mean(noiseIn('pd', LABELS.air)) / (20 * Math.sqrt(Math.PI / 2))).toBeCloseTo(1, 2);
  });

  it('stores unsigned CT with an intercept and clips to the type', () => {
    const unsigned = generateHead({ seed: 3, contrast: 'ct', spacingMm: 4, type: 'u16' });
    expect(unsigned.volume.rescale.interceptPerK[0]).toBe(-1024);
    const signed = generateHead({ seed: 3, contrast: 'ct', spacingMm: 4 });
    for (let v = 0; v < voxelCount(signed.volume.grid); v += 97)
      expect(Number(unsigned.volume.voxels[v]) - 1024).toBe(Number(signed.volume.voxels[v]));
    const narrow = generateHead({
      seed: 3,
      contrast: 'ct',
      spacingMm: 4,
      type: 'u8',
      rescale: { slope: 10, intercept: -1000 },
    });
    expect(narrow.volume.voxels.some((v) => v === 220)).toBe(true);
    expect(() => generateHead({ seed: 3, contrast: 'ct', spacingMm: 4, type: 'i64' })).toThrow(/i64/);
    expect(() => defaultHeadGrid([1, 0, 1])).toThrow(RangeError);
  });

  it('lies under a couch and a shell when asked', () => {
    const plain = generateHead({ seed: 3, contrast: 'ct', spacingMm: 3 });
    const treated = generateHead({ seed: 3, contrast: 'ct', spacingMm: 3, devices: true });
    expect(countLabels(treated.truth.labels)[LABELS.device]).toBeGreaterThan(1000);
    expect(maskToBytes(treated.truth.body)).toEqual(maskToBytes(plain.truth.body));
  });
});

describe('landmarks', () => {
  it('lie on the skin and move with the pose', () => {
    const model = new HeadModel(sampleFaceShape(4), 4);
    const { eyeCentreLeft, eyeCentreRight, ...onSkin } = headPoints(model);
    for (const [name, p] of Object.entries(onSkin))
      expect([name, Math.abs(model.skinDistance(p)) < 0.02]).toEqual([name, true]);
    expect(eyeCentreLeft[0]).toBeGreaterThan(20);
    expect(eyeCentreRight[0]).toBeLessThan(-20);
    const upright = generateHead({ seed: 4, contrast: 'ct', spacingMm: 8 }).landmarksLps;
    const turned = generateHead({ seed: 4, contrast: 'ct', spacingMm: 8, pose: { yawDeg: 90 } }).landmarksLps;
    // Turned to the left the nose tip, anterior before, is on the left; heights stay.
    expect(turned.pronasale[0]).toBeCloseTo(-upright.pronasale[1], 6);
    expect(turned.pronasale[2]).toBeCloseTo(upright.pronasale[2], 6);
    const chinUp = generateHead({ seed: 4, contrast: 'ct', spacingMm: 8, pose: { pitchDeg: 20 } }).landmarksLps;
    expect(chinUp.pronasale[2]).toBeGreaterThan(upright.pronasale[2] + 20);
    const tilted = generateHead({ seed: 4, contrast: 'ct', spacingMm: 8, pose: { rollDeg: 20 } }).landmarksLps;
    expect(tilted.vertex[0]).toBeGreaterThan(upright.vertex[0] + 20);
  });

  it('have the eyes where the eye structures are', () => {
    const at = centroidLps(head.volume.grid, structure(head, 'Eye_L'));
    at.forEach((c, axis) => expect(Math.abs(c - head.landmarksLps.eyeCentreLeft[axis])).toBeLessThan(1.5));
    const tip = head.landmarksLps.pronasale;
    const inside = nearestIjk(head.volume.grid, [tip[0], tip[1] + 4, tip[2]]);
    const outside = nearestIjk(head.volume.grid, [tip[0], tip[1] - 4, tip[2]]);
    expect(maskHas(head.truth.body, ...inside)).toBe(true);
    expect(maskHas(head.truth.body, ...outside)).toBe(false);
  });
});

describe('two people', () => {
  it('differ in their faces by millimetres', () => {
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
    const models = seeds.map((seed) => new HeadModel(sampleFaceShape(seed), seed));
    const points = models.map(headPoints);
    let least = Infinity;
    for (let a = 0; a < seeds.length; a++)
      for (let b = 0; b < a; b++) {
        // How far the skin of one is from the points of the other, over nose, mouth, chin, cheeks and jaw.
        const skin = (Object.entries(points[b]) as [string, Vec3][]).filter(([name]) => !name.startsWith('eyeCentre'));
        const gaps = skin.map(([, p]) => Math.abs(models[a].skinDistance(p)));
        least = Math.min(least, Math.sqrt(mean(gaps.map((g) => g * g))));
      }
    expect(least).toBeGreaterThan(1.5);
  });
});
