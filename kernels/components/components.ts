import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { maskNot } from '../mask-logic/mask-logic.ts';
import { runCount } from './run-count.ts';
import { runFlatten } from './run-flatten.ts';
import { runInit } from './run-init.ts';
import { labelOfSlot } from './run-labels.cpu.ts';
import { runLabels } from './run-labels.ts';
import { runLargest } from './run-largest.ts';
import { runMerge } from './run-merge.ts';
import { runSelect } from './run-select.ts';
import { slotCount } from './runs.cpu.ts';

/** Neighbours that belong together: sharing a face (6), an edge (18) or a corner (26). */
export type Connectivity = 6 | 18 | 26;

/** A mask to take apart. */
export interface ComponentsRequest {
  readonly mask: DeviceBuffer;
  readonly sizeIjk: Vec3;
  readonly connectivity: Connectivity;
}

/** One component. */
export interface Component {
  /** 1 + index (i fastest) of its first voxel. */
  readonly label: number;
  readonly nVoxels: number;
}

/**
 * The neighbouring rows that come before a row, as (dj, dk, reach, 0): runs belong together when they come within
 * `reach` voxels of overlapping. Axes in `flatAxes` are not crossed.
 */
function neighbourRows(connectivity: Connectivity, flatAxes: readonly number[]): Int32Array {
  const reach = { 6: 1, 18: 2, 26: 3 }[connectivity];
  const rows: number[] = [];
  for (const [dj, dk] of [
    [-1, 0],
    [0, -1],
    [-1, -1],
    [1, -1],
  ]) {
    // prettier-ignore
    const left = reach - Math.abs(dj) - Math.abs(dk);
    if (left < 0 || (dj !== 0 && flatAxes.includes(1)) || (dk !== 0 && flatAxes.includes(2))) continue;
    rows.push(dj, dk, Math.min(1, left), 0);
  }
  return Int32Array.from(rows);
}

/** A mask with the root of each of its runs, flattened. */
interface Forest {
  readonly mask: DeviceBuffer;
  readonly roots: DeviceBuffer;
  readonly slots: number;
  readonly params: { readonly sizeIjk: Vec3; readonly wordsPerRow: number };
  readonly constants: { readonly SLOT_SHIFT: number };
}

/** Options of a forest: axes that are not crossed, and axes whose border planes belong to the outside, slot 0. */
interface ForestOptions {
  readonly flatAxes?: readonly number[];
  readonly borderAxes?: readonly number[];
}

/** The caller releases `roots`. */
function forestOf(
  backend: Backend,
  { mask, sizeIjk, connectivity }: ComponentsRequest,
  { flatAxes = [], borderAxes = [] }: ForestOptions = {},
): Forest {
  const constants = { SLOT_SHIFT: flatAxes.includes(0) ? 0 : 1 };
  const params = { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]) };
  const slots = slotCount(sizeIjk[0], sizeIjk[1] * sizeIjk[2], constants.SLOT_SHIFT);
  const table = neighbourRows(connectivity, flatAxes);
  const neighbours = backend.createBuffer('components/neighbours', table.byteLength, table);
  const roots = backend.createBuffer('components/roots', 4 * slots);
  const borderBits = borderAxes.reduce((bits, axis) => bits | (1 << axis), 0);
  backend.dispatch(runInit, {
    params: { ...params, borderAxes: borderBits },
    constants,
    buffers: { mask, parents: roots },
  });
  backend.dispatch(runMerge, {
    params: { ...params, neighbourCount: table.length / 4 },
    constants,
    buffers: { neighbours, mask, parents: roots },
  });
  backend.dispatch(runFlatten, { params, constants, buffers: { mask, parents: roots } });
  backend.release(neighbours);
  return { mask, roots, slots, params, constants };
}

/**
 * Connected components: a u32 per voxel (i fastest), 0 outside the mask, else 1 + the index of the component's first
 * voxel. The caller owns the buffer.
 */
