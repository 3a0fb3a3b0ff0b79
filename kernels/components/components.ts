import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { maskNot } from '../mask-logic/mask-logic.ts';
import { labelCount } from './label-count.ts';
import { labelFlatten } from './label-flatten.ts';
import { labelInit } from './label-init.ts';
import { labelMerge } from './label-merge.ts';
import { labelSelect } from './label-select.ts';

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
  /** It has a voxel on the border of the grid. */
  readonly touchesBorder: boolean;
}

/** Offsets (i, j, k, 0) of one of each pair of opposite neighbours; axes listed in `flatAxes` are not crossed. */
function halfNeighbourhood(connectivity: Connectivity, flatAxes: readonly number[]): Int32Array {
  const reach = { 6: 1, 18: 2, 26: 3 }[connectivity];
  const offsets: number[] = [];
  for (let dk = -1; dk <= 0; dk++) {
    for (let dj = -1; dj <= 1; dj++) {
      for (let di = -1; di <= 1; di++) {
        const offset = [di, dj, dk];
        const isFirstHalf = dk < 0 || dj < 0 || (dj === 0 && di < 0);
        const distance = Math.abs(di) + Math.abs(dj) + Math.abs(dk);
        if (!isFirstHalf || distance > reach || flatAxes.some((axis) => offset[axis] !== 0)) continue;
        offsets.push(di, dj, dk, 0);
      }
    }
  }
  return Int32Array.from(offsets);
}

function labelsOf(
  backend: Backend,
  { mask, sizeIjk, connectivity }: ComponentsRequest,
  flatAxes: readonly number[],
): DeviceBuffer {
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  const table = halfNeighbourhood(connectivity, flatAxes);
  const neighbours = backend.createBuffer('components/neighbours', table.byteLength, table);
  const labels = backend.createBuffer('components/labels', 4 * count);
  backend.dispatch(labelInit, { params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]) }, buffers: { mask, labels } });
  backend.dispatch(labelMerge, {
    params: { sizeIjk, neighbourCount: table.length / 4 },
    buffers: { neighbours, labels },
  });
  backend.dispatch(labelFlatten, { params: { count }, buffers: { labels } });
  backend.release(neighbours);
  return labels;
}

/**
 * Connected components: a u32 per voxel (i fastest), 0 outside the mask, else 1 + the index of the component's first
 * voxel. The caller owns the buffer.
 */
export function components(backend: Backend, request: ComponentsRequest): { readonly labels: DeviceBuffer } {
  return { labels: labelsOf(backend, request, []) };
}

interface Tables {
  readonly sizes: DeviceBuffer;
  readonly touches: DeviceBuffer;
}

function countLabels(backend: Backend, labels: DeviceBuffer, sizeIjk: Vec3, borderAxes: number): Tables {
  const sizes = backend.createBuffer('components/sizes', labels.sizeBytes);
  const touches = backend.createBuffer('components/touches', labels.sizeBytes);
  backend.dispatch(labelCount, { params: { sizeIjk, borderAxes }, buffers: { labels, sizes, touches } });
  return { sizes, touches };
}

function selectLabels(backend: Backend, labels: DeviceBuffer, chosen: DeviceBuffer, sizeIjk: Vec3): DeviceBuffer {
  const perRow = wordsPerRow(sizeIjk[0]);
  const dst = backend.createBuffer('components/selected', 4 * perRow * sizeIjk[1] * sizeIjk[2]);
  backend.dispatch(labelSelect, { params: { sizeIjk, wordsPerRow: perRow }, buffers: { labels, chosen, dst } });
  return dst;
}

/** All components of labels made by `components`, largest first, then by label. */
export async function componentSizes(
  backend: Backend,
  { labels, sizeIjk }: { readonly labels: DeviceBuffer; readonly sizeIjk: Vec3 },
): Promise<Component[]> {
  const { sizes, touches } = countLabels(backend, labels, sizeIjk, 0b111);
  const counts = new Uint32Array(await backend.read(sizes));
  const borders = new Uint32Array(await backend.read(touches));
  backend.release(sizes);
  backend.release(touches);
  const found: Component[] = [];
  counts.forEach((nVoxels, n) => {
    if (nVoxels > 0) found.push({ label: n + 1, nVoxels, touchesBorder: borders[n] === 1 });
  });
  return found.sort((a, b) => b.nVoxels - a.nVoxels || a.label - b.label);
}

/** Mask of the chosen components of labels made by `components`. The caller owns the buffer. */
export function selectComponents(
  backend: Backend,
  {
    labels,
    sizeIjk,
    chosen,
  }: { readonly labels: DeviceBuffer; readonly sizeIjk: Vec3; readonly chosen: readonly number[] },
): DeviceBuffer {
  const table = new Uint32Array(labels.sizeBytes / 4);
  for (const label of chosen) table[label - 1] = 1;
  const flags = backend.createBuffer('components/chosen', table.byteLength, table);
  const dst = selectLabels(backend, labels, flags, sizeIjk);
  backend.release(flags);
  return dst;
}

/** Mask of the component with the most voxels (of equals the one that comes first); empty for an empty mask. */
export async function largestComponent(backend: Backend, request: ComponentsRequest): Promise<DeviceBuffer> {
  const { labels } = components(backend, request);
  const [largest] = await componentSizes(backend, { labels, sizeIjk: request.sizeIjk });
  const dst = selectComponents(backend, { labels, sizeIjk: request.sizeIjk, chosen: largest ? [largest.label] : [] });
  backend.release(labels);
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
  const borderAxes = [0, 1, 2].filter((axis) => !flatAxes.includes(axis)).reduce((bits, axis) => bits | (1 << axis), 0);
  const background = maskNot(backend, mask, sizeIjk);
  const labels = labelsOf(backend, { mask: background, sizeIjk, connectivity: 6 }, flatAxes);
  const { sizes, touches } = countLabels(backend, labels, sizeIjk, borderAxes);
  const open = selectLabels(backend, labels, touches, sizeIjk);
  // What is background but not open to the border is a hole; the filled mask is everything but the open background.
  const dst = maskNot(backend, open, sizeIjk);
  for (const buffer of [background, labels, sizes, touches, open]) backend.release(buffer);
  return dst;
}
