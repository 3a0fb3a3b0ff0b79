import { type Backend } from '@efface/compute';
import { dilate } from '@efface/kernels';
import {
  compose,
  type GridMask,
  invert,
  type Mask,
  maskHas,
  transformPoint,
  type Vec3,
  type Volume,
} from '@efface/volume';
import { halfSampleMode, quantile } from './quantile.ts';
import { isMissing, type WorkingImage } from './working-image.ts';

/** Real values of the air around the head, from stored voxels. */
export interface Background {
  /** Most frequent value. */
  readonly modeReal: number;
  readonly meanReal: number;
  /** Robust standard deviation (1.4826 × the median distance from the median). */
  readonly noiseReal: number;
  /** Voxels that were looked at; 0 when there is no air, and the others are then the image's lowest value. */
  readonly nVoxels: number;
}

/** Air nearer to the body than this is blurred skin, mm. */
const DISTANCE_MM = 10;
const MOST_VOXELS = 100_000;

/**
 * Samples the scan's own voxels outside the body, evenly over the image. Values that mean "not measured" are left out.
 */
export async function measureBackground(
  backend: Backend,
  volume: Volume,
  image: WorkingImage,
  body: Mask,
): Promise<Background> {
  const { sizeIjk, spacingMm } = image;
  const mask = backend.createBuffer('background/body', body.words.byteLength, body.words);
  const grown = dilate(backend, {
    mask,
    sizeIjk,
    spacingMm: [spacingMm, spacingMm, spacingMm],
    radiusMm: DISTANCE_MM,
  });
  const near: Mask = { ...body, words: new Uint32Array(await backend.read(grown)) };
  backend.release(mask);
  backend.release(grown);
  const values = airValues(volume, image, near);
  if (values.length === 0) {
    let lowest = Infinity;
    for (const value of image.values) if (value < lowest && !isMissing(value)) lowest = value;
    return { modeReal: lowest, meanReal: lowest, noiseReal: 0, nVoxels: 0 };
  }
  const median = quantile(values, 0.5);
  const distances = values.map((value) => Math.abs(value - median));
  return {
    modeReal: halfSampleMode(values),
    meanReal: values.reduce((sum, value) => sum + value, 0) / values.length,
    noiseReal: 1.4826 * quantile(distances, 0.5),
    nVoxels: values.length,
  };
}

/**
 * Most frequent real value of the air around a body that was found in another image of the same patient coordinates. Undefined
 * when the volume has no voxel outside of it.
 */
export function backgroundModeAround(volume: Volume, { grid, mask }: GridMask): number | undefined {
  const { sizeIjk, affineIjkToLps } = volume.grid;
  const [ni, nj, nk] = sizeIjk;
  const { slopePerK, interceptPerK } = volume.rescale;
  const [mi, mj, mk] = mask.sizeIjk;
  const toMask = compose(invert(grid.affineIjkToLps), affineIjkToLps);
  const step = Math.max(1, Math.floor((ni * nj * nk) / MOST_VOXELS));
  const values: number[] = [];
  for (let n = 0; n < ni * nj * nk; n += step) {
    const k = Math.floor(n / (ni * nj));
    const [x, y, z] = transformPoint(toMask, [n % ni, Math.floor(n / ni) % nj, k]).map(Math.round);
    const isBeside = x < 0 || y < 0 || z < 0 || x >= mi || y >= mj || z >= mk;
    const stored = Number(volume.voxels[n]);
    if ((!isBeside && maskHas(mask, x, y, z)) || isPadding(volume, stored)) continue;
    values.push(stored * slopePerK[k] + interceptPerK[k]);
  }
  return values.length === 0 ? undefined : halfSampleMode(values);
}

/** Values that mean "not measured". */
function isPadding({ paddingRange: padding }: Volume, stored: number): boolean {
  return !Number.isFinite(stored) || (padding !== undefined && stored >= padding[0] && stored <= padding[1]);
}

function airValues(volume: Volume, image: WorkingImage, near: Mask): number[] {
  const [ni, nj, nk] = image.sizeIjk;
  const step = Math.max(1, Math.floor((ni * nj * nk) / MOST_VOXELS));
  const toIjk = invert(volume.grid.affineIjkToLps);
  const [mi, mj, mk] = volume.grid.sizeIjk;
  const values: number[] = [];
  for (let n = 0; n < ni * nj * nk; n += step) {
    const [i, j, k] = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))];
    if (maskHas(near, i, j, k)) continue;
    const p: Vec3 = [
      image.originLps[0] + i * image.spacingMm,
      image.originLps[1] + j * image.spacingMm,
      image.originLps[2] + k * image.spacingMm,
    ];
    const [x, y, z] = transformPoint(toIjk, p).map(Math.round);
    if (x < 0 || y < 0 || z < 0 || x >= mi || y >= mj || z >= mk) continue;
    const stored = Number(volume.voxels[(z * mj + y) * mi + x]);
    if (isPadding(volume, stored)) continue;
    values.push(stored * volume.rescale.slopePerK[z] + volume.rescale.interceptPerK[z]);
  }
  return values;
}
