import { type Backend, type DeviceBuffer, deviceVolumeFromF32, releaseVolume, uploadVolume } from '@efface/compute';
import {
  downsample,
  maskCount as maskBits,
  maskLogic,
  resample,
  resampleMask,
  signedDistanceMm,
  type ValueRange,
} from '@efface/kernels';
import {
  createMask, EffaceError, type Grid, type GridMask, ijkToLps, type Mask, maskCount, maskHas, spacingMm, uniformRescale, type Vec3,
  voxelCount,
} from '@efface/volume'; // prettier-ignore
import { bodyMask } from '../body.ts';
import { looksLikeHounsfield, presentSample } from '../intensity.ts';
import { quantile } from '../quantile.ts';
import { treatmentOf } from '../treatment.ts';
import { boundsLps, type BoxLps, clipBox, isMissing, readWorkingImage, workingGrid, type WorkingImage } from '../working-image.ts'; // prettier-ignore
import { type RegistrationImage } from './types.ts';

/** An image cannot be registered. */
export class RegistrationError extends EffaceError {}

/** An image at one spacing on the device: real values (or distances, mm) and which voxels count. */
export interface LevelImage {
  readonly grid: Grid;
  readonly values: DeviceBuffer;
  readonly mask: DeviceBuffer;
  /** Voxels that count. */
  readonly count: number;
}

/** An image as registration works with it. `release` when done. */
export interface PreparedImage {
  /** One for each spacing asked for, finest first. */
  readonly levels: readonly LevelImage[];
  /** Real values at QUALITY_MM, whatever the levels hold: every registration is judged alike. */
  readonly judged: LevelImage;
  /** Everything under the skin. */
  readonly body: GridMask;
  /** Where most values lie; values beyond are clipped. */
  readonly range: ValueRange;
  release(): void;
}

/** Spacing at which registrations are judged, mm. */
const QUALITY_MM = 4;
/** Spacing of the look at the whole image, mm: for its values, and where its skin is what counts. */
const OVERVIEW_MM = { values: 4, distances: 2.5 } as const;
const MOST_OVERVIEW_VOXELS = 4e6;
/** Shoulders and all take larger voxels than asked for. */
const MOST_LEVEL_VOXELS = 2e6;
/** Air around the body that takes part, mm. */
const MARGIN_MM = 16;
/** A threshold that calls more than this of an image body has found noise, not skin. */
const MOST_BODY = 0.85;
/** Fat to dense bone: in a range from air to metal all soft tissue would be one value. */
const RANGE_HU: ValueRange = { low: -300, high: 700 };
/** Values above this share of those under the skin are clipped: metal, vessels. */
const HIGH_QUANTILE = 0.995;
/** Beyond this a distance says nothing about where the skin is, mm. */
const MOST_DISTANCE_MM = 20;

/**
 * Brings an image to isotropic patient-aligned grids around its body. `compares` says what the levels hold: real values, or
 * signed distances to the skin. Throws RegistrationError REGISTRATION_NO_BODY when there is nothing in the image.
 */
