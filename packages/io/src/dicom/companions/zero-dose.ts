import { maskHas } from '@efface/volume';
import { voxelBytes } from '../../alter.ts';
import type { CompanionAlteration } from '../../companion.ts';
import { readDose } from '../rt/dose.ts';

/** A dose with what was removed set to 0, and how many voxels had some. */
export interface ZeroedDose {
  /** Stored values, frame after frame, little-endian. */
  readonly pixels: Uint8Array;
  readonly zeroedVoxels: number;
}

/**
 * Sets a dose to 0 where the image has air now: its edge would draw the face again. Scaling and type stay.
 * @throws what `readDose` throws
 */
export async function zeroDose(path: string, removedOn: CompanionAlteration['removedOn']): Promise<ZeroedDose> {
  const { volume } = await readDose(path);
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
