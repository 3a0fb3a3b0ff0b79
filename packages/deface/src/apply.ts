import { type Backend, type DeviceBuffer, releaseVolume, uploadVolume } from '@efface/compute';
import { maskCount, maskLogic, rasterHalfSpaces, resampleMask, threshold } from '@efface/kernels';
import {
  type Grid, type GridMask, type Mask, sameGrid, type Volume, wordsPerRow,
} from '@efface/volume'; // prettier-ignore
import { type FacePlan } from './plan.ts';

/** The voxels of one image that a plan alters, and what was asked for but kept. */
export interface PlannedMask {
  /** 1 = altered, on the image's grid. */
  readonly mask: Mask;
  /** Voxels inside the region that stay because they are kept out or hold no measurement (padding). */
  readonly keptBack: Mask | undefined;
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
  return region.kind === 'half-spaces'
    ? rasterHalfSpaces(backend, { grid, halfSpaces: region.halfSpaces })
    : maskOnGrid(backend, 'deface/region', region.voxels, grid);
}

/**
 * Number of voxels of `part`, on its own grid, that a plan alters. The part's grid is where it was found: bringing it to
 * a finer image would count the same thing at a higher price.
 */
export async function countInRegion(backend: Backend, plan: FacePlan, part: GridMask): Promise<number> {
  const { sizeIjk } = part.grid;
  const region = regionOnGrid(backend, plan, part.grid);
  const own = uploadMask(backend, 'deface/part', part.mask);
  let inside = maskLogic(backend, { a: region, b: own, sizeIjk, operation: 'and' });
  backend.release(region);
  backend.release(own);
  if (plan.keepOut) {
    const keepOut = maskOnGrid(backend, 'deface/keep-out', plan.keepOut, part.grid);
    const left = maskLogic(backend, { a: inside, b: keepOut, sizeIjk, operation: 'andNot' });
    backend.release(inside);
    backend.release(keepOut);
    inside = left;
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
  const { keepOut } = plan;
  const wanted = regionOnGrid(backend, plan, grid);
  const kept: DeviceBuffer[] = [];
  if (keepOut) kept.push(maskOnGrid(backend, 'deface/keep-out', keepOut, grid));
  if (volume.paddingRange) {
    const device = uploadVolume(backend, 'deface/volume', volume);
    const [low, high] = volume.paddingRange;
    kept.push(threshold(backend, { volume: device, low, high }));
    releaseVolume(backend, device);
  }
  let altered = wanted;
  let keptBack: DeviceBuffer | undefined;
  for (const stay of kept) {
    const next = maskLogic(backend, { a: altered, b: stay, sizeIjk: grid.sizeIjk, operation: 'andNot' });
    if (altered !== wanted) backend.release(altered);
    altered = next;
    backend.release(stay);
  }
  if (altered !== wanted)
    keptBack = maskLogic(backend, { a: wanted, b: altered, sizeIjk: grid.sizeIjk, operation: 'andNot' });
  const planned = {
    mask: await readMask(backend, altered, grid),
    keptBack: keptBack && (await readMask(backend, keptBack, grid)),
  };
  for (const buffer of new Set([wanted, altered, keptBack])) if (buffer) backend.release(buffer);
  await backend.flush();
  return planned;
}
