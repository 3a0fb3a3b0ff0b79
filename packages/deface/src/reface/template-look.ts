// How the values of a laid template become those of an image: measured around what is altered, before anything is painted.
import { type HeadTemplate, TEMPLATE_LABELS, templateImage, type Warp, warpSlabs } from '@efface/anatomy';
import { type Backend, type DeviceBuffer } from '@efface/compute';
import { blendIntensity, dilate, type IntensityMap, intensityMap, missingNoise, noiseSigma } from '@efface/kernels';
import { allocateVoxels, cutMask, type GridMask, type Mask, popcount, spacingMm, type Volume, type VoxelBox, wholeBox } from '@efface/volume'; // prettier-ignore
import { airSamples } from './air-samples.ts';
import { type Extent, extentOf, joined, realExtents, realValues } from './real-values.ts';
import { commonTissue, evenTissue, farFrom, type Part, SHELL_MM, shellOf } from './shell-tissue.ts';

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
/** Voxels of a slab that is looked at or painted at a time: 16 MiB in floating point. */
export const SLAB_VOXELS = 2 ** 22;
/** The Hounsfield scale of an ordinary scanner, on which nothing needs to be mapped. */
const HOUNSFIELD = { low: -1024, high: 3071 } as const;

/** How the values of a laid template become those of an image. */
export interface Look {
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
export async function measureLook(
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
  const map = isHounsfield
    ? lineMap(backend, HOUNSFIELD.low, HOUNSFIELD.high)
    : await tissueMap(backend, laid, extent, shell, part);
  const shellBits: Mask = { ...cut, words: new Uint32Array(await backend.read(shell)) };
  const sigma = matchNoise ? await lackingNoise(backend, laid.warped, map, shellBits, part) : 0;
  for (const buffer of [region, tissue, shell]) backend.release(buffer);
  await backend.flush();
  return { warped: laid.warped, map, sigma, air: airSamples(image, extent.low, mask, body), scale, extent };
}

/**
 * Standard deviation of the noise that mapped template values lack. Noise is measured within slices, so a slab of them shows it;
 * the one with the most of the shell is taken.
 */
async function lackingNoise(
  backend: Backend,
  warped: Float32Array<SharedArrayBuffer>,
  map: IntensityMap,
  shell: Mask,
  { image, box }: Part,
): Promise<number> {
  const [ni, nj] = box.sizeIjk;
  const { first, count } = fullestSlab(shell);
  const slab: VoxelBox = {
    lowIjk: [box.lowIjk[0], box.lowIjk[1], box.lowIjk[2] + first],
    sizeIjk: [ni, nj, count],
  };
  const { sizeIjk } = slab;
  const own = realValues(image, slab);
  const values = backend.createBuffer('reface/own', own.byteLength, own);
  const laid = warped.subarray(ni * nj * first, ni * nj * (first + count));
  const source = backend.createBuffer('reface/warped', laid.byteLength, laid);
  const mask = uploadBits(backend, 'shell', cutMask(shell, { lowIjk: [0, 0, first], sizeIjk }));
  const mapped = blendIntensity(backend, { source, values, sizeIjk, map, region: mask });
  const even = await evenTissue(backend, own, values, mask, sizeIjk);
  const has = await noiseSigma(backend, { values: mapped, sizeIjk, mask: even });
  const sigma = missingNoise(has, await noiseSigma(backend, { values, sizeIjk, mask: even }));
  for (const buffer of [values, source, mask, mapped, even]) backend.release(buffer);
  return sigma;
}

/** The slices, SLAB_VOXELS of them at most, that hold the most voxels of a mask. */
function fullestSlab({ sizeIjk: [ni, nj, nk], wordsPerRow, words }: Mask): {
  readonly first: number;
  readonly count: number;
} {
  const count = Math.min(nk, slabHeight(ni * nj, SLAB_VOXELS));
  const inSlice = Array.from({ length: nk }, (_, k) => {
    let sum = 0;
    for (let at = k * nj * wordsPerRow; at < (k + 1) * nj * wordsPerRow; at++) sum += popcount(words[at]);
    return sum;
  });
  let sum = inSlice.slice(0, count).reduce((a, b) => a + b, 0);
  let [first, most] = [0, sum];
  for (let k = 1; k + count <= nk; k++) {
    sum += inSlice[k + count - 1] - inSlice[k - 1];
    if (sum > most) [first, most] = [k, sum];
  }
  return { first, count };
}

/** How many slices of so many voxels fit into a slab; one at least. */
export function slabHeight(voxelsPerSlice: number, slabVoxels: number): number {
  return Math.max(1, Math.floor(slabVoxels / voxelsPerSlice));
}

export function uploadBits(backend: Backend, label: string, { words }: Mask): DeviceBuffer {
  return backend.createBuffer(`reface/${label}`, words.byteLength, words);
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

/** The map that leaves values between `low` and `high` as they are, and clips others. */
export function lineMap(backend: Backend, low: number, high: number): IntensityMap {
  return { table: backend.createBuffer('reface/line', 8, new Float32Array([low, high])), low, high, bins: 1 };
}

/** The map between the distributions of two images over the shell. */
async function tissueMap(
  backend: Backend,
  laid: { readonly warped: Float32Array; readonly extent: Extent },
  extent: Extent,
  shell: DeviceBuffer,
  { image, box }: Part,
): Promise<IntensityMap> {
  const own = realValues(image, box);
  const values = backend.createBuffer('reface/own', own.byteLength, own);
  const warped = backend.createBuffer('reface/warped', laid.warped.byteLength, laid.warped);
  const sample = (of: DeviceBuffer, { low, high }: Extent): Parameters<typeof intensityMap>[1]['source'] => {
    return { values: of, sizeIjk: box.sizeIjk, mask: shell, low, high: high > low ? high : low + 1 };
  };
  const map = intensityMap(backend, {
    source: sample(warped, laid.extent),
    target: sample(values, extent),
    bins: MAP_BINS,
    clippedShare: image.modality === 'PT' ? CLIPPED_SHARE.PT : CLIPPED_SHARE.other,
  });
  await backend.flush();
  backend.release(warped);
  backend.release(values);
  return map;
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
