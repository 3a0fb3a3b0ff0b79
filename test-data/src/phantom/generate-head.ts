import {
  type Affine, allocateVoxels, compose, createMask, type Grid, invert, type Mask, spacingMm as gridSpacingMm, storedRange,
  transformPoint, uniformRescale, type Vec3, voxelCount, type Volume, type VoxelType,
} from '@efface/volume'; // prettier-ignore
import { completeFaceShape, type FaceShape, sampleFaceShape } from './face-shape.ts';
import { affineLpsToHead, defaultHeadGrid, type Pose } from './grids.ts';
import { HeadModel, REGION } from './head-model.ts';
import { headPoints, type HeadPoints } from './landmarks.ts';
import { hash3, valueNoise, voxelNormal } from './noise.ts';
import { structuresOfRegions, type Structure } from './structures.ts';
import { type Contrast, LABELS, tissueValues } from './tissues.ts';

/** What to generate. */
export interface HeadOptions {
  /** Who: any integer. The same seed is the same person, to the byte. */
  readonly seed: number;
  /** Measures that replace the seed's own. */
  readonly shape?: Partial<FaceShape>;
  readonly contrast: Contrast;
  /** Where the voxels are. Without it an axial grid around the upright head with `spacingMm`. */
  readonly grid?: Grid;
  /** Voxel size of the default grid, mm; one number is isotropic. 1.5 without it. */
  readonly spacingMm?: number | Vec3;
  readonly pose?: Pose;
  /** Standard deviation of the noise in the unit of the contrast: Gaussian on CT and PET, Rician on MR. 0 without it. */
  readonly noise?: number;
  /** Seed of the noise; the person's own without it. */
  readonly noiseSeed?: number;
  /** Largest deviation of the MR receive field from 1. 0 without it. */
  readonly biasField?: number;
  /** A treatment couch behind the head and a mask shell on the face (CT). Off without it. */
  readonly devices?: boolean;
  /** Stored type: i16 for CT, u16 for MR, f32 for PET without it. */
  readonly type?: VoxelType;
  /** Stored to real value. 1 and 0 without it, but 1 and −1024 for CT in an unsigned type. */
  readonly rescale?: { readonly slope: number; readonly intercept: number };
}

/** A generated head and everything that is known about it. */
export interface GeneratedHead {
  readonly volume: Volume;
  readonly truth: {
    /** Tissue of every voxel centre (`LABELS`), i fastest. */
    readonly labels: Uint8Array;
    /** Grey and white matter, ventricles, cerebellum and brainstem. */
    readonly brain: Mask;
    /** Everything under the skin, airways included; without devices. */
    readonly body: Mask;
    readonly structures: readonly Structure[];
  };
  /** Points of anthropometry in LPS, mm. */
  readonly landmarksLps: HeadPoints;
  readonly shape: FaceShape;
}

const MODALITY = { ct: 'CT', t1: 'MR', t2: 'MR', flair: 'MR', pd: 'MR', pet: 'PT' } as const;
const UNIT = { ct: 'HU', t1: 'arbitrary', t2: 'arbitrary', flair: 'arbitrary', pd: 'arbitrary', pet: 'Bq/ml' } as const;
const TYPE = { ct: 'i16', t1: 'u16', t2: 'u16', flair: 'u16', pd: 'u16', pet: 'f32' } as const;

/** Resolution of a PET scanner, mm: the width over which one uptake gives way to the next. */
const PET_WIDTH_MM = 6;
/** Slices are sampled at least this finely through their thickness, mm. */
const THROUGH_SLICE_MM = 1.6;

/**
 * A head. What is at a point of the patient depends on the seed, the shape and the pose alone: every grid sees the
 * same head, blurred over its own voxel. Throws RangeError for a shape out of range or a 64-bit stored type.
 */
