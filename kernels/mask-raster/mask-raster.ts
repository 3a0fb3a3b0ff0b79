import { type Backend, type DeviceBuffer } from '@efface/compute';
import { allocateShared, dot, type Grid, length, normalize, scale, type Vec3, wordsPerRow } from '@efface/volume';
import { rasterIntervals } from './raster-intervals.ts';
import { ABOVE_ZERO, fillRowIntervals, type IndexSlab, slabOfGrid } from './row-intervals.ts';

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
 * A box in the patient: points p with −h ≤ (p − centreLps)·axis < h for each of the three axes and its half-extent h.
 * Half-open, so that boxes which share a face share no voxel and leave none out.
 */
export interface OrientedBox {
  /** LPS, mm. */
  readonly centreLps: Vec3;
  /** Directions of the edges, LPS, any length but 0, perpendicular to each other. */
  readonly axesLps: readonly [Vec3, Vec3, Vec3];
  /** Half of the edge lengths along the three axes, mm, ≥ 0; a box with a 0 holds nothing. */
  readonly halfExtentsMm: Vec3;
}

/** What to rasterise: several boxes, all of them or what they have in common. */
export interface BoxesRequest {
  readonly grid: Grid;
  readonly boxes: readonly OrientedBox[];
  /** Default 'union'. */
  readonly combine?: 'union' | 'intersection';
}

/** Largest |cos| between axes of a box: what six written decimals of direction cosines can leave. */
const MAX_AXIS_COSINE = 1e-5;

/** Mask of the union of regions, each the common part of its slabs. */
function rasterRegions(
  backend: Backend,
  label: string,
  grid: Grid,
  regions: readonly (readonly IndexSlab[])[],
): DeviceBuffer {
  const [ni, nj, nk] = grid.sizeIjk;
  const rows = nj * nk;
  const perRow = wordsPerRow(ni);
  const intervalsPerRow = regions.length;
  // Shared memory is what a CPU backend takes without a copy.
  const table = new Uint32Array(allocateShared(8 * rows * intervalsPerRow));
  regions.forEach((slabs, n) => fillRowIntervals(grid.sizeIjk, slabs, table, intervalsPerRow, n));
  const intervals = backend.createBuffer(`${label}/intervals`, table.byteLength, table);
  const dst = backend.createBuffer(label, 4 * perRow * rows);
  backend.dispatch(rasterIntervals, {
    params: { rows, wordsPerRow: perRow, intervalsPerRow },
    buffers: { intervals, dst },
  });
  backend.release(intervals);
  return dst;
}

/**
 * Mask of the voxels whose centre lies in all of the open half-spaces; those on a plane stay out. Along a row the left
 * side of the inequality is linear in i, so the host decides in f64 where the row enters and leaves: the same bytes on
 * all backends. The caller owns the buffer. Throws RangeError without a half-space.
 */
export function rasterHalfSpaces(backend: Backend, { grid, halfSpaces }: HalfSpacesRequest): DeviceBuffer {
  if (halfSpaces.length === 0) throw new RangeError('a region needs one half-space at least');
  const slabs = halfSpaces.map(({ pointLps, normalLps }) =>
    slabOfGrid(grid, pointLps, normalize(normalLps), ABOVE_ZERO, Infinity),
  );
  return rasterRegions(backend, 'half-spaces', grid, [slabs]);
}

/** The three slabs whose common part is the box. Throws RangeError for what is no box. */
function slabsOfBox(grid: Grid, { centreLps, axesLps, halfExtentsMm }: OrientedBox): IndexSlab[] {
  const units = axesLps.map((axis) => {
    if (!(length(axis) > 0 && length(axis) < Infinity)) throw new RangeError('an axis of a box has no direction');
    return scale(axis, 1 / length(axis));
  });
  for (let n = 0; n < 3; n++) {
    const cosine = dot(units[n], units[(n + 1) % 3]);
    if (!(Math.abs(cosine) <= MAX_AXIS_COSINE))
      throw new RangeError(`the axes of a box are perpendicular; two of these have a cosine of ${cosine}`);
    if (!(halfExtentsMm[n] >= 0)) throw new RangeError(`a half-extent of a box cannot be ${halfExtentsMm[n]} mm`);
    if (!Number.isFinite(centreLps[n])) throw new RangeError('the centre of a box is not finite');
  }
  return units.map((unit, n) => slabOfGrid(grid, centreLps, unit, -halfExtentsMm[n], halfExtentsMm[n]));
}

/**
 * Mask of the voxels whose centre lies in one of the boxes, or in all of them with `combine: 'intersection'`. Decided in
 * f64 per row on the host as in `rasterHalfSpaces`: the same bytes on all backends. The caller owns the buffer. Throws
 * RangeError without a box, and for axes that are not perpendicular or extents that are negative.
 */
export function rasterBoxes(backend: Backend, { grid, boxes, combine = 'union' }: BoxesRequest): DeviceBuffer {
  if (boxes.length === 0) throw new RangeError('a region needs one box at least');
  const slabs = boxes.map((box) => slabsOfBox(grid, box));
  return rasterRegions(backend, 'boxes', grid, combine === 'union' ? slabs : [slabs.flat()]);
}
