import { createHash } from 'node:crypto';
import {
  type Affine, type Grid, ijkToLps, type Mask, maskCount, maskHas, maskToBytes, overlapCount, transformPoint, type Vec3,
  voxelCount, voxelVolumeMm3,
} from '@efface/volume'; // prettier-ignore
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { sampleFaceShape } from './face-shape.ts';
import { type GeneratedHead, generateHead } from './generate-head.ts';
import { affineLpsToHead, defaultHeadGrid } from './grids.ts';
import { HeadModel } from './head-model.ts';
import { headPoints } from './landmarks.ts';
import { STRUCTURE_NAMES } from './structures.ts';
import { CONTRASTS, LABELS, TISSUES, tissueValues } from './tissues.ts';

let head: GeneratedHead;
beforeAll(() => {
  head = generateHead({ seed: 7, contrast: 'ct', spacingMm: 2 });
});

function sha256(bytes: ArrayBufferView): string {
  // A copy: hashes do not take views of shared memory.
  return createHash('sha256').update(new Uint8Array(Uint8Array.from(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)))).digest('hex'); // prettier-ignore
}

function structure(of: GeneratedHead, name: (typeof STRUCTURE_NAMES)[number]): Mask {
  const found = of.truth.structures.find((s) => s.name === name);
  if (found === undefined) throw new Error(`no structure ${name}`);
  return found.mask;
}

function millilitres(of: GeneratedHead, mask: Mask): number {
  return (maskCount(mask) * voxelVolumeMm3(of.volume.grid)) / 1000;
}

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
    const volume = (name: (typeof STRUCTURE_NAMES)[number]): number => millilitres(person, structure(person, name));
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