export function generateHead(options: HeadOptions): GeneratedHead {
  const { seed, contrast, pose = {}, noise = 0, biasField = 0, devices = false } = options;
  const shape = completeFaceShape(sampleFaceShape(seed), options.shape ?? {});
  const spacing = options.spacingMm ?? 1.5;
  const grid = options.grid ?? defaultHeadGrid(typeof spacing === 'number' ? [spacing, spacing, spacing] : spacing);
  const type = options.type ?? TYPE[contrast];
  if (type === 'i64' || type === 'u64') throw new RangeError(`a head is not stored as ${type}`);
  const unsignedCt = contrast === 'ct' && type.startsWith('u');
  const { slope, intercept } = options.rescale ?? { slope: 1, intercept: unsignedCt ? -1024 : 0 };

  const model = new HeadModel(shape, seed);
  const lpsToHead = affineLpsToHead(pose);
  const ijkToHead = compose(lpsToHead, grid.affineIjkToLps);
  const voxel = gridSpacingMm(grid);
  const fine = [...voxel].sort((a, b) => a - b);
  const width = contrast === 'pet' ? PET_WIDTH_MM : Math.max(0.6, Math.sqrt(fine[0] * fine[1]));
  model.setContrast(width, tissueValues(contrast));

  const n = voxelCount(grid);
  const real = new Float32Array(n);
  const labels = new Uint8Array(new SharedArrayBuffer(Math.ceil(n / 4) * 4), 0, n);
  const regions = new Uint8Array(n);
  sample(model, grid, ijkToHead, voxel, real, labels, regions);
  if (devices && contrast === 'ct') addDevices(model, grid, ijkToHead, real, labels, regions);
  if (biasField !== 0 && MODALITY[contrast] === 'MR') applyBias(grid, ijkToHead, real, biasField, seed);
  const noiseSeed = hash3(options.noiseSeed ?? seed, 0, 0, 0x6e6f6973);
  if (noise > 0) addNoise(grid, real, noise, MODALITY[contrast] === 'MR', noiseSeed);

  const voxels = allocateVoxels(type, n) as Exclude<Volume['voxels'], BigInt64Array | BigUint64Array>;
  const [low, high] = storedRange(type);
  const isFloat = type === 'f32' || type === 'f64';
  for (let v = 0; v < n; v++) {
    const stored = (real[v] - intercept) / slope;
    voxels[v] = isFloat ? stored : Math.min(high, Math.max(low, Math.round(stored)));
  }
  const body = maskWhere(grid, (v) => (regions[v] & REGION.body) !== 0);
  const structures = structuresOfRegions(grid, ijkToHead, labels, regions, body);
  const brain = structures.find((s) => s.name === 'Brain');
  if (brain === undefined) throw new Error('the structures have no brain');
  const headToLps = invert(lpsToHead);
  const points = headPoints(model);
  const landmarksLps = Object.fromEntries(
    Object.entries(points).map(([name, p]) => [name, transformPoint(headToLps, p as Vec3)]),
  ) as unknown as HeadPoints;
  return {
    volume: {
      grid, type, voxels, rescale: uniformRescale(grid.sizeIjk[2], slope, intercept),
      modality: MODALITY[contrast], unit: UNIT[contrast],
    },
    truth: { labels, brain: brain.mask, body, structures },
    landmarksLps,
    shape,
  }; // prettier-ignore
}

