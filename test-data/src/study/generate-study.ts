import {
  allocateVoxels, compose, type Grid, ijkToLps, length, type Mask, maskHas, subtract, transformPoint, type Vec3, type Volume,
} from '@efface/volume'; // prettier-ignore
import { generateHead, type GeneratedHead } from '../phantom/generate-head.ts';
import { affineLpsToHead } from '../phantom/grids.ts';
import { HeadModel } from '../phantom/head-model.ts';
import { type StructureName, structureTest } from '../phantom/structures.ts';
import { type Beam, type DoseModel, doseVolume, type Dvh, dvhOf } from './beams.ts';
import { traceContours } from './trace-contours.ts';

/** What to generate. */
export interface StudyOptions {
  /** Who: any integer. The same seed is the same study, to the byte. */
  readonly seed: number;
  /** Voxels of the CT, mm; 1 × 1 × 2.5 without it. Its field is 256 mm wide: 512 columns are 0.5 mm. */
  readonly ctSpacingMm?: Vec3;
  /** Without MR and PET a study is made in half the time. */
  readonly ctOnly?: boolean;
  /** Couch, mask shell and bolus on the CT; true. */
  readonly devices?: boolean;
}

/** One closed outline in a plane of the CT. */
export interface GeneratedContour {
  readonly type: 'CLOSED_PLANAR';
  /** x, y, z of one point after the other, LPS mm, to 1 µm. */
  readonly pointsLps: Float64Array;
}

/** One region. */
export interface GeneratedRegion {
  readonly number: number;
  readonly name: StructureName;
  readonly interpretedType: 'EXTERNAL' | 'GTV' | 'ORGAN';
  readonly generation: 'AUTOMATIC';
  readonly colour: Vec3;
  readonly contours: readonly GeneratedContour[];
}

/** A head-and-neck study of one generated person: everything in one frame of reference, LPS mm. */
export interface GeneratedStudy {
  readonly identity: {
    readonly patientName: string;
    readonly patientId: string;
    readonly birthDate: string;
    readonly sex: 'O';
    readonly weightKg: number;
    readonly heightM: number;
    readonly date: string;
    readonly time: string;
    readonly description: string;
  };
  readonly uidKey: string;
  /** u16, intercept −1024 HU. */
  readonly ct: Volume;
  /** T1, u16, on slices some degrees oblique to those of the CT. */
  readonly mr?: Volume;
  /** u16 with a slope for each slice, Bq/ml. */
  readonly pet?: Volume;
  readonly regions: readonly GeneratedRegion[];
  /** Voxels of each region on the CT, in the order of `regions`. */
  readonly masks: readonly Mask[];
  readonly plan: DoseModel & {
    readonly label: string;
    readonly sourceAxisMm: number;
    readonly targetNumber: number;
  };
  readonly doseGy: Volume;
  /** Of the target. */
  readonly dvhs: readonly Dvh[];
  /** The target as a segment. */
  readonly segments: readonly [GeneratedSegment];
}

/** A segment on the grid of the CT, coded by SNOMED CT. */
export interface GeneratedSegment {
  readonly label: StructureName;
  readonly mask: Mask;
  readonly category: GeneratedCode;
  readonly type: GeneratedCode;
}

/** A coded concept. */
export interface GeneratedCode {
  readonly value: string;
  readonly scheme: 'SCT';
  readonly meaning: string;
}

/** Of the segmented property categories and types of PS3.16. */
const ABNORMAL: GeneratedCode = { value: '49755003', scheme: 'SCT', meaning: 'Morphologically Abnormal Structure' };
const NEOPLASM: GeneratedCode = { value: '108369006', scheme: 'SCT', meaning: 'Neoplasm' };

const FIELD_MM = 256;
/** Low corner of the CT's first voxel, LPS mm. */
const CT_LOW: Vec3 = [-128, -134, -142];
const CT_LENGTH_MM = 285;
const DOSE_SPACING_MM = 3;
/** Jaws stand this far outside the target, mm. */
const FIELD_MARGIN_MM = 10;
/** The full dose reaches this much further than the farthest voxel of the target, mm. */
const PLATEAU_MARGIN_MM = 6;
const PRESCRIPTION_GY = 60;
const N_FRACTIONS = 30;
const DVH_BIN_GY = 0.1;
/** Part of the prescription that each beam gives at the isocentre. */
const BEAM_PART = 0.2;
const GANTRY_DEG = [0, 120, 240];
const MR_OBLIQUE_DEG = 6;

