import {
  analyseHead, BIOMETRIC_BOXES, type HeadTemplate, labelTemplate, lpsOfTemplateByFrame, templateGrid,
  type TemplateLandmark,
} from '@efface/anatomy'; // prettier-ignore
import type { Backend } from '@efface/compute';
import { smoothGaussian } from '@efface/kernels';
import {
  type Contrast, FACE_PARAMETER_NAMES, type FaceShape, generateHead, type HeadPoints, sampleFaceShape,
} from '@efface/test-data'; // prettier-ignore
import {
  type Affine, allocateVoxels, compose, type Grid, invert, transformPoint, uniformRescale, type Vec3, type Volume,
  voxelCount,
} from '@efface/volume'; // prettier-ignore

/** What one stored step is worth, HU and arbitrary: less than the noise of scanners. */
const STEP = { ct: 8, mr: 4 } as const;
/** The generator blurs over one voxel along the surface's normal only; this makes the grid invisible in a render. */
const SMOOTH_VOXELS = 0.6;
/** Voxels of the mean person's head when its place in template space is looked for, mm. */
const LOOK_MM = 2;

/** Landmarks of the template among the points of a generated head. */
const POINTS: Readonly<Record<TemplateLandmark, keyof HeadPoints>> = {
  noseTip: 'pronasale',
  nasion: 'nasion',
  chin: 'pogonion',
  eyeCentreLeft: 'eyeCentreLeft',
  eyeCentreRight: 'eyeCentreRight',
  tragionLeft: 'tragionLeft',
  tragionRight: 'tragionRight',
};

/** The mean of every measure over the people of these seeds. */
export function meanShape(seeds: readonly number[]): FaceShape {
  const shapes = seeds.map(sampleFaceShape);
  return Object.fromEntries(
    FACE_PARAMETER_NAMES.map((name) => [name, shapes.reduce((sum, shape) => sum + shape[name], 0) / shapes.length]),
  ) as FaceShape;
}

/**
 * The template of generated people. Their warps are known, so the group-wise average has a closed form that no
 * registration reaches: the head of the mean measures. Skin and bone are as sharp as in one head; what no measure
 * describes, the folds of the brains, is averaged over the seeds, voxel by voxel.
 */
export async function phantomTemplate(
  backend: Backend,
  seeds: readonly number[],
  spacingMm: number,
  progress: (done: number) => void,
): Promise<HeadTemplate> {
  const shape = meanShape(seeds);
  const { lpsOfTemplate, points } = await place(backend, shape, seeds[0]);
  const grid = templateGrid(spacingMm);
  // The same voxels where the generator sees its people.
  const ownGrid: Grid = { ...grid, affineIjkToLps: compose(lpsOfTemplate, grid.affineIjkToLps) };
  const sums = { ct: new Float64Array(voxelCount(grid)), t1: new Float64Array(voxelCount(grid)) };
  let done = 0;
  for (const seed of seeds) {
    for (const contrast of ['ct', 't1'] as const) {
      const { volume } = generateHead({ seed, shape, contrast, grid: ownGrid });
      for (let n = 0; n < sums[contrast].length; n++) sums[contrast][n] += Number(volume.voxels[n]);
    }
    progress(++done / seeds.length);
  }
  const images = {
    ct: await meanImage(backend, grid, sums.ct, seeds.length, 'ct'),
    mr: await meanImage(backend, grid, sums.t1, seeds.length, 't1'),
  };
  const templateOfLps = invert(lpsOfTemplate);
  const landmarksLps = Object.fromEntries(
    Object.entries(POINTS).map(([name, point]) => [name, transformPoint(templateOfLps, points[point])]),
  ) as Record<TemplateLandmark, Vec3>;
  return {
    name: 'efface generated heads',
    builtFrom: seeds.length,
    images,
    labels: await labelTemplate(backend, images.ct, landmarksLps),
    landmarksLps,
    biometricBoxes: BIOMETRIC_BOXES,
  };
}

/** Where template space lies around the mean person: what the analysis makes of CT and MR, averaged. */
async function place(
  backend: Backend,
  shape: FaceShape,
  seed: number,
): Promise<{ readonly lpsOfTemplate: Affine; readonly points: HeadPoints }> {
  const maps: Affine[] = [];
  let points: HeadPoints | undefined;
  for (const contrast of ['ct', 't1'] as const) {
    const { volume, landmarksLps } = generateHead({ seed, shape, contrast, spacingMm: LOOK_MM });
    const { frame } = await analyseHead(backend, volume);
    // The generator's people look straight ahead: only nod, height and size are the brain's to say.
    const upright = { ...frame, originLps: [0, frame.originLps[1], frame.originLps[2]] as Vec3 };
    maps.push(lpsOfTemplateByFrame({ ...upright, ...nodOnly(frame.rotationDegrees[0]) }));
    points = landmarksLps;
  }
  if (points === undefined) throw new Error('no head was generated');
  return { lpsOfTemplate: maps[0].map((v, n) => (v + maps[1][n]) / 2), points };
}

/** Axes of a head that is only nodded, degrees. */
function nodOnly(degrees: number): { readonly leftLps: Vec3; readonly posteriorLps: Vec3; readonly superiorLps: Vec3 } {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return { leftLps: [1, 0, 0], posteriorLps: [0, c, s], superiorLps: [0, -s, c] };
}

/** Mean of sums, smoothed and stored: i16 on CT, u8 on MR, where the generator's values end below 1000. */
async function meanImage(
  backend: Backend,
  grid: Grid,
  sum: Float64Array,
  count: number,
  contrast: Contrast,
): Promise<Volume> {
  const isCt = contrast === 'ct';
  const type = isCt ? 'i16' : 'u8';
  const step = isCt ? STEP.ct : STEP.mr;
  const values = Float32Array.from(sum, (value) => value / count);
  const source = backend.createBuffer('phantom-template/mean', values.byteLength, values);
  const smoothed = smoothGaussian(backend, {
    source,
    sizeIjk: grid.sizeIjk,
    sigmaVoxels: [SMOOTH_VOXELS, SMOOTH_VOXELS, SMOOTH_VOXELS],
  });
  const means = new Float32Array(await backend.read(smoothed), 0, values.length);
  backend.release(source);
  backend.release(smoothed);
  const voxels = allocateVoxels(type, values.length) as Int16Array | Uint8Array;
  for (let n = 0; n < values.length; n++) voxels[n] = Math.round(means[n] / step);
  return {
    grid,
    type,
    voxels,
    rescale: uniformRescale(grid.sizeIjk[2], step, 0),
    modality: isCt ? 'CT' : 'MR',
    unit: isCt ? 'HU' : 'arbitrary',
  };
}
