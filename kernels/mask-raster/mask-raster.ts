import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Affine, dot, type Grid, normalize, type Vec3, wordsPerRow } from '@efface/volume';
import { rasterIntervals } from './raster-intervals.ts';

/** An open half of patient space: points p with (p − pointLps)·normalLps > 0. */
export interface HalfSpace {
  /** A point of the plane, LPS mm. */
  readonly pointLps: Vec3;
  /** Normal, LPS, any length but 0, pointing into the half-space. */
  readonly normalLps: Vec3;
}

/** What to rasterise: the common part of some half-spaces. */
export interface HalfSpacesRequest {
  readonly grid: Grid;
  readonly halfSpaces: readonly HalfSpace[];
}

/**
 * First and past-the-last voxel of every row whose centre p fulfils (p − point)·normal > 0; `[0, 0)` when none does.
 * Along a row the left side is linear in i, so the set is one interval at an end of the row; it is decided in f64 once,
 * for all backends. Rows in order of j, then k.
 */
export function halfSpaceIntervals(grid: Grid, { pointLps, normalLps }: HalfSpace): Uint32Array {
  const [ni, nj, nk] = grid.sizeIjk;
  const m: Affine = grid.affineIjkToLps;
  const n = normalize(normalLps);
  const [a, b, c] = [0, 1, 2].map((axis) => n[0] * m[axis] + n[1] * m[4 + axis] + n[2] * m[8 + axis]);
  const d = dot(n, [m[3] - pointLps[0], m[7] - pointLps[1], m[11] - pointLps[2]]);
  const intervals = new Uint32Array(2 * nj * nk);
  for (let k = 0, row = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++, row++) {
      const atZero = b * j + c * k + d;
      // The division only guesses; the voxels beside the guess decide by the defining inequality itself.
      let edge = a === 0 ? 0 : Math.min(ni, Math.max(0, Math.floor(-atZero / a)));
      if (a > 0) {
        while (edge > 0 && a * (edge - 1) + atZero > 0) edge--;
        while (edge < ni && !(a * edge + atZero > 0)) edge++;
        intervals.set([edge, ni], 2 * row);
      } else if (a < 0) {
        while (edge < ni && a * edge + atZero > 0) edge++;
        while (edge > 0 && !(a * (edge - 1) + atZero > 0)) edge--;
        intervals.set([0, edge], 2 * row);
      } else if (atZero > 0) intervals.set([0, ni], 2 * row);
    }
  }
  return intervals;
}

/** Common part of two interval tables, in place in the first. Empty intervals become [0, 0). */
function intersectIntervals(intervals: Uint32Array, others: Uint32Array): void {
  for (let n = 0; n < intervals.length; n += 2) {
    const first = Math.max(intervals[n], others[n]);
    const last = Math.min(intervals[n + 1], others[n + 1]);
    intervals[n] = first < last ? first : 0;
    intervals[n + 1] = first < last ? last : 0;
  }
}

/**
 * Mask of the voxels whose centre lies in all of the open half-spaces; those on a plane stay out. The caller owns the
 * buffer. Throws RangeError without a half-space.
 */
export function rasterHalfSpaces(backend: Backend, { grid, halfSpaces }: HalfSpacesRequest): DeviceBuffer {
  if (halfSpaces.length === 0) throw new RangeError('a region needs one half-space at least');
  const [ni, nj, nk] = grid.sizeIjk;
  const perRow = wordsPerRow(ni);
  const [table, ...others] = halfSpaces.map((halfSpace) => halfSpaceIntervals(grid, halfSpace));
  for (const other of others) intersectIntervals(table, other);
  const intervals = backend.createBuffer('half-spaces/intervals', table.byteLength, table);
  const dst = backend.createBuffer('half-spaces', 4 * perRow * nj * nk);
  backend.dispatch(rasterIntervals, { params: { rows: nj * nk, wordsPerRow: perRow }, buffers: { intervals, dst } });
  backend.release(intervals);
  return dst;
}