/** Colours of the regions in the order of the structures. */
const COLOURS: readonly Vec3[] = [
  [0, 160, 0], [255, 220, 60], [80, 140, 255], [230, 200, 160], [255, 40, 40], [255, 130, 180], [150, 80, 255],
  [0, 200, 255], [0, 130, 200], [180, 255, 80], [110, 190, 40], [255, 150, 40], [200, 90, 20],
]; // prettier-ignore

/** Generates the study. */
export function generateStudy(options: StudyOptions): GeneratedStudy {
  const { seed, ctSpacingMm = [1, 1, 2.5], ctOnly = false, devices = true } = options;
  const grid = axialGrid(CT_LOW, [FIELD_MM, FIELD_MM, CT_LENGTH_MM], ctSpacingMm);
  const ct = generateHead({ seed, contrast: 'ct', grid, type: 'u16', noise: 8, devices });
  const masks = ct.truth.structures.map(({ mask }) => mask);
  const regions = ct.truth.structures.map(({ name, mask }, n): GeneratedRegion => ({
    number: n + 1,
    name,
    interpretedType: name === 'BODY' ? 'EXTERNAL' : name === 'Target' ? 'GTV' : 'ORGAN',
    generation: 'AUTOMATIC',
    colour: COLOURS[n],
    contours: contoursOf(ct, seed, name, mask),
  }));
  const target = regions.findIndex(({ name }) => name === 'Target');
  const plan = planOf(grid, masks[target], regions[target].number);
  return {
    identity: {
      patientName: `Phantom^Seed ${seed}`,
      patientId: `PHANTOM-${seed}`,
      birthDate: '19000101',
      sex: 'O',
      weightKg: 70,
      heightM: 1.7,
      date: '20000101',
      time: '120000',
      description: 'Generated head',
    },
    uidKey: `efface generated study ${seed}`,
    ct: ct.volume,
    ...(ctOnly ? {} : { mr: magneticResonance(seed), pet: emission(seed) }),
    regions,
    masks,
    plan,
    segments: [{ label: 'Target', mask: masks[target], category: ABNORMAL, type: NEOPLASM }],
    dvhs: [dvhOf(plan, grid, masks[target], plan.targetNumber, DVH_BIN_GY)],
    doseGy: doseVolume(
      plan,
      axialGrid([-105, -111, -141], [210, 222, 282], [DOSE_SPACING_MM, DOSE_SPACING_MM, DOSE_SPACING_MM]),
    ),
  };
}

/** Axial grid of the voxels that fill a box from its low corner on. */
function axialGrid(lowLps: Vec3, lengthMm: Vec3, [sx, sy, sz]: Vec3): Grid {
  const [x, y, z] = lowLps;
  return {
    sizeIjk: [Math.round(lengthMm[0] / sx), Math.round(lengthMm[1] / sy), Math.round(lengthMm[2] / sz)],
    affineIjkToLps: [sx, 0, 0, x + sx / 2, 0, sy, 0, y + sy / 2, 0, 0, sz, z + sz / 2],
  };
}

/** Outlines of one structure on the slices of the CT, from the shape itself between the voxel centres. */
function contoursOf(
  { volume: { grid }, shape }: GeneratedHead,
  seed: number,
  name: StructureName,
  mask: Mask,
): GeneratedContour[] {
  const model = new HeadModel(shape, seed);
  const ijkToHead = compose(affineLpsToHead({}), grid.affineIjkToLps);
  const has = structureTest(name);
  const contours: GeneratedContour[] = [];
  const perSlice = mask.wordsPerRow * grid.sizeIjk[1];
  for (let k = 0; k < grid.sizeIjk[2]; k++) {
    if (mask.words.subarray(k * perSlice, (k + 1) * perSlice).every((word) => word === 0)) continue;
    const polygons = traceContours(mask, k, (i, j) => {
      const [x, y, z] = transformPoint(ijkToHead, [i, j, k]);
      model.evaluate(x, y, z);
      return has(model.label, model.regions, x);
    });
    for (const ij of polygons) {
      const pointsLps = new Float64Array((ij.length / 2) * 3);
      for (let n = 0; n < ij.length / 2; n++)
        pointsLps.set(ijkToLps(grid, [ij[2 * n], ij[2 * n + 1], k]).map(toMicrometre), 3 * n);
      contours.push({ type: 'CLOSED_PLANAR', pointsLps });
    }
  }
  return contours;
}

function toMicrometre(mm: number): number {
  return Math.round(mm * 1000) / 1000;
}

