import { maskFromNonzero, maskHas, voxelVolumeMm3 } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { type DoseModel, doseGyAt } from './beams.ts';
import { generateStudy } from './generate-study.ts';
import { LABELS, tissueValues } from '../phantom/tissues.ts';
import { traceContours } from './trace-contours.ts';

/** Area of a polygon of points `stride` numbers apart. */
function areaOf(points: Float64Array, stride: number): number {
  let sum = 0;
  for (let n = 0; n < points.length; n += stride) {
    const m = (n + stride) % points.length;
    sum += points[n] * points[m + 1] - points[m] * points[n + 1];
  }
  return Math.abs(sum) / 2;
}

function sliceOf(size: number, isInside: (i: number, j: number) => boolean) {
  const values = Array.from({ length: size * size }, (_, v) => Number(isInside(v % size, Math.floor(v / size))));
  return maskFromNonzero([size, size, 1], values);
}

describe('traced contours', () => {
  const disc = (radius: number) => (i: number, j: number) => Math.hypot(i - 20.3, j - 19.8) < radius;

  it('lie on a circle and enclose its area', () => {
    const [ring, ...others] = traceContours(sliceOf(41, disc(15)), 0, disc(15));
    expect(others).toEqual([]);
    for (let n = 0; n < ring.length; n += 2)
      // Six halvings leave half of a 64th; the line between centres may cross the circle at a slant, not beyond.
      expect(Math.abs(Math.hypot(ring[n] - 20.3, ring[n + 1] - 19.8) - 15)).toBeLessThan(1 / 64);
    // Chords of at most √2 cut off less than c³/12R each.
    expect(Math.abs(areaOf(ring, 2) - Math.PI * 225)).toBeLessThan((ring.length / 2) * (2 ** 1.5 / 180) + 2 * Math.PI * 15 / 64); // prettier-ignore
  });

  it('join a hole by a line there and back, which has no area', () => {
    const annulus = (i: number, j: number): boolean => disc(15)(i, j) && !disc(6)(i, j);
    const rings = traceContours(sliceOf(41, annulus), 0, annulus);
    expect(rings).toHaveLength(1);
    const [outer] = traceContours(sliceOf(41, disc(15)), 0, disc(15));
    const [inner] = traceContours(sliceOf(41, disc(6)), 0, disc(6));
    expect(areaOf(rings[0], 2)).toBeCloseTo(areaOf(outer, 2) - areaOf(inner, 2), 9);
  });

  it('keep voxels that touch at a corner apart, and close at the border', () => {
    const corner = (i: number, j: number): boolean => Math.round(i) === Math.round(j);
    expect(traceContours(sliceOf(3, corner), 0, corner)).toHaveLength(3);
  });
});

