import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { structureBits } from './structure-bits.ts';
import { MAX_STRUCTURES } from './structure-request.ts';

/** Masks one launch reads: with the labels, the storage buffers that every WebGPU device binds. */
const MASKS_PER_LAUNCH = 7;

/**
 * Labels of all bit-packed masks (see Mask of @efface/volume) of one size: bit r of label v is voxel v of mask r. The
 * caller owns the buffer of ni·nj·nk u32, i fastest. Throws RangeError for no mask or more than MAX_STRUCTURES.
 * (`rasterContours` makes labels from contours, `setLabelFromMask` replaces one bit of labels that are there.)
 */
export function labelStructures(
  backend: Backend,
  { masks, sizeIjk }: { readonly masks: readonly DeviceBuffer[]; readonly sizeIjk: Vec3 },
): DeviceBuffer {
  if (masks.length < 1 || masks.length > MAX_STRUCTURES)
    throw new RangeError(`a label holds 1 to ${MAX_STRUCTURES} structures, not ${masks.length}`);
  const [ni, nj, nk] = sizeIjk;
  const perRow = wordsPerRow(ni);
  for (const { label, sizeBytes } of masks)
    if (sizeBytes < 4 * perRow * nj * nk)
      throw new RangeError(
        `${label} has ${sizeBytes} bytes; a mask of ${sizeIjk.join('×')} has ${4 * perRow * nj * nk}`,
      );
  const labels = backend.createBuffer('structure-labels', 4 * ni * nj * nk);
  for (let first = 0; first < masks.length; first += MASKS_PER_LAUNCH) {
    const bound = masks.slice(first, first + MASKS_PER_LAUNCH);
    const mask = (m: number): DeviceBuffer => bound[m] ?? bound[0];
    backend.dispatch(structureBits, {
      params: { sizeIjk, wordsPerRow: perRow, firstStructure: first, maskCount: bound.length },
      constants: { IS_FIRST: first === 0 ? 1 : 0 },
      buffers: { mask0: mask(0), mask1: mask(1), mask2: mask(2), mask3: mask(3), mask4: mask(4), mask5: mask(5), mask6: mask(6), labels }, // prettier-ignore
    });
  }
  return labels;
}
