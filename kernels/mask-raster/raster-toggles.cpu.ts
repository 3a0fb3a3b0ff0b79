import { type CpuKernel } from '@efface/compute';
import { type RasterTogglesBinding, type RasterTogglesParams } from './raster-toggles.gen.ts';

const REGION_BITS = 5;

/** Rows with more toggles are sorted by the library, others by insertion. */
const INSERTION_SORT_UP_TO = 64;

/** Shorter runs are written by a loop: a call costs as much. */
const FILL_FROM = 32;

/** Sets the first n entries to the toggles from `first` on, in order. */
function sortToggles(toggles: Uint32Array, first: number, n: number, sorted: Uint32Array): void {
  if (n > INSERTION_SORT_UP_TO) {
    for (let t = 0; t < n; t++) sorted[t] = toggles[first + t];
    sorted.subarray(0, n).sort();
    return;
  }
  for (let t = 0; t < n; t++) {
    const value = toggles[first + t];
    let q = t;
    for (; q > 0 && sorted[q - 1] > value; q--) sorted[q] = sorted[q - 1];
    sorted[q] = value;
  }
}

function mostToggles(rowStart: Uint32Array, begin: number, end: number): number {
  let most = 0;
  for (let row = begin; row < end; row++) most = Math.max(most, rowStart[row + 1] - rowStart[row]);
  return most;
}

function rasterTogglesMain(
  { sizeI }: RasterTogglesParams,
  rowStart: Uint32Array,
  toggles: Uint32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  const sorted = new Uint32Array(mostToggles(rowStart, begin, end));
  // Everything before `index` is written. Voxels of no region wait for the next toggle, in this row or a later one.
  let index = begin * sizeI;
  for (let row = begin; row < end; row++) {
    const first = rowStart[row];
    const n = rowStart[row + 1] - first;
    sortToggles(toggles, first, n, sorted);
    // The states between toggles, in the order of memory: each voxel is written once.
    const base = row * sizeI;
    let state = 0;
    for (let t = 0; t < n; t++) {
      const stop = base + (sorted[t] >>> REGION_BITS);
      if (stop - index > FILL_FROM) {
        dst.fill(state, index, stop);
        index = stop;
      }
      while (index < stop) dst[index++] = state;
      state ^= 1 << (sorted[t] & 31);
    }
    if (state === 0) continue;
    dst.fill(state, index, base + sizeI);
    index = base + sizeI;
  }
  dst.fill(0, index, end * sizeI);
}

/** Units are rows. */
export const rasterTogglesCpu: CpuKernel<RasterTogglesParams, RasterTogglesBinding> = {
  units: ({ rows }) => rows,
  run: ({ params, buffers: { rowStart, toggles, dst }, begin, end }) =>
    rasterTogglesMain(params, rowStart.u32, toggles.u32, dst.u32, begin, end),
};
