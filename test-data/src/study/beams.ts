import {
  allocateVoxels, type Grid, ijkToLps, type Mask, maskHas, uniformRescale, type Vec3, voxelCount, voxelVolumeMm3,
  type Volume,
} from '@efface/volume'; // prettier-ignore

/** A static photon field by IEC 61217 angles, and what it gives. */
export interface Beam {
  readonly name: string;
  readonly gantryDeg: number;
  readonly collimatorDeg: number;
  readonly couchDeg: number;
  readonly jawXMm: readonly [number, number];
  readonly jawYMm: readonly [number, number];
  readonly energyMv: number;
  readonly monitorUnits: number;
  /** Dose of one fraction at the isocentre, Gy. */
  readonly doseGy: number;
}

/** What the dose of a plan is computed from. */
export interface DoseModel {
  readonly isocentreLps: Vec3;
  readonly prescriptionGy: number;
  readonly nFractions: number;
  readonly beams: readonly Beam[];
  /** Radius of the sphere of full dose around the isocentre, mm. */
  readonly plateauMm: number;
}

/** Attenuation of 6 MV photons in water beyond the maximum, 1/mm (as TPR20,10 = 0.67 gives it between 10 and 20 cm). */
const ATTENUATION_PER_MM = 0.004;
/** Width of a field's edge and of the plateau's, mm: from 12 to 88 % over four of it. */
const EDGE_MM = 3;

/**
 * Dose at a point, Gy: P·(1 − (1 − q)(1 − b)). b is the sum of the beams as a part of the prescription P; each falls off
 * along its axis as exp(−µt) from the isocentre and over its four edges as a logistic step. q is the plateau of the
 * target: the same step at its radius. A closed form, no transport.
 */
export function doseGyAt(model: DoseModel, pLps: Vec3): number {
  const { isocentreLps, prescriptionGy, nFractions, beams, plateauMm } = model;
  const d: Vec3 = [pLps[0] - isocentreLps[0], pLps[1] - isocentreLps[1], pLps[2] - isocentreLps[2]];
  let part = 0;
  for (const { gantryDeg, jawXMm, jawYMm, doseGy } of beams) {
    const [c, s] = [Math.cos((gantryDeg * Math.PI) / 180), Math.sin((gantryDeg * Math.PI) / 180)];
    // Gantry 0 shines from anterior (LPS −y), gantry 90 from the patient's left, couch and collimator at 0, head first.
    const across = d[0] * c + d[1] * s;
    const along = -d[0] * s + d[1] * c;
    const field = step(across - jawXMm[0]) * step(jawXMm[1] - across) * step(d[2] - jawYMm[0]) * step(jawYMm[1] - d[2]);
    part += ((doseGy * nFractions) / prescriptionGy) * field * Math.exp(-ATTENUATION_PER_MM * along);
  }
  const plateau = step(plateauMm - Math.hypot(...d));
  return prescriptionGy * (1 - (1 - plateau) * (1 - part));
}

/** 0 far below, 1 far above, 1/2 at 0. */
function step(mm: number): number {
  return 1 / (1 + Math.exp(-mm / (EDGE_MM / 2)));
}

/** The dose on a grid, f32 Gy. */
export function doseVolume(model: DoseModel, grid: Grid): Volume {
  const voxels = allocateVoxels('f32', voxelCount(grid)) as Float32Array;
  const [ni, nj, nk] = grid.sizeIjk;
  let v = 0;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, v++) voxels[v] = doseGyAt(model, ijkToLps(grid, [i, j, k]));
  return { grid, type: 'f32', voxels, rescale: uniformRescale(nk, 1, 0), modality: 'OT', unit: 'Gy' };
}

/** A cumulative histogram: element n is the volume with a dose of at least n · binGy. */
export interface Dvh {
  readonly regionNumber: number;
  readonly binGy: number;
  readonly volumesCm3: readonly number[];
  readonly minimumGy: number;
  readonly maximumGy: number;
  readonly meanGy: number;
}

/** Histogram of the closed form at the centres of a region's voxels; the region is not empty. */
export function dvhOf(model: DoseModel, grid: Grid, mask: Mask, regionNumber: number, binGy: number): Dvh {
  const dosesGy: number[] = [];
  const [ni, nj, nk] = grid.sizeIjk;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++) if (maskHas(mask, i, j, k)) dosesGy.push(doseGyAt(model, ijkToLps(grid, [i, j, k])));
  dosesGy.sort((a, b) => a - b);
  const maximumGy = dosesGy[dosesGy.length - 1];
  const volumesCm3: number[] = [];
  let below = 0;
  for (let n = 0; n * binGy <= maximumGy; n++) {
    while (dosesGy[below] < n * binGy) below++;
    volumesCm3.push(((dosesGy.length - below) * voxelVolumeMm3(grid)) / 1000);
  }
  const meanGy = dosesGy.reduce((sum, gy) => sum + gy, 0) / dosesGy.length;
  return { regionNumber, binGy, volumesCm3, minimumGy: dosesGy[0], maximumGy, meanGy };
}
