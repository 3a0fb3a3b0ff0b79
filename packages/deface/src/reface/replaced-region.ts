import { type HeadAnatomy, type HeadTemplate, TEMPLATE_LABELS, type Warp, warpLabels } from '@efface/anatomy';
import { type Backend, type DeviceBuffer, deviceVolumeFromF32 } from '@efface/compute';
import { dilate, distanceMm, maskCount, maskLogic, resampleMask, threshold } from '@efface/kernels';
import {
  type Grid,
  type GridMask,
  maskFromNonzero,
  spacingMm,
  type Vec3,
  type Volume,
  voxelCount,
  wholeBox,
  wordsPerRow,
} from '@efface/volume';
import { realValues } from './real-values.ts';

/** Air this far in front of the new face is new, too: noses, mask shells and whatever else shows the old one lie there. */
const FRONT_MM = 40;
/** Air that is brighter than this many times the mean of all air holds signal from elsewhere (mri_reface's rule). */
const WRAP_TIMES_MEAN = 10;
/** Least normal number of f32. Where a scanner has set the air to zero, zero is no signal from elsewhere. */
const ABOVE_ZERO = 2 ** -126;
/** Air nearer to the body than this is blurred skin, mm. */
const SKIN_BLUR_MM = 6;
/** Around bright air there is more that is half as bright, mm. */
const WRAP_RIM_MM = 2;

/** The voxels that get the template's values, on the grid of the image the plan is made from. */
export interface ReplacedRegion {
  readonly region: GridMask;
  /** From each voxel of the body's grid to the nearest of the template's that stays, mm. */
  readonly keptMm: Float32Array;
  /** Voxels of MR air that hold signal from elsewhere. */
  readonly nWrapVoxels: number;
}

/**
 * Face and ears of the laid template, and all air that is nearer to them than to the rest of the template's head, to
 * FRONT_MM: one piece from inside of the bone to well in front of any nose, so that no part of the old skin is left
 * outside of the new one, and no edge in the noise of the air tells where it was. On MR also bright air around the head.
 */
export async function replacedRegion(
  backend: Backend,
  volume: Volume,
  { body, background }: HeadAnatomy,
  template: HeadTemplate,
  warp: Warp,
  withEars: boolean,
): Promise<ReplacedRegion> {
  const { grid } = body;
  const { sizeIjk } = grid;
  const labels = await warpLabels(backend, template.labels, warp, grid);
  const metric = { sizeIjk, spacingMm: spacingMm(grid) };
  const { none, face, ears, brain, body: rest, air } = TEMPLATE_LABELS;
  const replaced = withEars ? [face, ears] : [face];
  const kept = withEars ? [brain, rest] : [brain, rest, ears];
  const faceMm = await distances(backend, labels, replaced);
  const restMm = await distances(backend, labels, kept);
  const isReplaced = new Uint8Array(voxelCount(grid));
  for (let n = 0; n < isReplaced.length; n++) {
    const label = Number(labels.voxels[n]);
    const isFront = label === air && faceMm[n] <= restMm[n] && faceMm[n] <= FRONT_MM;
    if (isFront || faceMm[n] === 0) isReplaced[n] = 1;
  }
  const upload = (values: ArrayLike<number>): DeviceBuffer => {
    const { words } = maskFromNonzero(sizeIjk, values);
    return backend.createBuffer('reface/mask', words.byteLength, words);
  };
  let result = toGrid(backend, upload(isReplaced), grid, volume.grid);
  let nWrapVoxels = 0;
  if (volume.modality === 'MR') {
    const skin = backend.createBuffer('reface/body', body.mask.words.byteLength, body.mask.words);
    const nearSkin = dilate(backend, { mask: skin, ...metric, radiusMm: SKIN_BLUR_MM });
    // Where the template has no voxels the image is far from any head.
    const isAir = Uint8Array.from(labels.voxels as Uint8Array, (label) => Number(label === air || label === none));
    const airBits = upload(isAir);
    const farAir = maskLogic(backend, { a: airBits, b: nearSkin, sizeIjk, operation: 'andNot' });
    for (const buffer of [skin, nearSkin, airBits]) backend.release(buffer);
    const wrap = await brightAir(backend, volume, toGrid(backend, farAir, grid, volume.grid), background.meanReal);
    nWrapVoxels = await maskCount(backend, wrap);
    const all = maskLogic(backend, { a: result, b: wrap, sizeIjk: volume.grid.sizeIjk, operation: 'or' });
    backend.release(result);
    backend.release(wrap);
    result = all;
  }
  const words = new Uint32Array(await backend.read(result));
  backend.release(result);
  const size = volume.grid.sizeIjk;
  return {
    region: { grid: volume.grid, mask: { sizeIjk: size, wordsPerRow: wordsPerRow(size[0]), words } },
    keptMm: restMm,
    nWrapVoxels,
  };
}

/** Distance of every voxel to the nearest with one of these labels, mm. */
async function distances(backend: Backend, { grid, voxels }: Volume, wanted: readonly number[]): Promise<Float32Array> {
  const isWanted = Uint8Array.from(voxels as Uint8Array, (label) => Number(wanted.includes(label)));
  const { words, sizeIjk } = maskFromNonzero(grid.sizeIjk, isWanted);
  const mask = backend.createBuffer('reface/labels', words.byteLength, words);
  const mm = distanceMm(backend, { mask, sizeIjk, spacingMm: spacingMm(grid) });
  const values = new Float32Array(await backend.read(mm), 0, voxelCount(grid));
  backend.release(mask);
  backend.release(mm);
  return values;
}

/** A mask on another grid, nearest voxel; the first one is released. */
function toGrid(backend: Backend, mask: DeviceBuffer, maskGrid: Grid, targetGrid: Grid): DeviceBuffer {
  const there = resampleMask(backend, { mask, maskGrid, targetGrid });
  backend.release(mask);
  return there;
}

/** What of the air is too bright, and a rim around it. `air` is released. */
async function brightAir(backend: Backend, volume: Volume, air: DeviceBuffer, meanReal: number): Promise<DeviceBuffer> {
  const { sizeIjk }: { readonly sizeIjk: Vec3 } = volume.grid;
  const values = realValues(volume, wholeBox(sizeIjk));
  const reals = backend.createBuffer('reface/values', values.byteLength, values);
  const over = threshold(backend, {
    volume: deviceVolumeFromF32(reals, sizeIjk),
    low: Math.max(WRAP_TIMES_MEAN * meanReal, ABOVE_ZERO),
    high: Infinity,
  });
  const bright = maskLogic(backend, { a: over, b: air, sizeIjk, operation: 'and' });
  const grown = dilate(backend, { mask: bright, sizeIjk, spacingMm: spacingMm(volume.grid), radiusMm: WRAP_RIM_MM });
  const inAir = maskLogic(backend, { a: grown, b: air, sizeIjk, operation: 'and' });
  await backend.flush();
  for (const buffer of [air, reals, over, bright, grown]) backend.release(buffer);
  return inAir;
}