export async function prepareImage(
  backend: Backend,
  image: RegistrationImage,
  spacingsMm: readonly number[],
  compares: 'values' | 'distances',
  name: 'fixed' | 'moving',
): Promise<PreparedImage> {
  const { volume } = image;
  const device = uploadVolume(backend, `registration/${name}`, volume);
  const owned: DeviceBuffer[] = [];
  try {
    const bounds = boundsLps(volume.grid);
    const extentMm3 = [0, 1, 2].reduce(
      (product, d) => product * (bounds.high[d] - bounds.low[d] + OVERVIEW_MM[compares]),
      1,
    );
    const overviewMm = Math.max(OVERVIEW_MM[compares], Math.cbrt(extentMm3 / MOST_OVERVIEW_VOXELS));
    const overview = await readWorkingImage(backend, volume, device, workingGrid(bounds, overviewMm));
    const body = image.body ?? (await findBody(backend, image, overview));
    const inside = body && bodyBox(body);
    if (!inside)
      throw new RegistrationError('REGISTRATION_NO_BODY', 'inputRefused', `the ${name} image shows no body: nothing in it is brighter than its air`); // prettier-ignore
    const range = isHounsfield(image, overview) ? RANGE_HU : rangeOf(overview, body);
    const box: BoxLps = {
      low: inside.low.map((v) => v - MARGIN_MM) as unknown as Vec3,
      high: inside.high.map((v) => v + MARGIN_MM) as unknown as Vec3,
    };
    const levels: LevelImage[] = [];
    const judgedMm = Math.max(QUALITY_MM, spacingsMm[0]);
    const clipped = clipBox(box, bounds, spacingsMm[0]);
    const boxMm3 = [0, 1, 2].reduce((product, d) => product * (clipped.high[d] - clipped.low[d]), 1);
    const leastMm = Math.cbrt(boxMm3 / MOST_LEVEL_VOXELS);
    for (const wanted of [...spacingsMm, judgedMm]) {
      const spacing = Math.max(wanted, leastMm);
      const grid = workingGrid(clipBox(box, bounds, spacing), spacing);
      const finest = levels.at(0);
      const level = finest
        ? coarserLevel(backend, finest, grid)
        : finestLevel(backend, image, await readWorkingImage(backend, volume, device, grid), range);
      owned.push(level.values, level.mask);
      levels.push({ ...level, count: await maskBits(backend, level.mask) });
    }
    const [judged] = levels.splice(spacingsMm.length);
    if (compares === 'distances') {
      const distances = await skinDistances(backend, body);
      for (const [n, level] of levels.entries()) {
        const values = onGrid(backend, distances, body.grid, level.grid);
        backend.release(level.values);
        owned.splice(owned.indexOf(level.values), 1, values);
        levels[n] = { ...level, values };
      }
      backend.release(distances);
    }
    return { levels, judged, body, range, release: () => owned.forEach((buffer) => backend.release(buffer)) };
  } catch (error) {
    for (const buffer of owned) backend.release(buffer);
    throw error;
  } finally {
    releaseVolume(backend, device);
  }
}

function isHounsfield({ volume }: RegistrationImage, overview: WorkingImage): boolean {
  return volume.modality === 'CT' && looksLikeHounsfield(overview);
}

/** The body by the first threshold that leaves air around it. */
async function findBody(
  backend: Backend,
  { volume }: RegistrationImage,
  overview: WorkingImage,
): Promise<GridMask | undefined> {
  const treatment = treatmentOf(volume, overview);
  let found: GridMask | undefined;
  for (const threshold of treatment.thresholds) {
    found = { grid: overview.grid, mask: await bodyMask(backend, overview, threshold, treatment) };
    if (maskCount(found.mask) < MOST_BODY * overview.values.length) break;
  }
  return found;
}

/** Box around a mask, LPS mm; undefined for an empty one. */
function bodyBox({ grid, mask }: GridMask): BoxLps | undefined {
  const [ni, nj, nk] = mask.sizeIjk;
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const row = (k * nj + j) * mask.wordsPerRow;
      let first = -1;
      let last = -1;
      for (let i = 0; i < ni; i++) {
        if (((mask.words[row + (i >>> 5)] >>> (i & 31)) & 1) === 0) continue;
        if (first < 0) first = i;
        last = i;
      }
      if (first < 0) continue;
      for (const i of [first, last]) {
        const p = ijkToLps(grid, [i, j, k]);
        for (let d = 0; d < 3; d++) {
          low[d] = Math.min(low[d], p[d]);
          high[d] = Math.max(high[d], p[d]);
        }
      }
    }
  }
  return low[0] > high[0] ? undefined : { low: low as unknown as Vec3, high: high as unknown as Vec3 };
}

/** Air to the bright end of what is under the skin. */
function rangeOf(overview: WorkingImage, body: GridMask): ValueRange {
  const low = quantile(presentSample(overview), 0.02);
  const scale = overview.spacingMm;
  const inside: number[] = [];
  const [ni, nj, nk] = body.mask.sizeIjk;
  // Every other voxel of the mask along each axis is sample enough.
  for (let k = 0; k < nk; k += 2) {
    for (let j = 0; j < nj; j += 2) {
      for (let i = 0; i < ni; i += 2) {
        if (!maskHas(body.mask, i, j, k)) continue;
        const p = ijkToLps(body.grid, [i, j, k]);
        const at = overview.originLps.map((o, d) => Math.round((p[d] - o) / scale));
        if (at.some((v, d) => v < 0 || v >= overview.sizeIjk[d])) continue;
        const value = overview.values[(at[2] * overview.sizeIjk[1] + at[1]) * overview.sizeIjk[0] + at[0]];
        if (!isMissing(value) && Number.isFinite(value)) inside.push(value);
      }
    }
  }
  const high = quantile(inside, HIGH_QUANTILE);
  return high > low ? { low, high } : { low, high: low + 1 };
}

