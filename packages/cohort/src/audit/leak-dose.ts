import { allocateVoxels, uniformRescale, type Volume } from '@efface/volume';

/** Share of the largest dose that counts as dose where some of it is said to be everywhere, as in the air around a body. */
const LEAST_SHARE = 0.02;

/** A grid around a body of which less than this has no dose at all was not cut off at the skin. */
const CUT_OFF_SHARE = 0.1;

/**
 * Where dose was calculated, as 0 and 1 on the dose's grid. Planning systems cut it off at the surface of the body, so
 * that any dose at all marks the body; a share of the largest would miss the brow above a target in the neck.
 */
export function doseExtent({ grid, voxels, rescale, modality }: Volume): Volume {
  let largest = 0;
  let zeros = 0;
  for (let n = 0; n < voxels.length; n++) {
    const stored = Number(voxels[n]);
    if (stored > largest) largest = stored;
    if (stored <= 0) zeros++;
  }
  // One slope serves all planes of a dose and its intercept is 0, so that stored values do.
  const level = zeros >= CUT_OFF_SHARE * voxels.length ? 0 : LEAST_SHARE * largest;
  const extent = allocateVoxels('u8', voxels.length) as Uint8Array;
  for (let n = 0; n < voxels.length; n++) extent[n] = Number(voxels[n]) > level ? 1 : 0;
  return {
    grid,
    type: 'u8',
    voxels: extent,
    rescale: uniformRescale(rescale.slopePerK.length, 1, 0),
    modality,
    unit: 'arbitrary',
  };
}