export function components(backend: Backend, request: ComponentsRequest): { readonly labels: DeviceBuffer } {
  const { mask, roots, params, constants } = forestOf(backend, request);
  const labels = backend.createBuffer('components/labels', 4 * request.sizeIjk.reduce((a, b) => a * b));
  backend.dispatch(runLabels, { params, constants, buffers: { mask, roots, labels } });
  backend.release(roots);
  return { labels };
}

/** Voxels of each component at the slot of its root. The caller owns the buffer. */
function countRuns(backend: Backend, { mask, roots, slots, params, constants }: Forest): DeviceBuffer {
  const sizes = backend.createBuffer('components/sizes', 4 * slots);
  backend.dispatch(runCount, { params, constants, buffers: { mask, roots, sizes } });
  return sizes;
}

/** Mask of the component whose root is `chosen[index]`. The caller owns the buffer. */
function selectRoot(
  backend: Backend,
  { mask, roots, params, constants }: Forest,
  chosen: DeviceBuffer,
  index: number,
): DeviceBuffer {
  const dst = backend.createBuffer('components/selected', mask.sizeBytes);
  backend.dispatch(runSelect, {
    params,
    constants: { ...constants, CHOSEN_INDEX: index },
    buffers: { mask, roots, chosen, dst },
  });
  return dst;
}

/** All components, largest first, of equals the one that comes first. */
export async function componentSizes(backend: Backend, request: ComponentsRequest): Promise<Component[]> {
  const forest = forestOf(backend, request);
  const sizes = countRuns(backend, forest);
  const counts = new Uint32Array(await backend.read(sizes));
  const words = new Uint32Array(await backend.read(request.mask));
  backend.release(forest.roots);
  backend.release(sizes);
  const found: Component[] = [];
  counts.forEach((nVoxels, slot) => {
    if (nVoxels > 0) found.push({ label: labelOfSlot(forest.params, words, slot), nVoxels });
  });
  return found.sort((a, b) => b.nVoxels - a.nVoxels || a.label - b.label);
}

/**
 * Mask of the component with the most voxels (of equals the one that comes first); empty for an empty mask. Nothing is
 * read back. The caller owns the buffer.
 */
export function largestComponent(backend: Backend, request: ComponentsRequest): DeviceBuffer {
  const forest = forestOf(backend, request);
  const sizes = countRuns(backend, forest);
  // Largest size, and the first slot that has it: none yet.
  const best = backend.createBuffer('components/best', 8, Uint32Array.of(0, 0xffffffff));
  for (const STAGE of [0, 1])
    backend.dispatch(runLargest, { params: { count: forest.slots }, constants: { STAGE }, buffers: { sizes, best } });
  const dst = selectRoot(backend, forest, best, 1);
  for (const buffer of [forest.roots, sizes, best]) backend.release(buffer);
  return dst;
}

/** What to fill. */
export interface FillHolesRequest {
  readonly mask: DeviceBuffer;
  readonly sizeIjk: Vec3;
  /** Holes are enclosed in space, or within every slice of constant i, j or k. */
  readonly mode: '3d' | 'slices-i' | 'slices-j' | 'slices-k';
}

/** The mask with its holes: background that is not face-connected to the border. The caller owns the result. */
export function fillHoles(backend: Backend, { mask, sizeIjk, mode }: FillHolesRequest): DeviceBuffer {
  const flatAxes = mode === '3d' ? [] : [{ 'slices-i': 0, 'slices-j': 1, 'slices-k': 2 }[mode]];
  const borderAxes = [0, 1, 2].filter((axis) => !flatAxes.includes(axis));
  const background = maskNot(backend, mask, sizeIjk);
  const forest = forestOf(backend, { mask: background, sizeIjk, connectivity: 6 }, { flatAxes, borderAxes });
  const outside = backend.createBuffer('components/outside', 4);
  const open = selectRoot(backend, forest, outside, 0);
  // Background that is not open to the border is a hole; the filled mask is everything but the open background.
  const dst = maskNot(backend, open, sizeIjk);
  for (const buffer of [background, forest.roots, outside, open]) backend.release(buffer);
  return dst;
}