type UncountedLevel = Omit<LevelImage, 'count'>;

/** The finest level: values within the range, voxels outside the scan left out. */
function finestLevel(
  backend: Backend,
  { mask: given }: RegistrationImage,
  { grid, values }: WorkingImage,
  { low, high }: ValueRange,
): UncountedLevel {
  const present = createMask(grid.sizeIjk);
  const [ni, nj, nk] = grid.sizeIjk;
  for (let row = 0, n = 0; row < nj * nk; row++) {
    for (let i = 0; i < ni; i++, n++) {
      if (isMissing(values[n]) || Number.isNaN(values[n])) values[n] = low;
      else {
        values[n] = Math.min(high, Math.max(low, values[n]));
        present.words[row * present.wordsPerRow + (i >>> 5)] |= 1 << (i & 31);
      }
    }
  }
  const buffer = backend.createBuffer('registration/level', values.byteLength, values);
  let mask = backend.createBuffer('registration/mask', present.words.byteLength, present.words);
  if (given) {
    const source = backend.createBuffer('registration/given-mask', given.mask.words.byteLength, given.mask.words);
    const here = resampleMask(backend, { mask: source, maskGrid: given.grid, targetGrid: grid });
    const both = maskLogic(backend, { a: mask, b: here, sizeIjk: grid.sizeIjk, operation: 'and' });
    for (const b of [source, here, mask]) backend.release(b);
    mask = both;
  }
  return { grid, values: buffer, mask };
}

function coarserLevel(backend: Backend, finest: LevelImage, grid: Grid): UncountedLevel {
  const { sizeIjk } = finest.grid;
  const values = downsample(backend, {
    source: deviceVolumeFromF32(finest.values, sizeIjk),
    sourceGrid: finest.grid,
    targetGrid: grid,
    rescale: uniformRescale(sizeIjk[2], 1, 0),
    outsideValue: 0,
  });
  return { grid, values, mask: resampleMask(backend, { mask: finest.mask, maskGrid: finest.grid, targetGrid: grid }) };
}

/** Signed distance to the surface of a mask, cut at ±MOST_DISTANCE_MM, f32 on its grid. */
async function skinDistances(backend: Backend, { grid, mask }: GridMask): Promise<DeviceBuffer> {
  const bits = backend.createBuffer('registration/body', mask.words.byteLength, mask.words);
  const far = signedDistanceMm(backend, { mask: bits, sizeIjk: mask.sizeIjk, spacingMm: spacingMm(grid) });
  const values = new Float32Array(await backend.read(far), 0, voxelCount(grid));
  backend.release(bits);
  backend.release(far);
  for (let n = 0; n < values.length; n++)
    values[n] = Math.min(MOST_DISTANCE_MM, Math.max(-MOST_DISTANCE_MM, values[n]));
  return backend.createBuffer('registration/distances', values.byteLength, values);
}

/** Values on another grid, the border's beyond it. */
function onGrid(backend: Backend, source: DeviceBuffer, sourceGrid: Grid, targetGrid: Grid): DeviceBuffer {
  const { sizeIjk } = sourceGrid;
  return resample(backend, {
    source: deviceVolumeFromF32(source, sizeIjk),
    sourceGrid,
    targetGrid,
    rescale: uniformRescale(sizeIjk[2], 1, 0),
    interpolation: 'trilinear',
    outsideValue: MOST_DISTANCE_MM,
  });
}

/** Position of the mean of a mask's voxels above a height, LPS mm. */
export function centroidLps({ grid, mask }: GridMask, aboveMm: number): Vec3 {
  const sum = [0, 0, 0];
  let count = 0;
  const [ni, nj, nk] = mask.sizeIjk;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++) {
        if (!maskHas(mask, i, j, k)) continue;
        const p = ijkToLps(grid, [i, j, k]);
        if (p[2] < aboveMm) continue;
        for (let d = 0; d < 3; d++) sum[d] += p[d];
        count++;
      }
    }
  }
  return sum.map((v) => v / count) as unknown as Vec3;
}

/** Highest point of a mask, mm along superior. */
export function topMm(body: GridMask): number {
  return bodyBox(body)?.high[2] ?? NaN;
}

/** A mask's bits on the device. */
export function uploadMask(backend: Backend, label: string, { words }: Mask): DeviceBuffer {
  return backend.createBuffer(label, words.byteLength, words);
}
