import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Affine, dot, type Grid, normalize, type Vec3, wordsPerRow } from '@efface/volume';
import { rasterIntervals } from './raster-intervals.ts';

/** A half-space of patient space to rasterise. */
export interface HalfSpaceRequest {
  readonly grid: Grid;
  /** A point of the plane, LPS mm. */
  readonly pointLps: Vec3;
  /** Normal, LPS, any length but 0, pointing into the half-space. */
  readonly normalLps: Vec3;
}

/**
 * First and past-the-last voxel of every row whose centre p fulfils (p − point)·normal > 0; `[0, 0)` when none does.
 * Along a row the left side is linear in i, so the set is one interval at an end of the row; it is decided in f64 once,
 * for all backends. Rows in order of j, then k.
 */
export function halfSpaceIntervals({ grid, pointLps, normalLps }: HalfSpaceRequest): Uint32Array {
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

/** Mask of the voxels whose centre lies in the open half-space; those on the plane stay out. The caller owns the buffer. */
export function rasterHalfSpace(backend: Backend, request: HalfSpaceRequest): DeviceBuffer {
  const [ni, nj, nk] = request.grid.sizeIjk;
  const perRow = wordsPerRow(ni);
  const table = halfSpaceIntervals(request);
  const intervals = backend.createBuffer('half-space/intervals', table.byteLength, table);
  const dst = backend.createBuffer('half-space', 4 * perRow * nj * nk);
  backend.dispatch(rasterIntervals, { params: { rows: nj * nk, wordsPerRow: perRow }, buffers: { intervals, dst } });
  backend.release(intervals);
  return dst;
}
