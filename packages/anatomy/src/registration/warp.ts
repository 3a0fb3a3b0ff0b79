import { type Backend, type DeviceBuffer, deviceVolumeFromF32, releaseVolume, uploadVolume } from '@efface/compute';
import { resample, resampleLabels, sampleField, threshold } from '@efface/kernels';
import {
  type Affine, allocateVoxels, boxOfMask, compose, createMask, cutMask, type Grid, type GridMask, invert, type Mask, maskToBytes, sameGrid, type Vec3, type Volume, voxelCount,
  type VoxelBox, uniformRescale, viewVoxels, wholeBox, wordsPerRow,
} from '@efface/volume'; // prettier-ignore

/** A grid of the moving image where its voxels lie in the fixed image by an affine map of fixed to moving points. */
export function inFixedSpace(grid: Grid, movingOfFixed: Affine): Grid {
  return { sizeIjk: grid.sizeIjk, affineIjkToLps: compose(invert(movingOfFixed), grid.affineIjkToLps) };
}

/** Displacements of fixed points, mm: three f32 for each voxel of the grid, i fastest; beyond it those of its border. */
export interface DisplacementField {
  readonly grid: Grid;
  readonly displacementMm: Float32Array;
}

/** What brings a moving image to a fixed one: the fixed point x lies at movingOfFixed(x + u(x)), LPS mm. */
export interface Warp {
  readonly movingOfFixed: Affine;
  /** u; default 0. */
  readonly field?: DisplacementField;
}

/** A field on the device. */
interface DeviceField {
  readonly grid: Grid;
  readonly displacementMm: DeviceBuffer;
}

/** A warp on the device. */
export interface DeviceWarp {
  readonly movingOfFixed: Affine;
  readonly field?: DeviceField;
}

/** Runs `work` with a warp on the device. */
async function withDevice<T>(backend: Backend, warp: Warp, work: (warp: DeviceWarp) => Promise<T>): Promise<T> {
  const { movingOfFixed, field } = warp;
  if (field === undefined) return work({ movingOfFixed });
  const { grid, displacementMm: values } = field;
  const displacementMm = backend.createBuffer('registration/field', values.byteLength, values);
  try {
    return await work({ movingOfFixed, field: { grid, displacementMm } });
  } finally {
    backend.release(displacementMm);
  }
}

/** The displacements at the voxels of a box of another grid; the caller releases what is not the field's own. */
function fieldOn(
  backend: Backend,
  field: DeviceField | undefined,
  grid: Grid,
  box: VoxelBox,
): DeviceBuffer | undefined {
  if (field === undefined) return undefined;
  if (isWhole(box, grid) && sameGrid(field.grid, grid)) return field.displacementMm;
  return sampleField(backend, {
    source: field.displacementMm,
    sourceGrid: field.grid,
    targetGrid: grid,
    targetBox: box,
  });
}

function isWhole({ sizeIjk }: VoxelBox, grid: Grid): boolean {
  return sizeIjk.every((n, d) => n === grid.sizeIjk[d]);
}

/** Runs `work` with the displacements of a box of a grid. */
function withField<T>(
  backend: Backend,
  { field }: DeviceWarp,
  grid: Grid,
  box: VoxelBox,
  work: (displacementMm: { readonly displacementMm?: DeviceBuffer }) => T,
): T {
  const there = fieldOn(backend, field, grid, box);
  const result = work(there === undefined ? {} : { displacementMm: there });
  if (there !== undefined && there !== field?.displacementMm) backend.release(there);
  return result;
}

/**
 * A mask of the moving image on a fixed grid or a box of it, bits: where half of the trilinear weight is inside. The caller
 * owns it.
 */
export function warpBits(
  backend: Backend,
  { grid, mask }: GridMask,
  warp: DeviceWarp,
  targetGrid: Grid,
  targetBox = wholeBox(targetGrid.sizeIjk),
): DeviceBuffer {
  const bytes = maskToBytes(mask);
  const [ni, nj, nk] = mask.sizeIjk;
  const buffer = backend.createBuffer('registration/mask-bytes', 4 * Math.ceil((ni * nj * nk) / 4), new Uint8Array(bytes.buffer)); // prettier-ignore
  const share = withField(backend, warp, targetGrid, targetBox, (field) =>
    resample(backend, {
      source: { sizeIjk: mask.sizeIjk, format: 'u8', chunks: [buffer], chunkWords: 0xffffffff },
      sourceGrid: inFixedSpace(grid, warp.movingOfFixed),
      targetGrid,
      targetBox,
      rescale: uniformRescale(nk, 1, 0),
      interpolation: 'trilinear',
      outsideValue: 0,
      ...field,
    }),
  );
  const bits = threshold(backend, { volume: deviceVolumeFromF32(share, targetBox.sizeIjk), low: 0.5, high: Infinity });
  backend.release(buffer);
  backend.release(share);
  return bits;
}

