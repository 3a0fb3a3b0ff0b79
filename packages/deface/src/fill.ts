import {
  allocateVoxels,
  type Mask,
  type Modality,
  storedFromReal,
  storedRange,
  type Volume,
  type VoxelArray,
} from '@efface/volume';

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
 * stored type. Voxels outside of the mask are 0.
 * @param real one for each voxel, i fastest
 */
export function storeReal(
  { grid, type, rescale }: Volume,
  real: Float32Array,
  { words, wordsPerRow }: Mask,
): { readonly voxels: VoxelArray; readonly clipped: boolean } {
  const [ni, nj, nk] = grid.sizeIjk;
  const voxels = allocateVoxels(type, ni * nj * nk);
  const isBig = voxels instanceof BigInt64Array || voxels instanceof BigUint64Array;
  const isFloat = type === 'f32' || type === 'f64';
  const [low, high] = storedRange(type);
  let clipped = false;
  for (let row = 0, base = 0; row < nj * nk; row++, base += ni) {
    const k = Math.floor(row / nj);
    const slope = rescale.slopePerK[k];
    const intercept = rescale.interceptPerK[k];
    for (let i = 0; i < ni; i++) {
      if (((words[row * wordsPerRow + (i >>> 5)] >>> (i & 31)) & 1) === 0) continue;
      const wanted = slope === 0 ? 0 : (real[base + i] - intercept) / slope;
      const stored = Math.min(high, Math.max(low, isFloat ? wanted : Math.round(wanted)));
      if (stored - wanted > 0.5 || wanted - stored > 0.5) clipped = true;
      if (isBig) voxels[base + i] = BigInt(stored);
      else voxels[base + i] = stored;
    }
  }
  return { voxels, clipped };
}
