import { type Backend, type DeviceBuffer } from '@efface/compute';
import { dilate, distanceMm, maskLogic, maskNot, open, resampleMask } from '@efface/kernels';
import {
  allocateVoxels, type Grid, type GridMask, type Mask, maskToBytes, sameGrid, spacingMm, uniformRescale, type Vec3,
  type Volume, voxelCount, wordsPerRow,
} from '@efface/volume'; // prettier-ignore
import { analyseHead } from '../analyse-head.ts';
import { bodyMask } from '../body.ts';
import { TEMPLATE_LABELS, type TemplateLandmark } from './head-template.ts';
import type { WorkingImage } from '../working-image.ts';

/*
 * Where the parts of the face are, from the landmarks, mm of template space. The face is what a person is known by:
 * from the brow to under the chin and back towards the ears, from the skin to the bone; it ends well before the brain.
 */
const ABOVE_NASION_MM = 24;
const BELOW_CHIN_MM = 26;
const BEFORE_TRAGION_MM = 14;
const FACE_DEPTH_MM = 28;
const FROM_BRAIN_MM = 10;
/** Signal of the face wraps around within the heights of the face, in front of the head and behind it. */
const WRAP_MARGIN_MM = 10;
/** Auricles: what a ball of this radius does not fit into, near the tragi, and a rim of what carries it. */
const AURICLE_RADIUS_MM = 9;
const AURICLE_RIM_MM = 4;
const AURICLE_BOX_MM = { before: 10, behind: 52, height: 50, medial: 12 };

/**
 * Label map (`TEMPLATE_LABELS`, u8) of an average head in template space, by rule from its skin, its brain and its
 * landmarks. `image` is on an isotropic LPS grid. Throws RangeError when no brain is found in it.
 */
export async function labelTemplate(
  backend: Backend,
  image: Volume,
  landmarksLps: Readonly<Record<TemplateLandmark, Vec3>>,
): Promise<Volume> {
  const { grid } = image;
  const { sizeIjk } = grid;
  const [spacing] = spacingMm(grid);
  const anatomy = await analyseHead(backend, image, { workingSpacingMm: spacing });
  if (anatomy.brainSource === 'none') throw new RangeError('the average head has no brain');
  const body = await bodyMask(backend, workingImageOf(image), anatomy.skinThresholdReal, { removeDevices: false });
  const brain = await onGrid(backend, anatomy.brain, grid);

  const upload = (name: string, mask: Mask): DeviceBuffer =>
    backend.createBuffer(`label-template/${name}`, mask.words.byteLength, mask.words);
  const bodyBits = upload('body', body);
  const airBits = maskNot(backend, bodyBits, sizeIjk);
  const brainBits = upload('brain', brain);
  const metric = { sizeIjk, spacingMm: [spacing, spacing, spacing] as Vec3 };
  const depth = distanceMm(backend, { mask: airBits, ...metric });
  const fromBrain = distanceMm(backend, { mask: brainBits, ...metric });
  const trunk = open(backend, { mask: bodyBits, radiusMm: AURICLE_RADIUS_MM, ...metric });
  const thin = maskLogic(backend, { a: bodyBits, b: trunk, sizeIjk, operation: 'andNot' });
  const thinAndRim = dilate(backend, { mask: thin, radiusMm: AURICLE_RIM_MM, ...metric });
  const count = voxelCount(grid);
  const readMm = async (buffer: DeviceBuffer): Promise<Float32Array> =>
    new Float32Array(await backend.read(buffer), 0, count);
  const fields: Fields = {
    isBody: maskToBytes(body),
    isBrain: maskToBytes(brain),
    depthMm: await readMm(depth),
    fromBrainMm: await readMm(fromBrain),
    isThin: maskToBytes({ ...body, words: new Uint32Array(await backend.read(thinAndRim)) }),
  };
  for (const buffer of [bodyBits, airBits, brainBits, depth, fromBrain, trunk, thin, thinAndRim])
    backend.release(buffer);

  return {
    grid,
    type: 'u8',
    voxels: labelsOf(grid, landmarksLps, fields),
    rescale: uniformRescale(sizeIjk[2], 1, 0),
    modality: 'OT',
    unit: 'arbitrary',
  };
}