/** Voxels that are displaced at a time: three f32 for each. */
const SLAB_VOXELS = 2 ** 22;

/** Slices k0 … k1 of a grid. */
function slab({ sizeIjk: [ni, nj], affineIjkToLps: m }: Grid, k0: number, k1: number): Grid {
  return {
    sizeIjk: [ni, nj, k1 - k0],
    affineIjkToLps: compose(m, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, k0]),
  };
}

/** A few slices of a grid, and what of a box lies in them. */
interface Slab {
  readonly part: Grid;
  /** Of the part, in the whole grid. */
  readonly firstSlice: number;
  /** In the whole grid. */
  readonly box: VoxelBox;
}

/** A box of the whole grid in the slab that begins with a slice. */
function inSlab({ lowIjk: [i, j, k], sizeIjk }: VoxelBox, firstSlice: number): VoxelBox {
  return { lowIjk: [i, j, k - firstSlice], sizeIjk };
}

/** The slabs of a grid that a box meets. Where they are cut does not depend on the box. */
function* slabs(grid: Grid, { lowIjk: [i, j, low], sizeIjk: [ni, nj, nk] }: VoxelBox): Generator<Slab> {
  const thick = slabSlices(grid);
  for (let k = 0; k < grid.sizeIjk[2]; k += thick) {
    const past = Math.min(grid.sizeIjk[2], k + thick);
    const [first, end] = [Math.max(k, low), Math.min(past, low + nk)];
    if (first >= end) continue;
    const box: VoxelBox = { lowIjk: [i, j, first], sizeIjk: [ni, nj, end - first] };
    yield { part: slab(grid, k, past), firstSlice: k, box };
  }
}

function slabSlices({ sizeIjk: [ni, nj] }: Grid): number {
  return Math.max(1, Math.floor(SLAB_VOXELS / (ni * nj)));
}

/** Slices that are narrowed together to what is needed of them. */
const NARROWED_SLICES = 8;

/** A part of a box in pieces that hold what is needed; `needed` has a bit for each voxel of the box, default all. */
function* narrowed(part: VoxelBox, box: VoxelBox, needed: Mask | undefined): Generator<VoxelBox> {
  if (needed === undefined) {
    yield part;
    return;
  }
  const past = part.lowIjk[2] + part.sizeIjk[2];
  for (let k = part.lowIjk[2]; k < past; k += NARROWED_SLICES) {
    const slices = Math.min(NARROWED_SLICES, past - k);
    const low = k - box.lowIjk[2];
    const found = boxOfMask(
      cutMask(needed, { lowIjk: [0, 0, low], sizeIjk: [box.sizeIjk[0], box.sizeIjk[1], slices] }),
    );
    if (found === undefined) continue;
    const [i, j, ahead] = found.lowIjk;
    yield { lowIjk: [box.lowIjk[0] + i, box.lowIjk[1] + j, k + ahead], sizeIjk: found.sizeIjk };
  }
}

/** How a volume is brought to another grid. */
export interface WarpVolumeOptions {
  /** Real value of what lies outside the moving image. */
  readonly outsideValue: number;
  /** Sub-samples per target axis, where the target is coarser. Default 1. Displaced voxels move as a whole. */
  readonly tapsPerAxis?: Vec3;
}

/** Real values of a moving volume on a fixed grid, trilinear, f32; slabs of slices at a time. */
export async function warpVolume(
  backend: Backend,
  moving: Volume,
  warp: Warp,
  targetGrid: Grid,
  options: WarpVolumeOptions,
): Promise<Volume> {
  const [ni, nj, nk] = targetGrid.sizeIjk;
  const voxels = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  await warpSlabs(backend, moving, warp, targetGrid, wholeBox(targetGrid.sizeIjk), options, ({ lowIjk }, values) =>
    voxels.set(values, lowIjk[2] * ni * nj),
  );
  const { modality, unit } = moving;
  return { grid: targetGrid, type: 'f32', voxels, rescale: uniformRescale(nk, 1, 0), modality, unit };
}

/**
 * Hands on the real values of a moving volume in a box of a fixed grid, the same as in the whole: a part of a few of its
 * slices at a time, in order, f32, i fastest. With `needed`, a bit for each voxel of the box, only what lies around those.
 */
