import type { Modality, Volume } from '@efface/volume';

/** Voxels looked at; enough for shares of a few percent. */
const SAMPLES = 200_000;

/** Real values that air has on every calibrated CT, and what soft tissue has. */
const AIR_HU = [-1100, -900] as const;
const SOFT_TISSUE_HU = [-200, 200] as const;

/** A head scan is at least this much air, and at least this much tissue. */
const LEAST_SHARE = 0.02;

/**
 * NIfTI does not say what was imaged. Values of which a good part lies at the air and another at the soft tissue of the
 * Hounsfield scale are CT; nothing else has that by chance, because MR and PET have no negative air. Everything else is
 * 'OT': without a scale of its own.
 */
export function guessModality(volume: Pick<Volume, 'voxels' | 'rescale'>): Modality {
  const { voxels, rescale } = volume;
  const slope = rescale.slopePerK[0];
  const intercept = rescale.interceptPerK[0];
  // An odd step does not fall in with rows and slices of even length.
  const step = Math.max(1, Math.floor(voxels.length / SAMPLES) | 1);
  let air = 0;
  let tissue = 0;
  let seen = 0;
  for (let n = 0; n < voxels.length; n += step) {
    const real = Number(voxels[n]) * slope + intercept;
    if (real >= AIR_HU[0] && real <= AIR_HU[1]) air++;
    else if (real >= SOFT_TISSUE_HU[0] && real <= SOFT_TISSUE_HU[1]) tissue++;
    seen++;
  }
  return air >= LEAST_SHARE * seen && tissue >= LEAST_SHARE * seen ? 'CT' : 'OT';
}

/** Unit of the real values of a NIfTI image of this modality. Only CT has one that the modality implies. */
export function unitOf(modality: Modality): string {
  return modality === 'CT' ? 'HU' : 'arbitrary';
}