/** Per voxel, i fastest. */
interface Fields {
  readonly isBody: Uint8Array;
  readonly isBrain: Uint8Array;
  /** Depth below the skin. */
  readonly depthMm: Float32Array;
  readonly fromBrainMm: Float32Array;
  /** Parts of the body thinner than an auricle's ball, and a rim around them. */
  readonly isThin: Uint8Array;
}

function labelsOf(grid: Grid, points: Readonly<Record<TemplateLandmark, Vec3>>, fields: Fields): Uint8Array {
  const { isBody, isBrain, depthMm, fromBrainMm, isThin } = fields;
  const voxels = allocateVoxels('u8', voxelCount(grid)) as Uint8Array;
  const { nasion, chin, tragionLeft, tragionRight } = points;
  const highest = nasion[2] + ABOVE_NASION_MM;
  const lowest = chin[2] - BELOW_CHIN_MM;
  const tragionP = (tragionLeft[1] + tragionRight[1]) / 2;
  const tragionS = (tragionLeft[2] + tragionRight[2]) / 2;
  const farthestBack = tragionP - BEFORE_TRAGION_MM;
  const { before, behind, height, medial } = AURICLE_BOX_MM;
  const m = grid.affineIjkToLps;
  const [ni, nj, nk] = grid.sizeIjk;
  for (let k = 0, n = 0; k < nk; k++) {
    const s = m[10] * k + m[11];
    for (let j = 0; j < nj; j++) {
      const p = m[5] * j + m[7];
      const isFaceRow = s <= highest && s >= lowest && p <= farthestBack;
      const isAirRow = s <= highest + WRAP_MARGIN_MM && s >= lowest - WRAP_MARGIN_MM;
      const isEarRow = p >= tragionP - before && p <= tragionP + behind && Math.abs(s - tragionS) <= height;
      for (let i = 0; i < ni; i++, n++) {
        const l = m[0] * i + m[3];
        const isEar = isEarRow && isThin[n] === 1 && (l > tragionLeft[0] - medial || l < tragionRight[0] + medial);
        if (isBody[n] === 0) voxels[n] = isAirRow ? TEMPLATE_LABELS.air : TEMPLATE_LABELS.none;
        else if (isBrain[n] === 1) voxels[n] = TEMPLATE_LABELS.brain;
        else if (isEar) voxels[n] = TEMPLATE_LABELS.ears;
        else if (isFaceRow && depthMm[n] <= FACE_DEPTH_MM && fromBrainMm[n] >= FROM_BRAIN_MM)
          voxels[n] = TEMPLATE_LABELS.face;
        else voxels[n] = TEMPLATE_LABELS.body;
      }
    }
  }
  return voxels;
}

/** An isotropic LPS volume as the analysis sees its own working copies. */
export function workingImageOf(volume: Volume): WorkingImage {
  const { grid, voxels, rescale } = volume;
  const m = grid.affineIjkToLps;
  const perSlice = grid.sizeIjk[0] * grid.sizeIjk[1];
  const values = new Float32Array(voxels.length);
  for (let n = 0; n < values.length; n++) {
    const k = Math.floor(n / perSlice);
    values[n] = Number(voxels[n]) * rescale.slopePerK[k] + rescale.interceptPerK[k];
  }
  return { grid, sizeIjk: grid.sizeIjk, spacingMm: m[0], originLps: [m[3], m[7], m[11]], values };
}

/** A mask on another grid, nearest voxel. */
export async function onGrid(backend: Backend, { grid, mask }: GridMask, target: Grid): Promise<Mask> {
  if (sameGrid(grid, target)) return mask;
  const source = backend.createBuffer('label-template/mask', mask.words.byteLength, mask.words);
  const resampled = resampleMask(backend, { mask: source, maskGrid: grid, targetGrid: target });
  const words = new Uint32Array(await backend.read(resampled));
  backend.release(source);
  backend.release(resampled);
  return { sizeIjk: target.sizeIjk, wordsPerRow: wordsPerRow(target.sizeIjk[0]), words };
}