/** Values, labels and regions of every voxel; along an axis of thick voxels the value is a mean of several points. */
function sample(
  model: HeadModel,
  grid: Grid,
  m: Affine,
  voxel: Vec3,
  real: Float32Array,
  labels: Uint8Array,
  regions: Uint8Array,
): void {
  const [ni, nj, nk] = grid.sizeIjk;
  const finest = Math.max(THROUGH_SLICE_MM, Math.min(...voxel));
  const repeats = voxel.map((s) => Math.max(1, Math.round(s / finest)));
  const offsets: number[] = [];
  for (let c = 0; c < repeats[2]; c++)
    for (let b = 0; b < repeats[1]; b++)
      for (let a = 0; a < repeats[0]; a++)
        offsets.push((a + 0.5) / repeats[0] - 0.5, (b + 0.5) / repeats[1] - 0.5, (c + 0.5) / repeats[2] - 0.5);
  const count = offsets.length / 3;
  let v = 0;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const x0 = m[1] * j + m[2] * k + m[3];
      const y0 = m[5] * j + m[6] * k + m[7];
      const z0 = m[9] * j + m[10] * k + m[11];
      for (let i = 0; i < ni; i++, v++) {
        const x = x0 + m[0] * i;
        const y = y0 + m[4] * i;
        const z = z0 + m[8] * i;
        let sum = 0;
        for (let s = 0; count > 1 && s < count; s++) {
          const a = offsets[3 * s];
          const b = offsets[3 * s + 1];
          const c = offsets[3 * s + 2];
          model.evaluate(
            x + m[0] * a + m[1] * b + m[2] * c,
            y + m[4] * a + m[5] * b + m[6] * c,
            z + m[8] * a + m[9] * b + m[10] * c,
          );
          sum += model.value;
        }
        model.evaluate(x, y, z);
        real[v] = count > 1 ? sum / count : model.value;
        labels[v] = model.label;
        regions[v] = model.regions;
      }
    }
  }
}

/** Couch board behind the head and a thermoplastic shell of 2.4 mm over the face. */
function addDevices(
  model: HeadModel,
  grid: Grid,
  m: Affine,
  real: Float32Array,
  labels: Uint8Array,
  regions: Uint8Array,
): void {
  const [ni, nj, nk] = grid.sizeIjk;
  let v = 0;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, v++) {
        if (regions[v] !== 0) continue;
        const p = transformPoint(m, [i, j, k]);
        const board = Math.max(Math.abs(p[1] + 116.5) - 4.5, Math.abs(p[0]) - 90);
        // The shell ends at the ears' plane and the crown.
        const nearFace = p[1] > 8 && p[2] < 110 && p[2] > -100;
        const shell = nearFace ? Math.abs(model.nearSkinDistance(...p) - 3.4) - 1.2 : 1;
        if (board > 0 && shell > 0) continue;
        real[v] = board <= 0 ? (board > -1.5 ? 120 : -850) : 60;
        labels[v] = LABELS.device;
      }
}

/** Smooth receive field 1 ± biasField, a low-order polynomial with seeded coefficients over the head. */
function applyBias(grid: Grid, m: Affine, real: Float32Array, amount: number, seed: number): void {
  const [ni, nj, nk] = grid.sizeIjk;
  let v = 0;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, v++) {
        const p = transformPoint(m, [i, j, k]);
        real[v] *= 1 + amount * valueNoise(p[0] / 140, p[1] / 140, p[2] / 140, hash3(seed, 7, 0, 0x62696173));
      }
}

/** Noise of magnitude images (Gudbjartsson and Patz 1995) or additive Gaussian noise. */
function addNoise(grid: Grid, real: Float32Array, sigma: number, isRician: boolean, seed: number): void {
  const [ni, nj, nk] = grid.sizeIjk;
  let v = 0;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, v++) {
        const a = real[v] + sigma * voxelNormal(i, j, k, seed);
        real[v] = isRician ? Math.hypot(a, sigma * voxelNormal(i, j, k, seed ^ 0x1b873593)) : a;
      }
}

function maskWhere(grid: Grid, has: (voxel: number) => boolean): Mask {
  const mask = createMask(grid.sizeIjk);
  const [ni, nj, nk] = grid.sizeIjk;
  let v = 0;
  for (let row = 0; row < nj * nk; row++)
    for (let i = 0; i < ni; i++, v++) if (has(v)) mask.words[row * mask.wordsPerRow + (i >>> 5)] |= 1 << (i & 31);
  return mask;
}
