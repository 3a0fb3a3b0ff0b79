import { type HeadTemplate, TEMPLATE_LABELS, templateImage, type Warp, warpMask, warpVolume } from '@efface/anatomy';
import { type Backend, type DeviceBuffer, deviceVolumeFromF32 } from '@efface/compute';
import {
  blendIntensity,
  dilate,
  type IntensityMap,
  intensityMap,
  maskCount,
  maskLogic,
  missingNoise,
  noiseSigma,
  resampleMask,
  threshold,
} from '@efface/kernels';
import {
  type GridMask,
  type Mask,
  maskFromNonzero,
  maskToBytes,
  spacingMm,
  type Volume,
  wordsPerRow,
} from '@efface/volume';
import { scattered, uniformAt } from '../depth-mask/lumps.ts';
import { airSamples } from './air-samples.ts';
import { realValues } from './real-values.ts';

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

/** Tissue this near to the altered voxels says how the template's intensities map to the image's. */
const SHELL_MM = 10;
/** With fewer voxels the whole head says it. */
const LEAST_SHELL_VOXELS = 2000;
const MAP_BINS = 512;
/** On PET the uptake of the brain is seen as far as this around it: no tissue of a face shines like that. */
const PET_BLUR_MM = 10;
/** Outliers at both ends of the distributions: metal, vessels; on PET what takes up most, as no skin does. */
const CLIPPED_SHARE = { PT: 0.1, other: 0.002 } as const;
/** Of the tissue at either end, not looked at for noise. */
const UNUSUAL_SHARE = 0.2;
/** Template values up to this share of the way from air to tissue are air in part, and have its noise in part. */
const AIR_SHARE = 0.3;
/** The Hounsfield scale of an ordinary scanner, on which nothing needs to be mapped. */
const HOUNSFIELD = { low: -1024, high: 3071 } as const;

/**
 * Real values of an image with the laid template in the masked voxels. CT keeps the template's HU. Elsewhere the
 * template's intensities go where the same share of the tissue around the masked voxels lies below, in the template and in
 * the image: tissue that is as bright as skin there becomes as bright as the patient's. Air is drawn from the image's own.
 */
export async function paintTemplate(
  backend: Backend,
  image: Volume,
  mask: Mask,
  { template, warp, body, brain, featherMm, matchNoise, seed }: TemplatePaint,
): Promise<Float32Array> {
  const { grid } = image;
  const { sizeIjk } = grid;
  const source = templateImage(template, image.modality);
  const scale = airAndTissue(source, template.labels);
  const warped = (await warpVolume(backend, source, warp, grid, { outsideValue: scale.air })).voxels as Float32Array;
  const own = realValues(image);
  const upload = (label: string, { words }: Mask): DeviceBuffer => backend.createBuffer(`reface/${label}`, words.byteLength, words); // prettier-ignore
  const region = upload('region', mask);
  const common = await commonTissue(backend, image, body, template.labels, warp);
  const tissue = image.modality === 'PT' ? await farFrom(backend, common, brain, image) : common;
  const shell = await shellOf(backend, region, tissue, image);
  const warpedValues = backend.createBuffer('reface/warped', warped.byteLength, warped);
  const values = backend.createBuffer('reface/own', own.byteLength, own);
  const isHounsfield = image.modality === 'CT' && source === template.images.ct;
  const map = isHounsfield ? identityMap(backend) : tissueMap(backend, { warped, warpedValues, own, values, shell, image }); // prettier-ignore
  const request = { source: warpedValues, values, sizeIjk, map };
  let sigma = 0;
  if (matchNoise) {
    const mapped = blendIntensity(backend, { ...request, region: shell });
    const even = await evenTissue(backend, own, values, shell, image);
    const has = await noiseSigma(backend, { values: mapped, sizeIjk, mask: even });
    sigma = missingNoise(has, await noiseSigma(backend, { values, sizeIjk, mask: even }));
    backend.release(mapped);
    backend.release(even);
  }
  const air = airSamples(image, own, mask, body);
  // New air is made before the feather, which goes over into the patient's tissue and air alike.
  const filled = blendIntensity(backend, { ...request, region, noise: { sigma, seed } });
  const painted = new Float32Array(await backend.read(filled), 0, own.length);
  backend.release(filled);
  const { low, high } = extentOf(own);
  const width = AIR_SHARE * (scale.tissue - scale.air);
  const isAltered = maskToBytes(mask);
  const draw = scattered(seed + 3);
  for (let n = 0; n < painted.length; n++) {
    if (isAltered[n] === 0) continue;
    const t = Math.min(1, Math.max(0, (warped[n] - scale.air) / width));
    const share = t * t * (3 - 2 * t);
    const drawn = air[Math.floor(uniformAt(n, draw) * air.length)];
    painted[n] = Math.min(high, Math.max(low, drawn + share * (painted[n] - drawn)));
  }
  const result =
    featherMm > 0 ? await feathered(backend, painted, { values, region, body, image, featherMm }) : painted;
  for (const buffer of [region, tissue, shell, warpedValues, values, map.table]) backend.release(buffer);
  await backend.flush();
  return result;
}

