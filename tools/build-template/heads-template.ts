import {
  analyseHead, BIOMETRIC_BOXES, fixedPoint, type HeadTemplate, labelTemplate, locateTemplate, registerDeformable, templateGrid,
  templateImage, type TemplateLandmark, type Warp, warpVolume,
} from '@efface/anatomy'; // prettier-ignore
import type { Backend } from '@efface/compute';
import {
  type Affine, allocateVoxels, type Grid, IDENTITY, sameGrid, uniformRescale, type Vec3, type Volume, voxelCount,
} from '@efface/volume'; // prettier-ignore

/** One head, opened whenever it is needed, so that memory holds one at a time. */
export interface HeadSource {
  readonly name: string;
  readonly open: () => Promise<Volume>;
}

/** A head that took part, and how its template space lies. */
interface Placed {
  readonly source: HeadSource;
  readonly lpsOfTemplate: Affine;
  /** Real values to those of the average. */
  readonly scale: number;
}

/** Rounds of deforming every head to the average so far. */
const ROUNDS = 2;
/** Finest voxels of the deformations, mm; and no finer than two of the template's. */
const FINEST_MM = 4;
/** MR has no unit: the median of what is under the skin becomes this. */
const MR_TISSUE = 300;
/** Stored steps, HU and arbitrary, as the shipped template's. */
const STEP = { CT: 8, MR: 4 } as const;
const AIR_HU = -1000;
/** Fewer heads than this are people, not an average. */
const LEAST_HEADS = 5;

/** An average that grows head by head: where a scan ends it says nothing. */
class RunningMean {
  readonly #sum: Float64Array;
  readonly #weight: Float64Array;
  readonly #grid: Grid;

  constructor(grid: Grid) {
    this.#grid = grid;
    this.#sum = new Float64Array(voxelCount(grid));
    this.#weight = new Float64Array(voxelCount(grid));
  }

