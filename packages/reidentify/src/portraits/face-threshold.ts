import type { HeadAnatomy } from '@efface/anatomy';
import { ijkToLps, invert, maskHas, transformPoint, type Volume } from '@efface/volume';

/** Real value of the skin's surface on CT, HU: half-way between air and fat is −550, and hair and masks lie below this. */
const CT_SKIN_HU = -300;

/**
 * On MR the surface is sought at this share of the brain's median. The noise and the ghosts of moving eyes before the face
 * stay below it, skin above. On 30 T1 heads seen twice, recognition by descriptors told persons apart best between 0.3
 * and 0.4 (d′ 6.6); at the lowest value that is no noise, d′ was 4.2.
 */
const MR_SHARE_OF_BRAIN = 0.35;

/** Every second voxel of the brain along each axis is enough for its median. */
const STRIDE = 2;

/**
 * Real value at which faces are rendered to be recognised: the same rule before and after a face was removed, since
 * nothing of it looks at the face. CT: −300 HU. MR and images that do not say what they are: 0.35 of the brain's median, or
 * the body's own threshold where no brain was found. PET, where the brain outshines all else: the body's threshold.
 */
export function faceThresholdReal(
  volume: Volume,
  anatomy: Pick<HeadAnatomy, 'brain' | 'brainSource' | 'skinThresholdReal'>,
): number {
  if (volume.unit === 'HU') return CT_SKIN_HU;
  if (volume.modality === 'PT' || anatomy.brainSource === 'none') return anatomy.skinThresholdReal;
  const median = brainMedianReal(volume, anatomy.brain);
  return median > 0 ? MR_SHARE_OF_BRAIN * median : anatomy.skinThresholdReal;
}

/** Median of the voxels nearest to the brain's; NaN when none of them is in the volume. */
function brainMedianReal({ grid, voxels, rescale }: Volume, brain: HeadAnatomy['brain']): number {
  const lpsToIjk = invert(grid.affineIjkToLps);
  const [ni, nj, nk] = grid.sizeIjk;
  const [mi, mj, mk] = brain.grid.sizeIjk;
  const values: number[] = [];
  for (let k = 0; k < mk; k += STRIDE)
    for (let j = 0; j < mj; j += STRIDE)
      for (let i = 0; i < mi; i += STRIDE) {
        if (!maskHas(brain.mask, i, j, k)) continue;
        const [x, y, z] = transformPoint(lpsToIjk, ijkToLps(brain.grid, [i, j, k])).map(Math.round);
        if (!(x >= 0 && y >= 0 && z >= 0 && x < ni && y < nj && z < nk)) continue;
        values.push(Number(voxels[x + ni * (y + nj * z)]) * rescale.slopePerK[z] + rescale.interceptPerK[z]);
      }
  values.sort((a, b) => a - b);
  return values.length === 0 ? Number.NaN : values[values.length >> 1];
}
