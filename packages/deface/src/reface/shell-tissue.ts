// Which tissue of a part of an image says how the template's intensities and noise become the image's.
import { TEMPLATE_LABELS, type Warp, warpMask } from '@efface/anatomy';
import { type Backend, type DeviceBuffer, deviceVolumeFromF32 } from '@efface/compute';
import { dilate, maskCount, maskLogic, resampleMask, threshold } from '@efface/kernels';
import {
  type Grid, type GridMask, type Mask, maskFromNonzero, popcount, spacingMm, type Vec3, type Volume, type VoxelBox, wordsPerRow,
} from '@efface/volume'; // prettier-ignore

/** Tissue this near to the altered voxels says how the template's intensities map to the image's. */
export const SHELL_MM = 10;
/** With fewer voxels the whole head says it. */
const LEAST_SHELL_VOXELS = 2000;
/** On PET the uptake of the brain is seen as far as this around it: no tissue of a face shines like that. */
const PET_BLUR_MM = 10;
/** Of the tissue at either end, not looked at for noise. */
const UNUSUAL_SHARE = 0.2;

/** A box of an image. */
export interface Part {
  readonly image: Volume;
  readonly box: VoxelBox;
}

/** A mask of another grid on a part of an image, nearest voxel. */
export function onPart(backend: Backend, mask: DeviceBuffer, maskGrid: Grid, { image, box }: Part): DeviceBuffer {
  return resampleMask(backend, { mask, maskGrid, targetGrid: image.grid, targetBox: box });
}

/** What is under the skin in the template and in the patient, in a part of an image. */
export async function commonTissue(
  backend: Backend,
  part: Part,
  body: GridMask,
  labels: Volume,
  warp: Warp,
  needed: Mask | undefined,
): Promise<DeviceBuffer> {
  const { none, air } = TEMPLATE_LABELS;
  const isHead = Uint8Array.from(labels.voxels as Uint8Array, (label) => Number(label !== none && label !== air));
  const head = { grid: labels.grid, mask: maskFromNonzero(labels.grid.sizeIjk, isHead) };
  const { words } = await warpMask(backend, head, warp, part.image.grid, part.box, needed);
  const template = backend.createBuffer('reface/template-head', words.byteLength, words);
  const own = backend.createBuffer('reface/body', body.mask.words.byteLength, body.mask.words);
  const there = onPart(backend, own, body.grid, part);
  const both = maskLogic(backend, { a: template, b: there, sizeIjk: part.box.sizeIjk, operation: 'and' });
  for (const buffer of [template, own, there]) backend.release(buffer);
  return both;
}

/** What of a mask of a part of an image is not near to another one; the first is released. */
export async function farFrom(
  backend: Backend,
  mask: DeviceBuffer,
  { grid, mask: other }: GridMask,
  part: Part,
): Promise<DeviceBuffer> {
  const { sizeIjk } = part.box;
  const own = backend.createBuffer('reface/other', other.words.byteLength, other.words);
  const grown = dilate(backend, {
    mask: own,
    sizeIjk: grid.sizeIjk,
    spacingMm: spacingMm(grid),
    radiusMm: PET_BLUR_MM,
  });
  const there = onPart(backend, grown, grid, part);
  const left = maskLogic(backend, { a: mask, b: there, sizeIjk, operation: 'andNot' });
  await backend.flush();
  for (const buffer of [mask, own, grown, there]) backend.release(buffer);
  return left;
}

/**
 * Tissue that is not altered, near to what is; `grown`, what is near, is released. All of it when that is little, undefined
 * where the part has not got all.
 */
export async function shellOf(
  backend: Backend,
  region: DeviceBuffer,
  grown: DeviceBuffer,
  tissue: DeviceBuffer,
  sizeIjk: Vec3,
  isWhole: boolean,
): Promise<DeviceBuffer | undefined> {
  const near = maskLogic(backend, { a: grown, b: tissue, sizeIjk, operation: 'and' });
  const shell = maskLogic(backend, { a: near, b: region, sizeIjk, operation: 'andNot' });
  const isEnough = (await maskCount(backend, shell)) >= LEAST_SHELL_VOXELS;
  for (const buffer of isEnough ? [grown, near] : [grown, near, shell]) backend.release(buffer);
  if (isEnough) return shell;
  return isWhole ? maskLogic(backend, { a: tissue, b: region, sizeIjk, operation: 'andNot' }) : undefined;
}

/**
 * Tissue without the darkest and the brightest. Noise is measured where a voxel and its neighbours are in the mask: in
 * large voxels most of a face is borders of air and bone, which are no noise.
 */
export async function evenTissue(
  backend: Backend,
  own: Float32Array,
  values: DeviceBuffer,
  shell: DeviceBuffer,
  sizeIjk: Vec3,
): Promise<DeviceBuffer> {
  const words = new Uint32Array(await backend.read(shell));
  const inside = valuesInside(own, { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), words }).sort();
  const at = (share: number): number => inside[Math.floor(share * (inside.length - 1))] ?? 0;
  const volume = deviceVolumeFromF32(values, sizeIjk);
  const usual = threshold(backend, { volume, low: at(UNUSUAL_SHARE), high: at(1 - UNUSUAL_SHARE) });
  const even = maskLogic(backend, { a: usual, b: shell, sizeIjk, operation: 'and' });
  backend.release(usual);
  return even;
}

/** Values of the voxels of a mask, in their order. */
function valuesInside(values: Float32Array, { sizeIjk: [ni], wordsPerRow, words }: Mask): Float32Array {
  let count = 0;
  for (const word of words) count += popcount(word);
  const inside = new Float32Array(count);
  for (let at = 0, to = 0; at < words.length; at++)
    for (let bits = words[at]; bits !== 0; bits &= bits - 1) {
      const row = Math.floor(at / wordsPerRow);
      inside[to++] = values[row * ni + 32 * (at - row * wordsPerRow) + 31 - Math.clz32(bits & -bits)];
    }
  return inside;
}
