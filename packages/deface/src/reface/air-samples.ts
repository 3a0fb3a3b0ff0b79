import { type GridMask, invert, type Mask, maskHas, compose, transformPoint, type Volume } from '@efface/volume';
import { fillReal } from '../fill.ts';

/** Enough for their distribution. */
const MOST_SAMPLES = 20_000;
const LEAST_SAMPLES = 50;
/** Farther from the median than this many robust standard deviations is something else: a mask shell, a ghost. */
const MOST_DEVIATIONS = 4;
/** Air nearer to the body than this is blurred skin: looked for along each axis, mm. */
const FROM_BODY_MM = 8;

/**
 * Real values of an image's air within a mask: what new air is drawn from, evenly over the mask, without outliers. The
 * fill of the other methods when there is no air to look at.
 */
export function airSamples(image: Volume, lowestReal: number, mask: Mask, body: GridMask): Float32Array {
  const found = airValues(image, mask, body);
  if (found.length < LEAST_SAMPLES) return Float32Array.of(fillReal(image.modality, image.unit, lowestReal));
  const sorted = found.toSorted();
  const median = sorted[sorted.length >> 1];
  const distances = found.map((value) => Math.abs(value - median)).sort();
  const most = MOST_DEVIATIONS * 1.4826 * distances[distances.length >> 1];
  return found.filter((value) => Math.abs(value - median) <= most);
}

function airValues({ grid, voxels, rescale }: Volume, mask: Mask, body: GridMask): Float32Array {
  const bodyOfIjk = compose(invert(body.grid.affineIjkToLps), grid.affineIjkToLps);
  const steps = [0, 1, 2].map((axis) => Math.hypot(...[0, 4, 8].map((row) => body.grid.affineIjkToLps[row + axis])));
  const isBody = (i: number, j: number, k: number): boolean =>
    i >= 0 && j >= 0 && k >= 0 && i < body.mask.sizeIjk[0] && j < body.mask.sizeIjk[1] && k < body.mask.sizeIjk[2] && maskHas(body.mask, i, j, k); // prettier-ignore
  const [ni, nj, nk] = grid.sizeIjk;
  const every = Math.max(1, Math.floor((ni * nj * nk) / (32 * MOST_SAMPLES)));
  const values: number[] = [];
  for (let n = 0; n < voxels.length && values.length < MOST_SAMPLES; n += every) {
    const i = n % ni;
    const j = Math.floor(n / ni) % nj;
    const k = Math.floor(n / (ni * nj));
    if (!maskHas(mask, i, j, k)) continue;
    const p = transformPoint(bodyOfIjk, [i, j, k]);
    const [x, y, z] = p.map(Math.round);
    const [dx, dy, dz] = steps.map((mm) => Math.ceil(FROM_BODY_MM / mm));
    if (isBody(x, y, z) || isBody(x - dx, y, z) || isBody(x + dx, y, z)) continue;
    if (isBody(x, y - dy, z) || isBody(x, y + dy, z) || isBody(x, y, z - dz) || isBody(x, y, z + dz)) continue;
    values.push(Number(voxels[n]) * rescale.slopePerK[k] + rescale.interceptPerK[k]);
  }
  return Float32Array.from(values);
}