export async function warpSlabs(
  backend: Backend,
  moving: Volume,
  warp: Warp,
  targetGrid: Grid,
  targetBox: VoxelBox,
  { outsideValue, tapsPerAxis }: WarpVolumeOptions,
  each: (box: VoxelBox, values: Float32Array) => void,
  needed?: Mask,
): Promise<void> {
  const device = uploadVolume(backend, 'registration/moving', moving);
  await withDevice(backend, warp, async (there) => {
    for (const { part, firstSlice, box: slabBox } of slabs(targetGrid, targetBox)) {
      for (const box of narrowed(slabBox, targetBox, needed)) {
        const partBox = inSlab(box, firstSlice);
        const values = withField(backend, there, part, partBox, (field) =>
          resample(backend, {
            source: device,
            sourceGrid: inFixedSpace(moving.grid, warp.movingOfFixed),
            targetGrid: part,
            targetBox: partBox,
            rescale: moving.rescale,
            interpolation: 'trilinear',
            outsideValue,
            ...(tapsPerAxis ? { tapsPerAxis } : {}),
            ...field,
          }),
        );
        const [ni, nj, nk] = box.sizeIjk;
        each(box, new Float32Array(await backend.read(values), 0, ni * nj * nk));
        backend.release(values);
      }
    }
  }).finally(() => releaseVolume(backend, device));
}

/**
 * Labels (u8 or u16, no rescale) of a moving volume on a fixed grid: each voxel the label that weighs most around it,
 * 0 outside. Throws RangeError for other types.
 */
export async function warpLabels(backend: Backend, moving: Volume, warp: Warp, targetGrid: Grid): Promise<Volume> {
  const { type, modality, unit } = moving;
  if (type !== 'u8' && type !== 'u16') throw new RangeError(`labels are u8 or u16, not ${type}`);
  const voxels = allocateVoxels(type, voxelCount(targetGrid)) as Uint8Array | Uint16Array;
  const device = uploadVolume(backend, 'registration/labels', moving);
  await withDevice(backend, warp, async (onDevice) => {
    const [ni, nj] = targetGrid.sizeIjk;
    for (const { part, firstSlice, box } of slabs(targetGrid, wholeBox(targetGrid.sizeIjk))) {
      const there = withField(backend, onDevice, part, inSlab(box, firstSlice), (field) =>
        resampleLabels(backend, {
          source: device,
          sourceGrid: inFixedSpace(moving.grid, warp.movingOfFixed),
          targetGrid: part,
          ...field,
        }),
      );
      const labels = await backend.read(there.chunks[0]);
      voxels.set(viewVoxels(type, labels, 0, voxelCount(part)) as Uint8Array | Uint16Array, box.lowIjk[2] * ni * nj);
      releaseVolume(backend, there);
    }
  }).finally(() => releaseVolume(backend, device));
  return { grid: targetGrid, type, voxels, rescale: uniformRescale(targetGrid.sizeIjk[2], 1, 0), modality, unit };
}

/**
 * A mask of the moving image on a fixed grid or a box of it: where half of the trilinear weight is inside. With `needed`, a
 * bit for each voxel of the box, only what lies around those; the rest is empty.
 */
export async function warpMask(
  backend: Backend,
  moving: GridMask,
  warp: Warp,
  targetGrid: Grid,
  targetBox = wholeBox(targetGrid.sizeIjk),
  needed?: Mask,
): Promise<Mask> {
  const { lowIjk, sizeIjk } = targetBox;
  const mask = createMask(sizeIjk);
  await withDevice(backend, warp, async (there) => {
    // As many slices at a time as keep the displacements small.
    const thick = slabSlices({ ...targetGrid, sizeIjk });
    for (let k = 0; k < sizeIjk[2]; k += thick) {
      const slices: VoxelBox = {
        lowIjk: [lowIjk[0], lowIjk[1], lowIjk[2] + k],
        sizeIjk: [sizeIjk[0], sizeIjk[1], Math.min(thick, sizeIjk[2] - k)],
      };
      for (const box of narrowed(slices, targetBox, needed)) {
        const bits = warpBits(backend, moving, there, targetGrid, box);
        putWords(mask, targetBox, new Uint32Array(await backend.read(bits)), box);
        backend.release(bits);
      }
    }
  });
  return mask;
}

/** Puts the words of a box into the mask of a larger one; both begin at a whole word of the mask's rows. */
function putWords(
  { sizeIjk, wordsPerRow: perRow, words }: Mask,
  outer: VoxelBox,
  found: Uint32Array,
  box: VoxelBox,
): void {
  const [i, j, k] = ([0, 1, 2] as const).map((d) => box.lowIjk[d] - outer.lowIjk[d]);
  const foundPerRow = wordsPerRow(box.sizeIjk[0]);
  for (let slice = 0, from = 0; slice < box.sizeIjk[2]; slice++)
    for (let row = 0; row < box.sizeIjk[1]; row++, from += foundPerRow)
      words.set(found.subarray(from, from + foundPerRow), ((k + slice) * sizeIjk[1] + j + row) * perRow + i / 32);
}