/** An image and what of it is altered. */
interface Altered {
  readonly values: DeviceBuffer;
  readonly region: DeviceBuffer;
  readonly body: GridMask;
  readonly image: Volume;
  readonly featherMm: number;
}

/**
 * What goes over into the image's own values towards the tissue that stays. Towards air that stays nothing does: new air is
 * as the image's, and old signal in it would come back.
 */
async function feathered(
  backend: Backend,
  painted: Float32Array,
  { values, region, body, image: { grid }, featherMm: widthMm }: Altered,
): Promise<Float32Array> {
  const { sizeIjk } = grid;
  const own = backend.createBuffer('reface/body', body.mask.words.byteLength, body.mask.words);
  const there = resampleMask(backend, { mask: own, maskGrid: body.grid, targetGrid: grid });
  const kept = maskLogic(backend, { a: there, b: region, sizeIjk, operation: 'andNot' });
  const { words } = maskFromNonzero(sizeIjk, new Uint8Array(painted.length).fill(1));
  const all = backend.createBuffer('reface/all', words.byteLength, words);
  const notKept = maskLogic(backend, { a: all, b: kept, sizeIjk, operation: 'andNot' });
  const source = backend.createBuffer('reface/painted', painted.byteLength, painted);
  const { low, high } = extentOf(painted);
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
  for (const buffer of [own, there, kept, all, notKept, source, blended, map.table]) backend.release(buffer);
  return result;
}

/** The map that leaves values between `low` and `high` as they are, and clips others. */
function lineMap(backend: Backend, low: number, high: number): IntensityMap {
  return { table: backend.createBuffer('reface/line', 8, new Float32Array([low, high])), low, high, bins: 1 };
}

function identityMap(backend: Backend): IntensityMap {
  return lineMap(backend, HOUNSFIELD.low, HOUNSFIELD.high);
}

/** The same voxels in template and image. */
interface Samples {
  readonly warped: Float32Array;
  readonly warpedValues: DeviceBuffer;
  readonly own: Float32Array;
  readonly values: DeviceBuffer;
  readonly shell: DeviceBuffer;
  readonly image: Volume;
}

function tissueMap(backend: Backend, { warped, warpedValues, own, values, shell, image }: Samples): IntensityMap {
  const sample = (of: Float32Array, buffer: DeviceBuffer): Parameters<typeof intensityMap>[1]['source'] => {
    const { low, high } = extentOf(of);
    return { values: buffer, sizeIjk: image.grid.sizeIjk, mask: shell, low, high: high > low ? high : low + 1 };
  };
  return intensityMap(backend, {
    source: sample(warped, warpedValues),
    target: sample(own, values),
    bins: MAP_BINS,
    clippedShare: image.modality === 'PT' ? CLIPPED_SHARE.PT : CLIPPED_SHARE.other,
  });
}

