import {
  add,
  cross,
  dot,
  type Grid,
  normalize,
  scale,
  stepLps,
  subtract,
  transformPoint,
  type Vec3,
} from '@efface/volume';

type Axis = 0 | 1 | 2;

/**
 * Plane of a contour, spanned by two axes of a grid: in-plane coordinates u, v are voxel indices along them, and the index
 * along the third axis is `at + perU·u + perV·v`.
 */
export interface ContourPlane {
  readonly axisU: Axis;
  readonly axisV: Axis;
  readonly axisThrough: Axis;
  /** On a slice of the grid: the whole index of the slice. */
  readonly at: number;
  readonly perU: number;
  readonly perV: number;
  /** Where u and v are 0. */
  readonly originLps: Vec3;
  /** The step in mm when u grows by one. */
  readonly stepULps: Vec3;
  readonly stepVLps: Vec3;
}

/** Points of a planar contour are this close to its plane, mm; the rasteriser of the kernels has the same limit. */
const PLANAR_TOLERANCE_MM = 0.1;

/** Farther from a tilted plane than half a voxel, a point lies on other voxels. */
const TILTED_TOLERANCE_VOXELS = 0.5;

/** Axes in the order in which they are tried: contours are nearly always drawn on stored slices. */
const THROUGH_ORDER = [2, 1, 0] as const;

/**
 * Plane of a closed contour; undefined when its points do not lie in one or span none. Planes parallel to slices of the
 * grid, along any of its axes, are taken to the nearest slice, the lower one halfway between two, as when contours are
 * drawn.
 */
export function planeOf(
  pointsLps: Float64Array,
  grid: Grid,
  affineLpsToIjk: readonly number[],
): ContourPlane | undefined {
  const ijk = new Float64Array(pointsLps.length);
  for (let n = 0; n < ijk.length; n += 3)
    ijk.set(transformPoint(affineLpsToIjk, [pointsLps[n], pointsLps[n + 1], pointsLps[n + 2]]), n);
  for (const through of THROUGH_ORDER) {
    let [low, high] = [Infinity, -Infinity];
    for (let n = through; n < ijk.length; n += 3) {
      low = Math.min(low, ijk[n]);
      high = Math.max(high, ijk[n]);
    }
    const gapMm = slicesAlong(grid, through).gapMm;
    if ((high - low) * gapMm <= 2 * Math.min(PLANAR_TOLERANCE_MM, 0.1 * gapMm))
      return slicePlane(grid, through, (low + high) / 2);
  }
  return tiltedPlane(ijk, grid);
}

/** Does the plane, where it is a slice, belong to the grid? */
export function isOnGrid({ axisThrough, at, perU, perV }: ContourPlane, { sizeIjk }: Grid): boolean {
  return perU !== 0 || perV !== 0 || (at >= 0 && at < sizeIjk[axisThrough]);
}

/** Equal for contours of one plane, to 0.01 mm. */
export function planeKey({ axisThrough, at, perU, perV, originLps }: ContourPlane): string {
  const slopes = [perU, perV].map((x) => x.toFixed(4));
  return [axisThrough, Math.round(at), ...slopes, ...originLps.map((mm) => mm.toFixed(2))].join(' ');
}

/** Two vectors whose dot products with a position relative to the plane's origin are its u and v. */
export function dualsOf({ stepULps: u, stepVLps: v }: ContourPlane): readonly [Vec3, Vec3] {
  const [uu, vv, uv] = [dot(u, u), dot(v, v), dot(u, v)];
  const det = uu * vv - uv * uv;
  return [subtract(scale(u, vv / det), scale(v, uv / det)), subtract(scale(v, uu / det), scale(u, uv / det))];
}

function slicesAlong(grid: Grid, through: Axis): { u: Axis; v: Axis; normal: Vec3; gapMm: number } {
  const [u, v] = ([0, 1, 2] as const).filter((axis) => axis !== through);
  const unit = normalize(cross(stepLps(grid, u), stepLps(grid, v)));
  const gapMm = dot(unit, stepLps(grid, through));
  return { u, v, normal: scale(unit, Math.sign(gapMm)), gapMm: Math.abs(gapMm) };
}

function slicePlane(grid: Grid, through: Axis, index: number): ContourPlane {
  const { u, v, normal, gapMm } = slicesAlong(grid, through);
  // The margin lets decimals that mean a half be one.
  const at = Math.ceil(index - 0.5 - 1e-6);
  const m = grid.affineIjkToLps;
  const onSlice = add([m[3], m[7], m[11]], scale(stepLps(grid, through), at));
  return {
    axisU: u,
    axisV: v,
    axisThrough: through,
    at,
    perU: 0,
    perV: 0,
    originLps: add(onSlice, scale(normal, (index - at) * gapMm)),
    stepULps: stepLps(grid, u),
    stepVLps: stepLps(grid, v),
  };
}

/** The plane through points given as voxel indices, by Newell's method; the axis nearest to its normal goes through it. */
function tiltedPlane(ijk: Float64Array, grid: Grid): ContourPlane | undefined {
  const count = ijk.length / 3;
  const first: Vec3 = [ijk[0], ijk[1], ijk[2]];
  let sum: Vec3 = [0, 0, 0];
  let middle: Vec3 = [0, 0, 0];
  const from = (n: number): Vec3 => [ijk[3 * n] - first[0], ijk[3 * n + 1] - first[1], ijk[3 * n + 2] - first[2]];
  for (let n = 0; n < count; n++) {
    middle = add(middle, scale(from(n), 1 / count));
    if (n + 1 < count) sum = add(sum, cross(from(n), from(n + 1)));
  }
  const size = sum.map(Math.abs);
  const through: Axis = size[2] >= size[0] && size[2] >= size[1] ? 2 : size[1] >= size[0] ? 1 : 0;
  if (!(size[through] > 0)) return undefined;
  const [u, v] = ([0, 1, 2] as const).filter((axis) => axis !== through);
  const perU = -sum[u] / sum[through];
  const perV = -sum[v] / sum[through];
  const centre = add(first, middle);
  const at = centre[through] - perU * centre[u] - perV * centre[v];
  for (let n = 0; n < ijk.length; n += 3) {
    const off = ijk[n + through] - (at + perU * ijk[n + u] + perV * ijk[n + v]);
    if (!(Math.abs(off) <= TILTED_TOLERANCE_VOXELS)) return undefined;
  }
  const m = grid.affineIjkToLps;
  const step = stepLps(grid, through);
  return {
    axisU: u,
    axisV: v,
    axisThrough: through,
    at,
    perU,
    perV,
    originLps: add([m[3], m[7], m[11]], scale(step, at)),
    stepULps: add(stepLps(grid, u), scale(step, perU)),
    stepVLps: add(stepLps(grid, v), scale(step, perV)),
  };
}