  async add(backend: Backend, volume: Volume, warp: Warp, scale: number): Promise<void> {
    const values = await warpVolume(backend, volume, warp, this.#grid, { outsideValue: OUTSIDE });
    for (let n = 0; n < this.#sum.length; n++) {
      const value = Number(values.voxels[n]);
      // Next to the border a value is partly that of the outside.
      if (value <= OUTSIDE / 2) continue;
      this.#sum[n] += scale * value;
      this.#weight[n]++;
    }
  }

  /** Real values, f32; air where no scan reaches. */
  values(air: number): Float32Array<ArrayBuffer> {
    return Float32Array.from(this.#sum, (sum, n) => (this.#weight[n] > 0 ? sum / this.#weight[n] : air));
  }
}

/** No scanner stores this. */
const OUTSIDE = -1e9;

/**
 * The average of real heads of one modality, group-wise: each is laid by its surfaces (12 parameters) in the space of
 * `reference`, then deformed to the average so far, which is moved by the mean of all deformations so that it is nobody's
 * shape more than another's. Landmarks are carried over from `reference`. Heads on which the reference is lost are left out
 * and told. Throws RangeError when fewer than five remain, or modalities differ.
 */
export async function headsTemplate(
  backend: Backend,
  sources: readonly HeadSource[],
  reference: HeadTemplate,
  { name, spacingMm }: { readonly name: string; readonly spacingMm: number },
  tell: (line: string) => void,
): Promise<HeadTemplate> {
  const { placed, modality } = await placeAll(backend, sources, reference, tell);
  const grid = templateGrid(spacingMm);
  const finestSpacingMm = Math.max(FINEST_MM, 2 * spacingMm);
  const air = modality === 'CT' ? AIR_HU : 0;
  const first = new RunningMean(grid);
  for (const { source, lpsOfTemplate, scale } of placed)
    await first.add(backend, await source.open(), { movingOfFixed: lpsOfTemplate }, scale);
  let average = asVolume(grid, first.values(air), modality);
  for (let round = 1; round <= ROUNDS; round++) {
    const mean = new RunningMean(grid);
    let drift: { grid: Grid; sum: Float32Array<ArrayBuffer> } | undefined;
    for (const { source, lpsOfTemplate, scale } of placed) {
      const volume = await source.open();
      const found = await registerDeformable(
        backend,
        { volume: average },
        { volume },
        { initial: lpsOfTemplate, metric: 'local-correlation', finestSpacingMm },
      );
      if (found.isLost) tell(`round ${round}: ${source.name} is not deformed, only laid`);
      const { field } = found;
      await mean.add(backend, volume, { movingOfFixed: lpsOfTemplate, ...(found.isLost ? {} : { field }) }, scale);
      drift ??= { grid: field.grid, sum: new Float32Array(field.displacementMm.length) };
      if (found.isLost) continue;
      if (!sameGrid(drift.grid, field.grid)) throw new RangeError('fields of one average differ in their grids');
      for (let n = 0; n < drift.sum.length; n++) drift.sum[n] += field.displacementMm[n];
    }
    average = asVolume(grid, mean.values(air), modality);
    if (drift) {
      // What the average shows at x lies at x + u(x) in the mean head: the inverse to first order, u being smooth and small.
      const displacementMm = drift.sum.map((mm) => -mm / placed.length);
      const back = { movingOfFixed: IDENTITY, field: { grid: drift.grid, displacementMm } };
      const moved = await warpVolume(backend, average, back, grid, { outsideValue: air });
      average = asVolume(grid, moved.voxels as Float32Array, modality);
    }
    tell(`round ${round} of ${ROUNDS}`);
  }
  const image = stored(average);
  const landmarksLps = await carriedLandmarks(backend, image, reference, finestSpacingMm);
  return {
    name,
    builtFrom: placed.length,
    images: { ct: modality === 'CT' ? image : undefined, mr: modality === 'MR' ? image : undefined },
    labels: await labelTemplate(backend, image, landmarksLps),
    landmarksLps,
    biometricBoxes: BIOMETRIC_BOXES,
  };
}

async function placeAll(
  backend: Backend,
  sources: readonly HeadSource[],
  reference: HeadTemplate,
  tell: (line: string) => void,
): Promise<{ readonly placed: readonly Placed[]; readonly modality: 'CT' | 'MR' }> {
  refuseFewer(sources.length);
  const placed: Placed[] = [];
  let modality: 'CT' | 'MR' | undefined;
  for (const source of sources) {
    const volume = await source.open();
    const { modality: own } = volume;
    if ((own !== 'CT' && own !== 'MR') || (modality !== undefined && own !== modality))
      throw new RangeError(`${source.name}: is ${own}; heads of one modality, CT or MR, make a template`);
    modality = own;
    const anatomy = await analyseHead(backend, volume);
    const location = await locateTemplate(backend, volume, anatomy, reference);
    if (location.isLost) {
      tell(`left out: ${source.name}: ${location.reason?.message ?? 'the reference does not fit'}`);
      continue;
    }
    const scale = modality === 'CT' ? 1 : MR_TISSUE / medianAbove(volume, anatomy.skinThresholdReal);
    placed.push({ source, lpsOfTemplate: location.lpsOfTemplate, scale });
    tell(`${source.name}: laid, ${(100 * location.quality).toFixed(0)} % of the skin fits`);
  }
  refuseFewer(placed.length);
  if (modality === undefined) throw new RangeError('no heads');
  return { placed, modality };
}

function refuseFewer(count: number): void {
  if (count < LEAST_HEADS)
    throw new RangeError(`an average of ${count} heads shows who they are; give ${LEAST_HEADS} or more`);
}

/** Median of the real values above a threshold. */
function medianAbove({ grid, voxels, rescale }: Volume, threshold: number): number {
  const perSlice = grid.sizeIjk[0] * grid.sizeIjk[1];
  const values: number[] = [];
  for (let n = 0; n < voxels.length; n += 7) {
    const k = Math.floor(n / perSlice);
    const real = Number(voxels[n]) * rescale.slopePerK[k] + rescale.interceptPerK[k];
    if (real > threshold) values.push(real);
  }
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 1;
}

/** Where the landmarks of one template lie on another's image. */
async function carriedLandmarks(
  backend: Backend,
  image: Volume,
  reference: HeadTemplate,
  finestSpacingMm: number,
): Promise<HeadTemplate['landmarksLps']> {
  const anatomy = await analyseHead(backend, image);
  const { templateOfLps, isLost } = await locateTemplate(backend, image, anatomy, reference);
  if (isLost) throw new RangeError('the average is no head');
  const moving = { volume: templateImage(reference, image.modality) };
  const found = await registerDeformable(backend, { volume: image, body: anatomy.body }, moving, {
    initial: templateOfLps,
    metric: 'local-correlation',
    finestSpacingMm,
  });
  const warp: Warp = found.isLost ? { movingOfFixed: templateOfLps } : found;
  return Object.fromEntries(
    Object.entries(reference.landmarksLps).map(([name, point]) => [name, fixedPoint(warp, point)]),
  ) as Record<TemplateLandmark, Vec3>;
}

function asVolume(grid: Grid, voxels: Float32Array, modality: 'CT' | 'MR'): Volume {
  const unit = modality === 'CT' ? 'HU' : 'arbitrary';
  return { grid, type: 'f32', voxels, rescale: uniformRescale(grid.sizeIjk[2], 1, 0), modality, unit };
}

/** As templates are stored: i16 on CT, u8 on MR. */
function stored({ grid, voxels, modality, unit }: Volume): Volume {
  const isCt = modality === 'CT';
  const type = isCt ? 'i16' : 'u8';
  const step = isCt ? STEP.CT : STEP.MR;
  const [low, high] = isCt ? [-128, 384] : [0, 255];
  const steps = allocateVoxels(type, voxels.length) as Int16Array | Uint8Array;
  for (let n = 0; n < steps.length; n++) steps[n] = Math.min(high, Math.max(low, Math.round(Number(voxels[n]) / step)));
  return { grid, type, voxels: steps, rescale: uniformRescale(grid.sizeIjk[2], step, 0), modality, unit };
}
