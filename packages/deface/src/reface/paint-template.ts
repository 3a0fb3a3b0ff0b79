import { type HeadTemplate, TEMPLATE_LABELS, templateImage, type Warp, warpSlabs } from '@efface/anatomy';
import { type Backend, type DeviceBuffer } from '@efface/compute';
import {
  blendIntensity,
  dilate,
  type IntensityMap,
  intensityMap,
  maskLogic,
  maskNot,
  missingNoise,
  noiseSigma,
} from '@efface/kernels';
import {
  allocateVoxels,
  boxOfMask,
  cutMask,
  type GridMask,
  grownBox,
  type Mask,
  spacingMm,
  type Volume,
  type VoxelBox,
  wholeBox,
} from '@efface/volume';
import { scattered, uniformAt } from '../depth-mask/lumps.ts';
import { type PaintedBox } from '../plan.ts';
import { airSamples } from './air-samples.ts';
import { type Extent, extentOf, joined, realExtents, realValues } from './real-values.ts';
import { commonTissue, evenTissue, farFrom, onPart, type Part, SHELL_MM, shellOf } from './shell-tissue.ts';

/** What an image is painted with. */
export interface TemplatePaint {
  readonly template: HeadTemplate;
  readonly warp: Warp;
  /** The patient's. */
  readonly body: GridMask;
  readonly brain: GridMask;
  readonly featherMm: number;
  readonly matchNoise: boolean;
  readonly seed: number;
}

const MAP_BINS = 512;
/** Outliers at both ends of the distributions: metal, vessels; on PET what takes up most, as no skin does. */
const CLIPPED_SHARE = { PT: 0.1, other: 0.002 } as const;
/** Template values up to this share of the way from air to tissue are air in part, and have its noise in part. */
const AIR_SHARE = 0.3;
/** Voxels of a slab that is painted at a time: 16 MiB in floating point. */
const SLAB_VOXELS = 2 ** 22;
/** The Hounsfield scale of an ordinary scanner, on which nothing needs to be mapped. */
const HOUNSFIELD = { low: -1024, high: 3071 } as const;

/**
 * Real values of an image with the laid template in the masked voxels, for a box around those. CT keeps the template's HU.
 * Elsewhere the template's intensities go where the same share of the tissue around the masked voxels lies below, in the
 * template and in the image: tissue that is as bright as skin there becomes as bright as the patient's. Air is drawn from
 * the image's own.
 */