/** What is under the skin in the template and in the patient, on an image's grid. */
async function commonTissue(
  backend: Backend,
  { grid }: Volume,
  body: GridMask,
  labels: Volume,
  warp: Warp,
): Promise<DeviceBuffer> {
  const { none, air } = TEMPLATE_LABELS;
  const isHead = Uint8Array.from(labels.voxels as Uint8Array, (label) => Number(label !== none && label !== air));
  const head = { grid: labels.grid, mask: maskFromNonzero(labels.grid.sizeIjk, isHead) };
  const { words } = (await warpMask(backend, head, warp, grid)).mask;
  const template = backend.createBuffer('reface/template-head', words.byteLength, words);
  const own = backend.createBuffer('reface/body', body.mask.words.byteLength, body.mask.words);
  const there = resampleMask(backend, { mask: own, maskGrid: body.grid, targetGrid: grid });
  const both = maskLogic(backend, { a: template, b: there, sizeIjk: grid.sizeIjk, operation: 'and' });
  for (const buffer of [template, own, there]) backend.release(buffer);
  return both;
}

/** What of a mask on an image's grid is not near to another one; the first is released. */
async function farFrom(
  backend: Backend,
  mask: DeviceBuffer,
  { grid, mask: other }: GridMask,
  image: Volume,
): Promise<DeviceBuffer> {
  const { sizeIjk } = image.grid;
  const own = backend.createBuffer('reface/other', other.words.byteLength, other.words);
  const grown = dilate(backend, {
    mask: own,
    sizeIjk: grid.sizeIjk,
    spacingMm: spacingMm(grid),
    radiusMm: PET_BLUR_MM,
  });
  const there = resampleMask(backend, { mask: grown, maskGrid: grid, targetGrid: image.grid });
  const left = maskLogic(backend, { a: mask, b: there, sizeIjk, operation: 'andNot' });
  await backend.flush();
  for (const buffer of [mask, own, grown, there]) backend.release(buffer);
  return left;
}

/** Tissue that is not altered, near to what is; all of it when that is little. */
async function shellOf(
  backend: Backend,
  region: DeviceBuffer,
  tissue: DeviceBuffer,
  { grid }: Volume,
): Promise<DeviceBuffer> {
  const { sizeIjk } = grid;
  const grown = dilate(backend, { mask: region, sizeIjk, spacingMm: spacingMm(grid), radiusMm: SHELL_MM });
  const near = maskLogic(backend, { a: grown, b: tissue, sizeIjk, operation: 'and' });
  const shell = maskLogic(backend, { a: near, b: region, sizeIjk, operation: 'andNot' });
  const isEnough = (await maskCount(backend, shell)) >= LEAST_SHELL_VOXELS;
  const all = isEnough ? shell : maskLogic(backend, { a: tissue, b: region, sizeIjk, operation: 'andNot' });
  for (const buffer of isEnough ? [grown, near] : [grown, near, shell]) backend.release(buffer);
  return all;
}

/**
 * Tissue without the darkest and the brightest. Noise is measured where a voxel and its neighbours are in the mask: in
 * large voxels most of a face is borders of air and bone, which are no noise.
 */
async function evenTissue(
  backend: Backend,
  own: Float32Array,
  values: DeviceBuffer,
  shell: DeviceBuffer,
  { grid: { sizeIjk } }: Volume,
): Promise<DeviceBuffer> {
  const words = new Uint32Array(await backend.read(shell));
  const isShell = maskToBytes({ sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), words });
  const inside = own.filter((_, n) => isShell[n] === 1).sort();
  const at = (share: number): number => inside[Math.floor(share * (inside.length - 1))] ?? 0;
  const volume = deviceVolumeFromF32(values, sizeIjk);
  const usual = threshold(backend, { volume, low: at(UNUSUAL_SHARE), high: at(1 - UNUSUAL_SHARE) });
  const even = maskLogic(backend, { a: usual, b: shell, sizeIjk, operation: 'and' });
  backend.release(usual);
  return even;
}

/** Medians of the template's air and of its tissue. */
function airAndTissue({ voxels, rescale }: Volume, labels: Volume): { readonly air: number; readonly tissue: number } {
  const medianOf = (label: number): number => {
    const values: number[] = [];
    for (let n = 0; n < voxels.length; n += 5)
      if (labels.voxels[n] === label) values.push(Number(voxels[n]) * rescale.slopePerK[0] + rescale.interceptPerK[0]);
    return values.sort((a, b) => a - b)[values.length >> 1];
  };
  return { air: medianOf(TEMPLATE_LABELS.air), tissue: medianOf(TEMPLATE_LABELS.body) };
}

function extentOf(values: Float32Array): { readonly low: number; readonly high: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}
