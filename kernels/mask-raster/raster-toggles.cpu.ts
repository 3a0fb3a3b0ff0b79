import { type CpuKernel } from '@efface/compute';
import { type RasterTogglesBinding, type RasterTogglesParams } from './raster-toggles.gen.ts';

const REGION_BITS = 5;

/** Rows with more toggles are sorted by the library, others by insertion. */
const INSERTION_SORT_UP_TO = 64;

/** Sorts the first n entries. */
function sortFirst(values: Uint32Array, n: number): void {
  if (n > INSERTION_SORT_UP_TO) {
    values.subarray(0, n).sort();
    return;
  }
  for (let p = 1; p < n; p++) {
    const value = values[p];
    let q = p;
    for (; q > 0 && values[q - 1] > value; q--) values[q] = values[q - 1];
    values[q] = value;
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
  for (let row = begin; row < end; row++) {
    const first = rowStart[row];
    const n = rowStart[row + 1] - first;
    for (let t = 0; t < n; t++) sorted[t] = toggles[first + t];
    sortFirst(sorted, n);
    // The states between toggles, in the order of memory: each voxel is written once.
    const base = row * sizeI;
    let state = 0;
    let index = base;
    for (let t = 0; t < n; t++) {
      const stop = base + (sorted[t] >>> REGION_BITS);
      if (stop > index) dst.fill(state, index, stop);
      index = stop;
      state ^= 1 << (sorted[t] & 31);
    }
    dst.fill(state, index, base + sizeI);
  }
}

/** Units are rows. */
export const rasterTogglesCpu: CpuKernel<RasterTogglesParams, RasterTogglesBinding> = {
  units: ({ rows }) => rows,
  run: ({ params, buffers: { rowStart, toggles, dst }, begin, end }) =>
    rasterTogglesMain(params, rowStart.u32, toggles.u32, dst.u32, begin, end),
};
