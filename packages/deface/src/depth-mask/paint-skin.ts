import { type Grid, type Mask, type Volume, type VoxelBox } from '@efface/volume';
import { type DepthLayer, fieldBetween, pixelBefore, windowSteps } from '../depth-layer.ts';
import { type Lumps, normalShare, scattered, uniformAt } from './lumps.ts';
import { layerValue, type SuperficialLayer } from './superficial-layer.ts';

/** A layer and the new skin in it: what is less deep than `newSkinMm` is air and the skin's blurred edge. */
export interface SkinLayer extends DepthLayer {
  readonly newSkinMm: Float32Array;
  /** From here on there may be tissue. */
  readonly bodyMm: Float32Array;
}

/** A node of the coarse and of the fine lumps, mm: lobules of fat and strands of muscle. */
const COARSE_NODE_MM = 2.4;
const FINE_NODE_MM = 0.9;
/** How much of the variance is coarse, fine, and each voxel's own. */
const SHARES = { coarse: 0.62, fine: 0.28, own: 0.1 };

/** The masked voxels that lie in front of the body: what new skin may change in a dose, which it does not know. */
export function inFrontOfBody(grid: Grid, mask: Mask, layers: readonly SkinLayer[]): Mask {
  const words = mask.words.slice();
  forMaskedVoxels(grid, mask, layers, (i, row, _, { isInBody }) => {
    if (isInBody) words[row * mask.wordsPerRow + (i >>> 5)] &= ~(1 << (i & 31));
  });
  return { ...mask, words };
}

/**
 * Real values of a volume's masked voxels, for a box that holds them: the value of the subject's own layer at their depth below the new skin, its rank
 * among the values of that depth drawn from lumps in the patient, so that all images have the same ones. In the body what
 * is tissue already keeps its value: only half-filled voxels, which no tissue is like, are painted there.
 */
export function paintSkin(
  { grid, voxels, rescale }: Volume,
  mask: Mask,
  { lowIjk, sizeIjk }: VoxelBox,
  layers: readonly SkinLayer[],
  layer: SuperficialLayer,
  lumps: Lumps,
  seed: number,
): Float32Array {
  const [ni, nj] = grid.sizeIjk;
  const real = new Float32Array(sizeIjk[0] * sizeIjk[1] * sizeIjk[2]);
  const ownSeed = scattered(seed + 2);
  const [coarse, fine, own] = [SHARES.coarse, SHARES.fine, SHARES.own].map(Math.sqrt);
  const { affineIjkToLps: m } = grid;
  const leastTissue = layerValue(layer, Infinity, 0);
  forMaskedVoxels(grid, mask, layers, (i, row, k, { belowMm, isInBody }) => {
    const n = row * ni + i;
    const j = row - k * nj;
    const to = ((k - lowIjk[2]) * sizeIjk[1] + j - lowIjk[1]) * sizeIjk[0] + i - lowIjk[0];
    const was = Number(voxels[n]) * rescale.slopePerK[k] + rescale.interceptPerK[k];
    if (isInBody && was >= leastTissue) {
      real[to] = was;
      return;
    }
    const x = m[0] * i + m[1] * j + m[2] * k + m[3];
    const y = m[4] * i + m[5] * j + m[6] * k + m[7];
    const z = m[8] * i + m[9] * j + m[10] * k + m[11];
    const g =
      coarse * lumps.at(x / COARSE_NODE_MM, y / COARSE_NODE_MM, z / COARSE_NODE_MM) +
      fine * lumps.at(x / FINE_NODE_MM, y / FINE_NODE_MM, z / FINE_NODE_MM) +
      own * (uniformAt(n, ownSeed) - 0.5) * Math.sqrt(12);
    real[to] = layerValue(layer, belowMm, normalShare(g));
  });
  return real;
}

/** Calls back with column, row (k·nj + j) and slice of each masked voxel, and where it lies; `place` is used again. */
function forMaskedVoxels(
  grid: Grid,
  { words, wordsPerRow }: Mask,
  layers: readonly SkinLayer[],
  each: (i: number, row: number, k: number, place: Readonly<Place>) => void,
): void {
  const [, nj, nk] = grid.sizeIjk;
  const steps = layers.map(({ window }) => windowSteps(grid, window));
  const place: Place = { belowMm: 0, isInBody: false };
  for (let row = 0; row < nj * nk; row++) {
    const k = Math.floor(row / nj);
    for (let w = 0; w < wordsPerRow; w++) {
      let bits = words[row * wordsPerRow + w];
      while (bits !== 0) {
        const i = 32 * w + 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
        placeInLayers(layers, steps, i, row - k * nj, k, place);
        each(i, row, k, place);
      }
    }
  }
}

/** Where a voxel lies in its layer. */
interface Place {
  /** Below the new skin, mm. */
  belowMm: number;
  isInBody: boolean;
}

/** Of the layer in which a voxel lies; of several that in which it is deepest. */
function placeInLayers(
  layers: readonly SkinLayer[],
  places: readonly ReturnType<typeof windowSteps>[],
  i: number,
  j: number,
  k: number,
  place: Place,
): void {
  place.belowMm = -Infinity;
  place.isInBody = false;
  for (let n = 0; n < layers.length; n++) {
    const { origin, steps } = places[n];
    const { window, frontMm, backMm, newSkinMm, bodyMm } = layers[n];
    const u = origin[0] + i * steps[0][0] + j * steps[1][0] + k * steps[2][0];
    const v = origin[1] + i * steps[0][1] + j * steps[1][1] + k * steps[2][1];
    const depth = origin[2] + i * steps[0][2] + j * steps[1][2] + k * steps[2][2];
    const nu = window.sizePx[0];
    const at = pixelBefore(window.sizePx, u, v);
    if (at < 0) continue;
    const cv = Math.floor(at / nu);
    const [fu, fv] = [u - (at - cv * nu), v - cv];
    if (!(depth >= fieldBetween(frontMm, nu, at, fu, fv) && depth < fieldBetween(backMm, nu, at, fu, fv))) continue;
    place.belowMm = Math.max(place.belowMm, depth - fieldBetween(newSkinMm, nu, at, fu, fv));
    place.isInBody ||= depth >= fieldBetween(bodyMm, nu, at, fu, fv);
  }
}
