import {
  allocateVoxels,
  type Mask,
  type Modality,
  storedFromReal,
  storedRange,
  type Volume,
  type VoxelArray,
} from '@efface/volume';
import { type PaintedBox } from './plan.ts';

/** Air on the Hounsfield scale. Zero is water. */
export const AIR_HU = -1000;

/**
 * The real value removed voxels get: air on CT, no activity on PET, else the image's own background (the mode of the
 * air outside the head, `backgroundReal`).
 */
export function fillReal(modality: Modality, unit: string, backgroundReal: number): number {
  if (modality === 'CT' && unit === 'HU') return AIR_HU;
  if (modality === 'PT' || unit === 'Gy') return 0;
  return backgroundReal;
}

/**
 * The stored fill value of every slice: `real` through the slice's own rescale, rounded and clipped to the stored
 * type. Also says whether any slice had to clip, since then the fill is not the value that was meant.
 */
export function fillStoredPerK(volume: Volume, real: number): { storedPerK: Float64Array; clipped: boolean } {
  const nk = volume.grid.sizeIjk[2];
  const storedPerK = new Float64Array(nk);
  const [low, high] = storedRange(volume.type);
  let clipped = false;
  for (let k = 0; k < nk; k++) {
    storedPerK[k] = storedFromReal(volume, real, k);
    const slope = volume.rescale.slopePerK[k];
    const wanted = (real - volume.rescale.interceptPerK[k]) / slope;
    if (slope !== 0 && (wanted < low - 0.5 || wanted > high + 0.5)) clipped = true;
  }
  return { storedPerK, clipped };
}

/**
 * Real values of the masked voxels as the volume stores them: through each slice's own rescale, rounded and clipped to the
 * stored type. Voxels outside of the mask are 0, and so are those outside of the box.
 */
export function storeReal(
  { grid, type, rescale }: Volume,
  { box: { lowIjk, sizeIjk }, real }: PaintedBox,
  { words, wordsPerRow }: Mask,
): { readonly voxels: VoxelArray; readonly clipped: boolean } {
  const [ni, nj, nk] = grid.sizeIjk;
  const voxels = allocateVoxels(type, ni * nj * nk);
  const isFloat = type === 'f32' || type === 'f64';
  const [low, high] = storedRange(type);
  const put: (n: number, value: number) => void =
    voxels instanceof BigInt64Array || voxels instanceof BigUint64Array
      ? (n, value) => void (voxels[n] = BigInt(value))
      : (n, value) => void (voxels[n] = value);
  let clipped = false;
  for (let k = lowIjk[2], ahead = 0; k < lowIjk[2] + sizeIjk[2]; k++) {
    const slope = rescale.slopePerK[k];
    const intercept = rescale.interceptPerK[k];
    for (let j = lowIjk[1]; j < lowIjk[1] + sizeIjk[1]; j++, ahead += sizeIjk[0]) {
      const row = k * nj + j;
      for (let w = lowIjk[0] >>> 5; w < wordsPerRow; w++) {
        for (let bits = words[row * wordsPerRow + w]; bits !== 0; bits &= bits - 1) {
          const i = 32 * w + 31 - Math.clz32(bits & -bits);
          const wanted = slope === 0 ? 0 : (real[ahead + i - lowIjk[0]] - intercept) / slope;
          const stored = Math.min(high, Math.max(low, isFloat ? wanted : Math.round(wanted)));
          if (stored - wanted > 0.5 || wanted - stored > 0.5) clipped = true;
          put(row * ni + i, stored);
        }
      }
    }
  }
  return { voxels, clipped };
}
