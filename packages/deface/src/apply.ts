import { type Backend, type DeviceBuffer, releaseVolume, uploadVolume } from '@efface/compute';
import { maskCount, maskLogic, rasterHalfSpaces, resampleMask, threshold } from '@efface/kernels';
import {
  type Grid,
  type GridMask,
  type Mask,
  sameGrid,
  type Volume,
  type VoxelArray,
  wordsPerRow,
} from '@efface/volume';
import { maskOfDepthLayers } from './depth-layer.ts';
import { fillReal, fillStoredPerK, storeReal } from './fill.ts';
import { type FacePlan, type KeepOut } from './plan.ts';

/** The voxels of one image that a plan alters, and how many it wanted to alter but may not. */
export interface PlannedMask {
  /** 1 = altered, on the image's grid. */
  readonly mask: Mask;
  /** Voxels inside the region that stay, by why. One that stays for two reasons counts for the first. */
  readonly keptBack: readonly KeptBack[];
}

/** Voxels that a plan wanted to alter and may not: near the brain, protected, or padding, which holds no measurement. */
export interface KeptBack {
  readonly what: KeepOut['what'] | 'padding';
  readonly name?: string;
  readonly nVoxels: number;
}

function uploadMask(backend: Backend, label: string, mask: Mask): DeviceBuffer {
  return backend.createBuffer(label, mask.words.byteLength, mask.words);
}

async function readMask(backend: Backend, buffer: DeviceBuffer, grid: Grid): Promise<Mask> {
  const perRow = wordsPerRow(grid.sizeIjk[0]);
  const bytes = await backend.read(buffer);
  const words = new Uint32Array(bytes, 0, perRow * grid.sizeIjk[1] * grid.sizeIjk[2]);
  return { sizeIjk: grid.sizeIjk, wordsPerRow: perRow, words };
}

/** A mask of another grid brought to `grid` (nearest voxel), on the device. */
function maskOnGrid(backend: Backend, label: string, source: GridMask, grid: Grid): DeviceBuffer {
  const uploaded = uploadMask(backend, label, source.mask);
  if (sameGrid(source.grid, grid)) return uploaded;
  const resampled = resampleMask(backend, { mask: uploaded, maskGrid: source.grid, targetGrid: grid });
  backend.release(uploaded);
  return resampled;
}

/** The region of a plan on any grid, on the device, nothing kept out yet. The caller owns the buffer. */
function regionOnGrid(backend: Backend, { region }: FacePlan, grid: Grid): DeviceBuffer {
  if (region.kind === 'voxels') return maskOnGrid(backend, 'deface/region', region.voxels, grid);
  if (region.kind === 'depth-layers')
    return uploadMask(backend, 'deface/region', maskOfDepthLayers(grid, region.layers));
  const { sizeIjk } = grid;
  const [first, ...others] = region.parts.map((halfSpaces) => rasterHalfSpaces(backend, { grid, halfSpaces }));
  return others.reduce(
    (a, b) => replaced(backend, [a, b], maskLogic(backend, { a, b, sizeIjk, operation: 'or' })),
    first,
  );
}

/** What came of buffers that are no longer needed. */
function replaced(backend: Backend, used: readonly DeviceBuffer[], result: DeviceBuffer): DeviceBuffer {
  for (const buffer of used) backend.release(buffer);
  return result;
}

/**
 * Number of voxels of `part`, on its own grid, that a plan alters. The part's grid is where it was found: bringing it to
 * a finer image would count the same thing at a higher price.
 */
export async function countInRegion(backend: Backend, plan: FacePlan, part: GridMask): Promise<number> {
  const { sizeIjk } = part.grid;
  const region = regionOnGrid(backend, plan, part.grid);
  const own = uploadMask(backend, 'deface/part', part.mask);
  const both = maskLogic(backend, { a: region, b: own, sizeIjk, operation: 'and' });
  let inside = replaced(backend, [region, own], both);
  for (const { voxels } of plan.keepOuts) {
    const keepOut = maskOnGrid(backend, 'deface/keep-out', voxels, part.grid);
    const left = maskLogic(backend, { a: inside, b: keepOut, sizeIjk, operation: 'andNot' });
    inside = replaced(backend, [inside, keepOut], left);
  }
  const count = await maskCount(backend, inside);
  backend.release(inside);
  return count;
}

/**
 * Brings a plan to the grid of one image: the region, without what is kept out, without padding. Works for every image
 * of the plan's frame of reference; `volume` gives grid and padding, its voxels are read only when it has padding.
 */
export async function maskOfPlan(backend: Backend, plan: FacePlan, volume: Volume): Promise<PlannedMask> {
  const { grid } = volume;
  const { sizeIjk } = grid;
  let altered = regionOnGrid(backend, plan, grid);
  const keptBack: KeptBack[] = [];
  const keep = async (why: Omit<KeptBack, 'nVoxels'>, stay: DeviceBuffer): Promise<void> => {
    const both = maskLogic(backend, { a: altered, b: stay, sizeIjk, operation: 'and' });
    const nVoxels = await maskCount(backend, both);
    if (nVoxels > 0) keptBack.push({ ...why, nVoxels });
    backend.release(both);
    const left = maskLogic(backend, { a: altered, b: stay, sizeIjk, operation: 'andNot' });
    altered = replaced(backend, [altered, stay], left);
  };
  for (const { voxels, ...why } of plan.keepOuts) await keep(why, maskOnGrid(backend, 'deface/keep-out', voxels, grid));
  if (volume.paddingRange) {
    const device = uploadVolume(backend, 'deface/volume', volume);
    const [low, high] = volume.paddingRange;
    await keep({ what: 'padding' }, threshold(backend, { volume: device, low, high }));
    releaseVolume(backend, device);
  }
  const mask = await readMask(backend, altered, grid);
  backend.release(altered);
  await backend.flush();
  return { mask, keptBack };
}

/** Values for the altered voxels of one image, as stored. */
export type ImageFill =
  | { readonly kind: 'constant'; readonly storedPerK: readonly Float64Array[] }
  | { readonly kind: 'voxels'; readonly voxels: readonly VoxelArray[] };

/** How one image is filled. */
export interface PlannedFill {
  readonly fill: ImageFill;
  /** The real value of a constant fill. */
  readonly fillReal?: number;
  /** Was a value beyond what the stored type can hold? Then the nearest was taken. */
  readonly clipped: boolean;
}

/**
 * The values of the altered voxels of one image.
 * @param frames of the image, on one grid
 * @param backgroundReal mode of the air outside of the head
 */
export async function fillOfPlan(
  backend: Backend,
  plan: FacePlan,
  frames: readonly Volume[],
  mask: Mask,
  backgroundReal: number,
): Promise<PlannedFill> {
  const { modality, unit } = frames[0];
  if (plan.fill.kind === 'background' || unit === 'Gy') {
    const real = fillReal(modality, unit, backgroundReal);
    const fills = frames.map((frame) => fillStoredPerK(frame, real));
    const storedPerK = fills.map((fill) => fill.storedPerK);
    return { fill: { kind: 'constant', storedPerK }, fillReal: real, clipped: fills.some((fill) => fill.clipped) };
  }
  const voxels: VoxelArray[] = [];
  let clipped = false;
  for (const frame of frames) {
    const painted = storeReal(frame, await plan.fill.paint(backend, frame, mask), mask);
    voxels.push(painted.voxels);
    clipped ||= painted.clipped;
  }
  return { fill: { kind: 'voxels', voxels }, clipped };
}
