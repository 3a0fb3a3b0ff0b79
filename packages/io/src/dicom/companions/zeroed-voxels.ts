import { type GridMask, maskHas } from '@efface/volume';
import { voxelBytes } from '../../alter.ts';
import { type CompanionAlteration, drawsSurface } from '../../companion.ts';
import { readAnyDose } from '../rt/dose.ts';
import { readSegmentation } from '../seg/read-segmentation.ts';

/** Pixels with what was removed set to 0, and how many had something. */
export interface ZeroedVoxels {
  /** Stored values, frame after frame, little-endian. */
  readonly pixels: Uint8Array;
  readonly zeroedVoxels: number;
}

/**
 * Sets a dose to 0 where the image has air now: its edge would draw the face again. Scaling and type stay.
 * @throws what `readAnyDose` throws
 */
export async function zeroDose(path: string, removedOn: CompanionAlteration['removedOn']): Promise<ZeroedVoxels> {
  const { volume } = await readAnyDose(path);
  const removed = await removedOn(volume);
  const [ni, nj, nk] = volume.grid.sizeIjk;
  const { voxels } = volume;
  let zeroedVoxels = 0;
  for (let k = 0, n = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, n++) {
        if (Number(voxels[n]) === 0 || !maskHas(removed, i, j, k)) continue;
        voxels.fill(0 as never, n, n + 1);
        zeroedVoxels++;
      }
  return { pixels: voxelBytes(voxels), zeroedVoxels };
}

/**
 * Clears the segments of a segmentation that draw the surface of the body by their label, where the image has air now. Organs
 * keep their voxels, as they keep their contours in structure sets. Undefined when there is no such segment.
 * @throws what `readSegmentation` throws
 */
export async function clearSurfaces(path: string, removed: GridMask): Promise<ZeroedVoxels | undefined> {
  const segmentation = await readSegmentation(path);
  const surfaces = segmentation.segments.filter(({ label }) => drawsSurface({ name: label, interpretedType: '' }));
  if (surfaces.length === 0) return undefined;
  const { bytes, segments } = segmentation.cleared(removed, new Set(surfaces.map(({ number }) => number)));
  return { pixels: bytes, zeroedVoxels: [...segments.values()].reduce((sum, { cleared }) => sum + cleared, 0) };
}
