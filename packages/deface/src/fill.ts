import { type Modality, storedFromReal, storedRange, type Volume } from '@efface/volume';

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
