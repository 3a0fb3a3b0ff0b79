import { type Backend, type DeviceBuffer, deviceVolumeFromF32, releaseVolume, uploadVolume } from '@efface/compute';
import { resample, resampleLabels, sampleField, threshold } from '@efface/kernels';
import {
  type Affine, allocateVoxels, compose, type Grid, type GridMask, invert, maskToBytes, sameGrid, type Vec3, type Volume, voxelCount,
  uniformRescale, viewVoxels, wordsPerRow,
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

/** The displacements at the voxels of another grid; the caller releases what is not the field's own. */
function fieldOn(backend: Backend, field: DeviceField | undefined, grid: Grid): DeviceBuffer | undefined {
  if (field === undefined) return undefined;
  if (sameGrid(field.grid, grid)) return field.displacementMm;
  return sampleField(backend, { source: field.displacementMm, sourceGrid: field.grid, targetGrid: grid });
}

/** Runs `work` with the displacements of a grid. */
function withField<T>(
  backend: Backend,
  { field }: DeviceWarp,
  grid: Grid,
  work: (displacementMm: { readonly displacementMm?: DeviceBuffer }) => T,
): T {
  const there = fieldOn(backend, field, grid);
  const result = work(there === undefined ? {} : { displacementMm: there });
  if (there !== undefined && there !== field?.displacementMm) backend.release(there);
  return result;
}

/** A mask of the moving image on a fixed grid, bits: where half of the trilinear weight is inside. The caller owns it. */
export function warpBits(backend: Backend, { grid, mask }: GridMask, warp: DeviceWarp, targetGrid: Grid): DeviceBuffer {
  const bytes = maskToBytes(mask);
  const [ni, nj, nk] = mask.sizeIjk;
  const buffer = backend.createBuffer('registration/mask-bytes', 4 * Math.ceil((ni * nj * nk) / 4), new Uint8Array(bytes.buffer)); // prettier-ignore
  const share = withField(backend, warp, targetGrid, (field) =>
    resample(backend, {
      source: { sizeIjk: mask.sizeIjk, format: 'u8', chunks: [buffer], chunkWords: 0xffffffff },
      sourceGrid: inFixedSpace(grid, warp.movingOfFixed),
      targetGrid,
      rescale: uniformRescale(nk, 1, 0),
      interpolation: 'trilinear',
      outsideValue: 0,
      ...field,
    }),
  );
  const bits = threshold(backend, { volume: deviceVolumeFromF32(share, targetGrid.sizeIjk), low: 0.5, high: Infinity });
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

function* slabs(grid: Grid): Generator<{ readonly part: Grid; readonly first: number }> {
  const slice = grid.sizeIjk[0] * grid.sizeIjk[1];
  const thick = Math.max(1, Math.floor(SLAB_VOXELS / slice));
  for (let k = 0; k < grid.sizeIjk[2]; k += thick)
    yield { part: slab(grid, k, Math.min(grid.sizeIjk[2], k + thick)), first: k * slice };
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
  { outsideValue, tapsPerAxis }: WarpVolumeOptions,
): Promise<Volume> {
  const voxels = allocateVoxels('f32', voxelCount(targetGrid)) as Float32Array;
  const device = uploadVolume(backend, 'registration/moving', moving);
  await withDevice(backend, warp, async (there) => {
    for (const { part, first } of slabs(targetGrid)) {
      const values = withField(backend, there, part, (field) =>
        resample(backend, {
          source: device,
          sourceGrid: inFixedSpace(moving.grid, warp.movingOfFixed),
          targetGrid: part,
          rescale: moving.rescale,
          interpolation: 'trilinear',
          outsideValue,
          ...(tapsPerAxis ? { tapsPerAxis } : {}),
          ...field,
        }),
      );
      voxels.set(new Float32Array(await backend.read(values), 0, voxelCount(part)), first);
      backend.release(values);
    }
  }).finally(() => releaseVolume(backend, device));
  const { modality, unit } = moving;
  return { grid: targetGrid, type: 'f32', voxels, rescale: uniformRescale(targetGrid.sizeIjk[2], 1, 0), modality, unit }; // prettier-ignore
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
    for (const { part, first } of slabs(targetGrid)) {
      const there = withField(backend, onDevice, part, (field) =>
        resampleLabels(backend, {
          source: device,
          sourceGrid: inFixedSpace(moving.grid, warp.movingOfFixed),
          targetGrid: part,
          ...field,
        }),
      );
      const labels = await backend.read(there.chunks[0]);
      voxels.set(viewVoxels(type, labels, 0, voxelCount(part)) as Uint8Array | Uint16Array, first);
      releaseVolume(backend, there);
    }
  }).finally(() => releaseVolume(backend, device));
  return { grid: targetGrid, type, voxels, rescale: uniformRescale(targetGrid.sizeIjk[2], 1, 0), modality, unit };
}

/** A mask of the moving image on a fixed grid: where half of the trilinear weight is inside. */
export async function warpMask(backend: Backend, moving: GridMask, warp: Warp, targetGrid: Grid): Promise<GridMask> {
  const words = await withDevice(backend, warp, async (there) => {
    const bits = warpBits(backend, moving, there, targetGrid);
    const read = new Uint32Array(await backend.read(bits));
    backend.release(bits);
    return read;
  });
  const { sizeIjk } = targetGrid;
  return { grid: targetGrid, mask: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), words } };
}
