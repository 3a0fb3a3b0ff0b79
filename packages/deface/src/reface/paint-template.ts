import { type Backend, type DeviceBuffer } from '@efface/compute';
import { blendIntensity, maskLogic, maskNot } from '@efface/kernels';
import { boxOfMask, cutMask, type GridMask, grownBox, type Mask, spacingMm, type Volume, type VoxelBox, wholeBox } from '@efface/volume'; // prettier-ignore
import { scattered, uniformAt } from '../depth-mask/lumps.ts';
import { type PaintedBox } from '../plan.ts';
import { type Extent, realValues } from './real-values.ts';
import { onPart, type Part, SHELL_MM } from './shell-tissue.ts';
import {
  lineMap,
  type Look,
  measureLook,
  SLAB_VOXELS,
  slabHeight,
  type TemplatePaint,
  uploadBits,
} from './template-look.ts';

/** Template values up to this share of the way from air to tissue are air in part, and have its noise in part. */
const AIR_SHARE = 0.3;

/**
 * Real values of an image with the laid template in the masked voxels, for a box around those. CT keeps the template's HU.
 * Elsewhere the template's intensities go where the same share of the tissue around the masked voxels lies below, in the
 * template and in the image: tissue that is as bright as skin there becomes as bright as the patient's. Air is drawn from
 * the image's own.
 * @param slabVoxels painted at a time: what memory holds beside the laid template
 */
export async function paintTemplate(
  backend: Backend,
  image: Volume,
  mask: Mask,
  paint: TemplatePaint,
  slabVoxels = SLAB_VOXELS,
): Promise<PaintedBox> {
  const { sizeIjk } = image.grid;
  const masked = boxOfMask(mask);
  if (masked === undefined) return { box: { lowIjk: [0, 0, 0], sizeIjk: [0, 0, 0] }, real: new Float32Array(0) };
  const spacing = spacingMm(image.grid);
  const reachMm = Math.max(SHELL_MM, paint.featherMm);
  // One voxel more, in which noise is measured too.
  const margin = ([0, 1, 2] as const).map((d) => Math.ceil(reachMm / spacing[d]) + 1);
  const box = grownBox(masked, [margin[0], margin[1], margin[2]], sizeIjk);
  const real =
    (await paintBox(backend, image, mask, box, paint, slabVoxels)) ??
    (await paintBox(backend, image, mask, wholeBox(sizeIjk), paint, slabVoxels));
  if (real === undefined) throw new RangeError('the whole image has a shell');
  return { box, real };
}

/**
 * As `paintTemplate`, in a box; undefined when too little of the image is in it, which the whole never is. How template values
 * become the image's is measured in the whole box, then slabs are painted: images in floating point of the whole would take
 * several times the memory of the scan.
 */
async function paintBox(
  backend: Backend,
  image: Volume,
  mask: Mask,
  box: VoxelBox,
  paint: TemplatePaint,
  slabVoxels: number,
): Promise<Float32Array | undefined> {
  const look = await measureLook(backend, { image, box }, mask, paint);
  if (look === undefined) return undefined;
  const [ni, nj, nk] = box.sizeIjk;
  // Painted values take the place of the laid template's, which nobody needs once their own slab is painted.
  const real = look.warped;
  // The feather is made from distances to what stays, which look no further.
  const halo = Math.ceil(paint.featherMm / spacingMm(image.grid)[2]) + 1;
  const height = slabHeight(ni * nj, slabVoxels);
  for (let k = 0; k < nk; k += height) {
    const past = Math.min(nk, k + height);
    const [first, last] = [Math.max(0, k - halo), Math.min(nk, past + halo)];
    const slab: VoxelBox = {
      lowIjk: [box.lowIjk[0], box.lowIjk[1], box.lowIjk[2] + first],
      sizeIjk: [ni, nj, last - first],
    };
    const warped = real.subarray(ni * nj * first, ni * nj * last);
    const painted = await paintSlab(backend, { image, box: slab }, mask, { ...look, warped }, paint);
    real.set(painted.subarray(ni * nj * (k - first), ni * nj * (past - first)), ni * nj * k);
  }
  backend.release(look.map.table);
  await backend.flush();
  return real;
}