describe('the generated study', () => {
  const study = generateStudy({ seed: 7, ctSpacingMm: [2, 2, 2.5], ctOnly: true });
  const { grid } = study.ct;
  const [ni, nj, nk] = grid.sizeIjk;
  const facts = new Map(
    study.regions.map(({ name, contours }, n) => {
      const mask = study.masks[n];
      let count = 0;
      const sum = [0, 0, 0];
      for (let k = 0; k < nk; k++)
        for (let j = 0; j < nj; j++)
          for (let i = 0; i < ni; i++)
            if (maskHas(mask, i, j, k)) {
              count++;
              sum[0] += i;
              sum[1] += j;
              sum[2] += k;
            }
      const centre = sum.map(
        (s, axis) => (s / count) * grid.affineIjkToLps[5 * axis] + grid.affineIjkToLps[4 * axis + 3],
      );
      const contourMm3 = contours.reduce((all, { pointsLps }) => all + areaOf(pointsLps, 3) * 2.5, 0);
      return [name, { mm3: count * voxelVolumeMm3(grid), contourMm3, centre }] as const;
    }),
  );
  const of = (name: Parameters<typeof facts.get>[0]) => facts.get(name)!;

  it('has eyes of the volume of a globe of 12 mm, and contours of the volume of their voxels', () => {
    // A globe of 24 mm is 7.24 cm³; the cornea adds, the warp of the person scales by less than a fifth.
    for (const eye of ['Eye_L', 'Eye_R'] as const) {
      expect(of(eye).mm3 / 7238).toBeGreaterThan(0.8);
      expect(of(eye).mm3 / 7238).toBeLessThan(1.25);
    }
    for (const name of ['BODY', 'Eye_L', 'Eye_R', 'Parotid_L', 'Parotid_R', 'Brainstem', 'Target'] as const)
      expect(Math.abs(of(name).contourMm3 / of(name).mm3 - 1), name).toBeLessThan(0.03);
  });

  it('has organs where they are in a head: pairs left and right, chiasm above the brainstem, brain above the mouth', () => {
    for (const pair of ['Eye', 'OpticNrv', 'Parotid'] as const) {
      const [left, right] = [of(`${pair}_L`).centre, of(`${pair}_R`).centre];
      expect(left[0], pair).toBeGreaterThan(5);
      expect(right[0], pair).toBeLessThan(-5);
    }
    expect(of('OpticChiasm').centre[2]).toBeGreaterThan(of('Brainstem').centre[2]);
    expect(of('OpticChiasm').centre[1]).toBeLessThan(of('Brainstem').centre[1]);
    expect(of('Brain').centre[2]).toBeGreaterThan(of('Cavity_Oral').centre[2] + 50);
    expect(of('Eye_L').centre[1]).toBeLessThan(of('OpticNrv_L').centre[1]);
  });

  it.each(['Brainstem', 'Target', 'Parotid_L', 'Parotid_R'] as const)('has the HU of its tissue deep in %s', (name) => {
    const tissue = { Brainstem: 'brainstem', Target: 'tumour', Parotid_L: 'parotid', Parotid_R: 'parotid' } as const;
    const mask = study.masks[study.regions.findIndex((region) => region.name === name)];
    // Two voxels from the rim, 4 mm, the blur of 2 mm and the mean through the slice have nothing else to mix in.
    const isDeep = (i: number, j: number, k: number): boolean => {
      for (let c = -2; c <= 2; c++)
        for (let b = -2; b <= 2; b++)
          for (let a = -2; a <= 2; a++) if (!maskHas(mask, i + a, j + b, k + c)) return false;
      return true;
    };
    let n = 0;
    let sum = 0;
    for (let k = 2; k < nk - 2; k++)
      for (let j = 2; j < nj - 2; j++)
        for (let i = 2; i < ni - 2; i++)
          if (isDeep(i, j, k)) {
            n++;
            sum += Number(study.ct.voxels[(k * nj + j) * ni + i]) - 1024;
          }
    expect(n).toBeGreaterThan(20);
    // Noise of 8 HU: the mean is off by less than four of its standard errors.
    expect(Math.abs(sum / n - tissueValues('ct')[LABELS[tissue[name]]])).toBeLessThan((4 * 8) / Math.sqrt(n));
  });

  it('has a dose of the prescription in the target', () => {
    const [dvh] = study.dvhs;
    // The plateau alone, 6 mm inside its edge: 1 / (1 + exp(−6 / 1.5)) of the prescription; with the beams never all of it.
    expect(dvh.minimumGy).toBeGreaterThan(study.plan.prescriptionGy / (1 + Math.exp(-4)));
    expect(dvh.maximumGy).toBeLessThan(study.plan.prescriptionGy);
    expect(dvh.volumesCm3[0] * 1000).toBeCloseTo(of('Target').mm3, 6);
  });
});

describe('the dose of one beam without plateau', () => {
  const model: DoseModel = {
    isocentreLps: [1, 2, 3],
    prescriptionGy: 10,
    nFractions: 1,
    beams: [{ name: 'left', gantryDeg: 90, collimatorDeg: 0, couchDeg: 0, jawXMm: [-50, 50], jawYMm: [-40, 40], energyMv: 6, monitorUnits: 1, doseGy: 2 }],
    plateauMm: -1e3,
  }; // prettier-ignore

  it('falls off exponentially away from the source, at the left for gantry 90, and is half at the jaw', () => {
    expect(doseGyAt(model, [1, 2, 3])).toBeCloseTo(2, 9);
    expect(doseGyAt(model, [101, 2, 3])).toBeCloseTo(2 * Math.exp(0.4), 9);
    expect(doseGyAt(model, [-99, 2, 3])).toBeCloseTo(2 * Math.exp(-0.4), 9);
    expect(doseGyAt(model, [1, 2, 43])).toBeCloseTo(1, 9);
    expect(doseGyAt(model, [1, 52, 3])).toBeCloseTo(1, 9);
  });
});
