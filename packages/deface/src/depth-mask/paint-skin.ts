import { type Mask, type Volume } from '@efface/volume';
import { type DepthLayer, fieldAt, windowSteps } from '../depth-layer.ts';
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

/**
 * Real values of a volume's masked voxels: the value of the subject's own layer at their depth below the new skin, its rank
 * among the values of that depth drawn from lumps in the patient, so that all images have the same ones. In
 * the body what is tissue already stays: only half-filled voxels, which no tissue of the fill is like, are painted there.
 */
export function paintSkin(
  { grid, voxels, rescale }: Volume,
  { words, wordsPerRow }: Mask,
  layers: readonly SkinLayer[],
  layer: SuperficialLayer,
  lumps: Lumps,
  seed: number,
): Float32Array {
  const [ni, nj, nk] = grid.sizeIjk;
  const real = new Float32Array(ni * nj * nk);
  const ownSeed = scattered(seed + 2);
  const places = layers.map(({ window }) => windowSteps(grid, window));
  const [coarse, fine, own] = [SHARES.coarse, SHARES.fine, SHARES.own].map(Math.sqrt);
  const { affineIjkToLps: m } = grid;
  const leastTissue = layerValue(layer, Infinity, 0);
  const place: Place = { belowMm: 0, isInBody: false };
  for (let row = 0; row < nj * nk; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    for (let w = 0; w < wordsPerRow; w++) {
      let bits = words[row * wordsPerRow + w];
      while (bits !== 0) {
        const i = 32 * w + 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
        placeInLayers(layers, places, i, j, k, place);
        const n = row * ni + i;
        if (place.isInBody) {
          const own = Number(voxels[n]) * rescale.slopePerK[k] + rescale.interceptPerK[k];
          if (own >= leastTissue) {
            real[n] = own;
            continue;
          }
        }
        const x = m[0] * i + m[1] * j + m[2] * k + m[3];
        const y = m[4] * i + m[5] * j + m[6] * k + m[7];
        const z = m[8] * i + m[9] * j + m[10] * k + m[11];
        const g =
          coarse * lumps.at(x / COARSE_NODE_MM, y / COARSE_NODE_MM, z / COARSE_NODE_MM) +
          fine * lumps.at(x / FINE_NODE_MM, y / FINE_NODE_MM, z / FINE_NODE_MM) +
          own * (uniformAt(n, ownSeed) - 0.5) * Math.sqrt(12);
        real[n] = layerValue(layer, place.belowMm, normalShare(g));
      }
    }
  }
  return real;
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
    if (!(depth >= fieldAt(frontMm, window.sizePx, u, v) && depth < fieldAt(backMm, window.sizePx, u, v))) continue;
    place.belowMm = Math.max(place.belowMm, depth - fieldAt(newSkinMm, window.sizePx, u, v));
    place.isInBody ||= depth >= fieldAt(bodyMm, window.sizePx, u, v);
  }
}