export async function paintTemplate(
  backend: Backend,
  image: Volume,
  mask: Mask,
  paint: TemplatePaint,
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
    (await paintBox(backend, image, mask, box, paint)) ??
    (await paintBox(backend, image, mask, wholeBox(sizeIjk), paint));
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
): Promise<Float32Array | undefined> {
  const look = await measureLook(backend, { image, box }, mask, paint);
  if (look === undefined) return undefined;
  const [ni, nj, nk] = box.sizeIjk;
  // Painted values take the place of the laid template's, which nobody needs once their own slab is painted.
  const real = look.warped;
  // The feather is made from distances to what stays, which look no further.
  const halo = Math.ceil(paint.featherMm / spacingMm(image.grid)[2]) + 1;
  const height = Math.max(1, Math.floor(SLAB_VOXELS / (ni * nj)));
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

/** How the values of a laid template become those of an image. */
interface Look {
  /** The laid template's values in a part of the image. */
  readonly warped: Float32Array<SharedArrayBuffer>;
  readonly map: IntensityMap;
  /** Of the noise that the new tissue lacks. */
  readonly sigma: number;
  /** Air of the image to draw from. */
  readonly air: Float32Array;
  /** Of the template. */
  readonly scale: { readonly air: number; readonly tissue: number };
  /** Of the image. */
  readonly extent: Extent;
}

/** Lays the template on a part of an image and compares both around what is altered; undefined when the part is too small. */
async function measureLook(
  backend: Backend,
  part: Part,
  mask: Mask,
  { template, warp, body, brain, matchNoise }: TemplatePaint,
): Promise<Look | undefined> {
  const { image, box } = part;
  const { grid } = image;
  const { sizeIjk } = box;
  const cut = cutMask(mask, box);
  const region = uploadBits(backend, 'region', cut);
  const grown = dilate(backend, { mask: region, sizeIjk, spacingMm: spacingMm(grid), radiusMm: SHELL_MM });
  const isWhole = sizeIjk.every((n, d) => n === grid.sizeIjk[d]);
  // Nothing else is looked at.
  const needed: Mask | undefined = isWhole ? undefined : { ...cut, words: new Uint32Array(await backend.read(grown)) };
  const common = await commonTissue(backend, part, body, template.labels, warp, needed);
  const tissue = image.modality === 'PT' ? await farFrom(backend, common, brain, part) : common;
  const shell = await shellOf(backend, region, grown, tissue, sizeIjk, isWhole);
  if (shell === undefined) {
    for (const buffer of [region, tissue]) backend.release(buffer);
    await backend.flush();
    return undefined;
  }
  const source = templateImage(template, image.modality);
  const scale = airAndTissue(source, template.labels);
  const isHounsfield = image.modality === 'CT' && source === template.images.ct;
  const laid = await warpedBox(backend, source, warp, part, scale.air, isHounsfield, needed);
  const { inside, outside } = realExtents(image, mask);
  const extent = joined(outside, inside);
  const own = realValues(image, box);
  const warpedValues = backend.createBuffer('reface/warped', laid.warped.byteLength, laid.warped);
  const values = backend.createBuffer('reface/own', own.byteLength, own);
  const map = isHounsfield
    ? lineMap(backend, HOUNSFIELD.low, HOUNSFIELD.high)
    : tissueMap(backend, { ...laid.extent, values: warpedValues }, { ...extent, values }, shell, part);
  let sigma = 0;
  if (matchNoise) {
    const mapped = blendIntensity(backend, { source: warpedValues, values, sizeIjk, map, region: shell });
    const even = await evenTissue(backend, own, values, shell, sizeIjk);
    const has = await noiseSigma(backend, { values: mapped, sizeIjk, mask: even });
    sigma = missingNoise(has, await noiseSigma(backend, { values, sizeIjk, mask: even }));
    backend.release(mapped);
    backend.release(even);
  }
  for (const buffer of [region, tissue, shell, warpedValues, values]) backend.release(buffer);
  await backend.flush();
  return { warped: laid.warped, map, sigma, air: airSamples(image, extent.low, mask, body), scale, extent };
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

function uploadBits(backend: Backend, label: string, { words }: Mask): DeviceBuffer {
  return backend.createBuffer(`reface/${label}`, words.byteLength, words);
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

/** The laid template's values in a part, and, unless nothing will be mapped, their extent in the whole image. */
async function warpedBox(
  backend: Backend,
  source: Volume,
  warp: Warp,
  { image: { grid }, box }: Part,
  air: number,
  isPartEnough: boolean,
  needed: Mask | undefined,
): Promise<{ readonly warped: Float32Array<SharedArrayBuffer>; readonly extent: Extent }> {
  const [ni, nj, nk] = box.sizeIjk;
  const warped = allocateVoxels('f32', ni * nj * nk) as Float32Array<SharedArrayBuffer>;
  let extent: Extent = { low: Infinity, high: -Infinity };
  const looked = isPartEnough ? box : wholeBox(grid.sizeIjk);
  const put = ({ lowIjk, sizeIjk }: VoxelBox, values: Float32Array): void => {
    if (!isPartEnough) extent = joined(extent, extentOf(values));
    const low = lowIjk.map((n, d) => Math.max(n, box.lowIjk[d]));
    const past = lowIjk.map((n, d) => Math.min(n + sizeIjk[d], box.lowIjk[d] + box.sizeIjk[d]));
    const count = past[0] - low[0];
    for (let k = low[2]; k < past[2]; k++)
      for (let j = low[1]; j < past[1]; j++) {
        const from = ((k - lowIjk[2]) * sizeIjk[1] + j - lowIjk[1]) * sizeIjk[0] + low[0] - lowIjk[0];
        const to = ((k - box.lowIjk[2]) * nj + j - box.lowIjk[1]) * ni + low[0] - box.lowIjk[0];
        warped.set(values.subarray(from, from + count), to);
      }
  };
  const options = { outsideValue: air };
  await warpSlabs(backend, source, warp, grid, looked, options, put, isPartEnough ? needed : undefined);
  return { warped, extent };
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

/** The map that leaves values between `low` and `high` as they are, and clips others. */
function lineMap(backend: Backend, low: number, high: number): IntensityMap {
  return { table: backend.createBuffer('reface/line', 8, new Float32Array([low, high])), low, high, bins: 1 };
}

/** Values of a part of an image, and their extent in the whole. */
interface Sample extends Extent {
  readonly values: DeviceBuffer;
}

function tissueMap(
  backend: Backend,
  warped: Sample,
  own: Sample,
  shell: DeviceBuffer,
  { image, box: { sizeIjk } }: Part,
): IntensityMap {
  const sample = ({ values, low, high }: Sample): Parameters<typeof intensityMap>[1]['source'] => {
    return { values, sizeIjk, mask: shell, low, high: high > low ? high : low + 1 };
  };
  return intensityMap(backend, {
    source: sample(warped),
    target: sample(own),
    bins: MAP_BINS,
    clippedShare: image.modality === 'PT' ? CLIPPED_SHARE.PT : CLIPPED_SHARE.other,
  });
}

/** Medians of the template's air and of its tissue. */
function airAndTissue({ voxels, rescale }: Volume, labels: Volume): { readonly air: number; readonly tissue: number } {
  const medianOf = (label: number): number => {
    const values = new Float64Array(Math.ceil(voxels.length / 5));
    let count = 0;
    for (let n = 0; n < voxels.length; n += 5)
      if (labels.voxels[n] === label) values[count++] = Number(voxels[n]) * rescale.slopePerK[0] + rescale.interceptPerK[0]; // prettier-ignore
    return values.subarray(0, count).sort()[count >> 1];
  };
  return { air: medianOf(TEMPLATE_LABELS.air), tissue: medianOf(TEMPLATE_LABELS.body) };
}