/** Three fields around the target; the isocentre is its centroid, to 0.1 mm. */
function planOf(grid: Grid, target: Mask, targetNumber: number): GeneratedStudy['plan'] {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  const sum = [0, 0, 0];
  let count = 0;
  const [ni, nj, nk] = grid.sizeIjk;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++) {
        if (!maskHas(target, i, j, k)) continue;
        count++;
        ijkToLps(grid, [i, j, k]).forEach((p, axis) => {
          sum[axis] += p;
          low[axis] = Math.min(low[axis], p);
          high[axis] = Math.max(high[axis], p);
        });
      }
  const isocentreLps = sum.map((s) => Math.round((10 * s) / count) / 10) as unknown as Vec3;
  const reach = (axis: number): number => Math.max(high[axis] - isocentreLps[axis], isocentreLps[axis] - low[axis]);
  const halfX = Math.ceil(Math.hypot(reach(0), reach(1)) + FIELD_MARGIN_MM);
  const halfY = Math.ceil(reach(2) + FIELD_MARGIN_MM);
  const beams = GANTRY_DEG.map((gantryDeg): Beam => ({
    name: `G${String(gantryDeg).padStart(3, '0')}`,
    gantryDeg,
    collimatorDeg: 0,
    couchDeg: 0,
    jawXMm: [-halfX, halfX],
    jawYMm: [-halfY, halfY],
    energyMv: 6,
    monitorUnits: 60,
    doseGy: (BEAM_PART * PRESCRIPTION_GY) / N_FRACTIONS,
  }));
  return {
    label: 'Generated',
    isocentreLps,
    sourceAxisMm: 1000,
    nFractions: N_FRACTIONS,
    prescriptionGy: PRESCRIPTION_GY,
    targetNumber,
    beams,
    plateauMm: Math.ceil(farthestMm(grid, target, isocentreLps)) + PLATEAU_MARGIN_MM,
  };
}

/** Distance of the farthest voxel centre of a mask from a point, mm. */
function farthestMm(grid: Grid, mask: Mask, pLps: Vec3): number {
  const [ni, nj, nk] = grid.sizeIjk;
  let farthest = 0;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++)
        if (maskHas(mask, i, j, k)) farthest = Math.max(farthest, length(subtract(ijkToLps(grid, [i, j, k]), pLps)));
  return farthest;
}

/** T1, slices tilted about the left-right axis as towards the line between the commissures. */
function magneticResonance(seed: number): Volume {
  const [c, s] = [Math.cos((MR_OBLIQUE_DEG * Math.PI) / 180), Math.sin((MR_OBLIQUE_DEG * Math.PI) / 180)];
  const sizeIjk: Vec3 = [160, 192, 80];
  const spacing: Vec3 = [1.3, 1.3, 3];
  const steps = [spacing[0], 0, 0, 0, spacing[1] * c, -spacing[2] * s, 0, spacing[1] * s, spacing[2] * c];
  const centre: Vec3 = [0, -5, 8];
  const first = centre.map(
    (p, row) => p - [0, 1, 2].reduce((sum, axis) => sum + (steps[3 * row + axis] * (sizeIjk[axis] - 1)) / 2, 0),
  );
  const affineIjkToLps = first.flatMap((p, row) => [...steps.slice(3 * row, 3 * row + 3), p]);
  return generateHead({ seed, contrast: 't1', grid: { sizeIjk, affineIjkToLps }, noise: 8, noiseSeed: seed + 1 })
    .volume;
}

/** FDG, each slice stored with the slope that brings its highest voxel to 32767, as scanners do. */
function emission(seed: number): Volume {
  const grid = axialGrid([-128, -134, -142], [256, 256, 284], [4, 4, 4]);
  const { volume } = generateHead({ seed, contrast: 'pet', grid, noise: 120, noiseSeed: seed + 2 });
  const [ni, nj, nk] = grid.sizeIjk;
  const perSlice = ni * nj;
  const voxels = allocateVoxels('u16', perSlice * nk) as Uint16Array;
  const slopePerK = new Float64Array(nk);
  for (let k = 0; k < nk; k++) {
    const slice = (volume.voxels as Float32Array).subarray(k * perSlice, (k + 1) * perSlice);
    const highest = slice.reduce((high, value) => Math.max(high, value), 0);
    // Six digits, rounded up: what a decimal string holds exactly.
    const slope = highest > 0 ? Number(((highest / 32767) * (1 + 1e-5)).toPrecision(6)) : 1;
    slopePerK[k] = slope;
    for (let v = 0; v < perSlice; v++) voxels[k * perSlice + v] = Math.max(0, Math.round(slice[v] / slope));
  }
  return { ...volume, type: 'u16', voxels, rescale: { slopePerK, interceptPerK: new Float64Array(nk) } };
}