/** The new values of a part of an image, with its own where nothing is altered. */
async function paintSlab(
  backend: Backend,
  part: Part,
  mask: Mask,
  { warped, map, sigma, air, scale, extent: { low, high } }: Look,
  { body, featherMm, seed }: TemplatePaint,
): Promise<Float32Array> {
  const { image, box } = part;
  const { sizeIjk } = box;
  const cut = cutMask(mask, box);
  const own = realValues(image, box);
  const region = uploadBits(backend, 'region', cut);
  const source = backend.createBuffer('reface/warped', warped.byteLength, warped);
  const values = backend.createBuffer('reface/own', own.byteLength, own);
  // New air is made before the feather, which goes over into the patient's tissue and air alike.
  const noise = { sigma, seed, part: { lowIjk: box.lowIjk, wholeIjk: image.grid.sizeIjk } };
  const filled = blendIntensity(backend, { source, values, sizeIjk, map, region, noise });
  const painted = new Float32Array(await backend.read(filled), 0, own.length);
  const width = AIR_SHARE * (scale.tissue - scale.air);
  const draw = scattered(seed + 3);
  forEachIn(cut, part, (n, voxel) => {
    const t = Math.min(1, Math.max(0, (warped[n] - scale.air) / width));
    const share = t * t * (3 - 2 * t);
    const drawn = air[Math.floor(uniformAt(voxel, draw) * air.length)];
    painted[n] = Math.min(high, Math.max(low, drawn + share * (painted[n] - drawn)));
  });
  const result =
    featherMm > 0
      ? await feathered(backend, painted, { low, high }, { values, region, body, part, featherMm })
      : painted;
  for (const buffer of [region, source, values, filled]) backend.release(buffer);
  await backend.flush();
  return result;
}

/** Calls back with the index of each voxel of a mask of a part, in the part and in the image. */
function forEachIn(
  { words, wordsPerRow }: Mask,
  { image, box: { lowIjk, sizeIjk } }: Part,
  each: (n: number, voxel: number) => void,
): void {
  const [ni, nj, nk] = sizeIjk;
  const [wholeI, wholeJ] = image.grid.sizeIjk;
  for (let k = 0, row = 0; k < nk; k++)
    for (let j = 0; j < nj; j++, row++) {
      const ahead = ((lowIjk[2] + k) * wholeJ + lowIjk[1] + j) * wholeI + lowIjk[0];
      for (let w = 0; w < wordsPerRow; w++)
        for (let bits = words[row * wordsPerRow + w]; bits !== 0; bits &= bits - 1) {
          const i = 32 * w + 31 - Math.clz32(bits & -bits);
          each(row * ni + i, ahead + i);
        }
    }
}

/** An image and what of it is altered. */
interface Altered {
  readonly values: DeviceBuffer;
  readonly region: DeviceBuffer;
  readonly body: GridMask;
  readonly part: Part;
  readonly featherMm: number;
}

/**
 * What goes over into the image's own values towards the tissue that stays. Towards air that stays nothing does: new air is
 * as the image's, and old signal in it would come back.
 */
async function feathered(
  backend: Backend,
  painted: Float32Array,
  { low, high }: Extent,
  { values, region, body, part, featherMm: widthMm }: Altered,
): Promise<Float32Array> {
  const { grid } = part.image;
  const { sizeIjk } = part.box;
  const own = backend.createBuffer('reface/body', body.mask.words.byteLength, body.mask.words);
  const there = onPart(backend, own, body.grid, part);
  const kept = maskLogic(backend, { a: there, b: region, sizeIjk, operation: 'andNot' });
  const notKept = maskNot(backend, kept, sizeIjk);
  const source = backend.createBuffer('reface/painted', painted.byteLength, painted);
  const map = lineMap(backend, low, high > low ? high : low + 1);
  const blended = blendIntensity(backend, {
    source,
    values,
    sizeIjk,
    region: notKept,
    map,
    feather: { widthMm, spacingMm: spacingMm(grid) },
  });
  const result = new Float32Array(await backend.read(blended), 0, painted.length);
  for (const buffer of [own, there, kept, notKept, source, blended, map.table]) backend.release(buffer);
  return result;
}