describe('one head', () => {
  const options = { seed: 21, contrast: 'ct', type: 'f32' } as const;

  it('is the same tissue at the same place in every grid', () => {
    const model = new HeadModel(sampleFaceShape(21), 21);
    model.setContrast(1, tissueValues('ct'));
    const pose = { yawDeg: 12, pitchDeg: -8, rollDeg: 5, originLps: [3, -40, 700] } as const;
    const lpsToHead = affineLpsToHead(pose);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 7 }),
        fc.integer({ min: -30, max: 30 }),
        (p, f, a) => {
          const grid = turnedGrid(p, f, a, [3, -40, 700]);
          const seen = generateHead({ ...options, pose, grid });
          for (let v = 0; v < voxelCount(grid); v += 53) {
            const [ni, nj] = grid.sizeIjk;
            const lps = ijkToLps(grid, [v % ni, Math.floor(v / ni) % nj, Math.floor(v / (ni * nj))]);
            const q = transformPoint(lpsToHead, lps);
            model.evaluate(...q);
            if (model.label === seen.truth.labels[v]) continue;
            // Rounding decides only where a surface passes: a hundredth of a millimetre further both must agree again.
            const around = [-0.01, 0.01].flatMap((d) => [0, 1, 2].map((axis) => {
            const r: [number, number, number] = [q[0], q[1], q[2]];
            r[axis] += d;
            model.evaluate(...r);
            return model.label;
          })); // prettier-ignore
            expect(around).toContain(seen.truth.labels[v]);
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it('is the same array, turned, in a flipped and permuted grid', () => {
    const grid = defaultHeadGrid([4, 4, 4]);
    const straight = generateHead({ ...options, grid });
    // i ↔ k swapped and j reversed.
    const [ni, nj, nk] = grid.sizeIjk;
    const m = grid.affineIjkToLps;
    const turned: Affine = [0, 1, 2].flatMap((r) => [
      m[4 * r + 2], -m[4 * r + 1], m[4 * r], m[4 * r + 3] + (nj - 1) * m[4 * r + 1],
    ]); // prettier-ignore
    const other = generateHead({ ...options, grid: { sizeIjk: [nk, nj, ni], affineIjkToLps: turned } });
    for (let k = 0; k < nk; k++)
      for (let j = 0; j < nj; j++)
        for (let i = 0; i < ni; i++) {
          const a = (k * nj + j) * ni + i;
          const b = (i * nj + (nj - 1 - j)) * nk + k;
          if (straight.volume.voxels[a] !== other.volume.voxels[b])
            expect([i, j, k, straight.volume.voxels[a]]).toEqual([i, j, k, other.volume.voxels[b]]);
        }
    expect(other.landmarksLps).toEqual(straight.landmarksLps);
  });

  it('keeps its organs in thick slices', () => {
    const thin = generateHead({ ...options, spacingMm: 2 });
    const thick = generateHead({ ...options, spacingMm: [2, 2, 6] });
    const [a, b] = [millilitres(thin, thin.truth.brain), millilitres(thick, thick.truth.brain)];
    expect(Math.abs(a - b) / a).toBeLessThan(0.02);
  });
});

describe('landmarks', () => {
  it('lie on the skin and move with the pose', () => {
    const model = new HeadModel(sampleFaceShape(4), 4);
    const { eyeCentreLeft, eyeCentreRight, ...onSkin } = headPoints(model);
    for (const [name, p] of Object.entries(onSkin))
      expect([name, Math.abs(model.skinDistance(p as Vec3)) < 0.02]).toEqual([name, true]);
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
        const { eyeCentreLeft: _left, eyeCentreRight: _right, ...skin } = points[b];
        const gaps = Object.values(skin).map((p) => Math.abs(models[a].skinDistance(p as Vec3)));
        least = Math.min(least, Math.sqrt(mean(gaps.map((g) => g * g))));
      }
    expect(least).toBeGreaterThan(1.5);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

function countLabels(labels: Uint8Array): Float64Array {
  const count = new Float64Array(256);
  for (const label of labels) count[label]++;
  return count;
}

function valuesOf(of: GeneratedHead, label: number): number[] {
  const values: number[] = [];
  of.truth.labels.forEach((l, v) => {
    if (l === label) values.push(Number(of.volume.voxels[v]));
  });
  return values;
}

/** Most frequent value of the voxels of a tissue: partial volumes scatter, pure voxels agree. */
function usualValue(of: GeneratedHead, label: number): number {
  const count = new Map<number, number>();
  for (const value of valuesOf(of, label)) count.set(value, (count.get(value) ?? 0) + 1);
  return [...count].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

/** How many six-neighbours of the marked voxels have each label. */
function neighbourLabels(sizeIjk: Vec3, labels: Uint8Array, marked: Uint8Array): Float64Array {
  const [ni, nj, nk] = sizeIjk;
  const count = new Float64Array(256);
  for (let k = 1; k < nk - 1; k++)
    for (let j = 1; j < nj - 1; j++)
      for (let i = 1; i < ni - 1; i++) {
        const v = (k * nj + j) * ni + i;
        if (marked[v] === 0) continue;
        for (const step of [1, ni, ni * nj]) {
          count[labels[v + step]]++;
          count[labels[v - step]]++;
        }
      }
  return count;
}

function centroidLps(grid: Grid, mask: Mask): Vec3 {
  const bytes = maskToBytes(mask);
  const [ni, nj] = grid.sizeIjk;
  const sum = [0, 0, 0, 0];
  bytes.forEach((set, v) => {
    if (set === 0) return;
    sum[0] += v % ni;
    sum[1] += Math.floor(v / ni) % nj;
    sum[2] += Math.floor(v / (ni * nj));
    sum[3]++;
  });
  return ijkToLps(grid, [sum[0] / sum[3], sum[1] / sum[3], sum[2] / sum[3]]);
}

function nearestIjk(grid: Grid, lps: Vec3): [number, number, number] {
  const m = grid.affineIjkToLps;
  return [Math.round((lps[0] - m[3]) / m[0]), Math.round((lps[1] - m[7]) / m[5]), Math.round((lps[2] - m[11]) / m[10])];
}

/** A 6 mm grid around `centre` with permuted (0–5), flipped (bits 0–2) and turned axes. */
function turnedGrid(permutation: number, flips: number, degrees: number, centre: Vec3): Grid {
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] as const; // prettier-ignore
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const axes = [[c, s, 0], [-s * c, c * c, s], [s * s, -c * s, c]]; // prettier-ignore
  const size: Vec3 = [30, 36, 40];
  const sizeIjk = orders[permutation].map((axis) => size[axis]) as unknown as Vec3;
  const columns = orders[permutation].map((axis, d) => axes[axis].map((v) => v * 6 * ((flips >> d) & 1 ? -1 : 1)));
  const affine = [0, 1, 2].flatMap((r) => {
    const row = columns.map((column) => column[r]);
    const half = row.reduce((sum, v, d) => sum + (v * (sizeIjk[d] - 1)) / 2, 0);
    return [...row, centre[r] - half];
  });
  return { sizeIjk, affineIjkToLps: affine };
}
