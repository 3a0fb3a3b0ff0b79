import {
  add, cross, dot, type GridMask, ijkToLps, type Mask, normalize, scale, stepLps, type Vec3,
} from '@efface/volume'; // prettier-ignore
import { lowerHull, type Point2 } from './hull.ts';

/** Shortest hull edge that may carry the plane. Shorter ones are single voxels or blobs of a mask gone wrong. */
const MIN_EDGE_MM = 10;

/** Orthonormal directions of the head, LPS. */
export interface HeadAxes {
  readonly leftLps: Vec3;
  readonly posteriorLps: Vec3;
  readonly superiorLps: Vec3;
}

/** A cutting plane: what lies on the normal's side is removed. */
export interface CuttingPlane {
  readonly pointLps: Vec3;
  /** Unit normal, towards the face. */
  readonly normalLps: Vec3;
  /** Length of the hull edge that carries the plane, mm. */
  readonly edgeMm: number;
  /** Angle between the plane and the transverse plane of the head, degrees: 90 is coronal, 0 horizontal. */
  readonly pitchDegrees: number;
}

/**
 * First and last voxel of every row of a mask, projected along left-right: (posterior, superior) in mm. A row is a
 * segment and projects to one, so its ends carry the hull of all voxel centres, on oblique grids too.
 */
function rowEnds(brain: GridMask, axes: HeadAxes): Point2[] {
  const { grid, mask } = brain;
  const [, nj, nk] = mask.sizeIjk;
  const step: Point2 = [dot(stepLps(grid, 0), axes.posteriorLps), dot(stepLps(grid, 0), axes.superiorLps)];
  const points: Point2[] = [];
  for (let row = 0; row < nj * nk; row++) {
    const ends = rowExtent(mask, row);
    if (ends === undefined) continue;
    const start = ijkToLps(grid, [0, row % nj, Math.floor(row / nj)]);
    const base: Point2 = [dot(start, axes.posteriorLps), dot(start, axes.superiorLps)];
    for (const i of ends) points.push([base[0] + i * step[0], base[1] + i * step[1]]);
  }
  return points;
}

/** First and last set voxel of a row, or undefined when it is empty. */
function rowExtent(mask: Mask, row: number): readonly [number, number] | undefined {
  const base = row * mask.wordsPerRow;
  let first = -1;
  let last = -1;
  for (let w = 0; w < mask.wordsPerRow; w++) {
    const word = mask.words[base + w];
    if (word === 0) continue;
    if (first < 0) first = 32 * w + 31 - Math.clz32(word & -word);
    last = 32 * w + 31 - Math.clz32(word);
  }
  return first < 0 ? undefined : [first, last];
}

/**
 * The Quickshear plane in millimetres: the supporting line of the brain's silhouette at its lower-anterior edge,
 * extended left-right, moved `bufferMm` away from the brain perpendicular to itself. Walking the lower hull from the
 * most anterior point downwards, the first edge of at least 10 mm carries the line. Every voxel of the brain keeps at
 * least `bufferMm` from the plane, its own extent included. Throws RangeError for an empty mask or one without such an
 * edge before the lowest point.
 */
export function robustPlane(brain: GridMask, axes: HeadAxes, bufferMm: number): CuttingPlane {
  const points = rowEnds(brain, axes).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  if (points.length === 0) throw new RangeError('the brain mask is empty');
  const hull = lowerHull(points);
  // Edges of the lower hull turn from falling to rising; the face lies before the lowest point.
  for (let n = 0; n + 1 < hull.length && hull[n + 1][1] < hull[n][1]; n++) {
    const edge: Point2 = [hull[n + 1][0] - hull[n][0], hull[n + 1][1] - hull[n][1]];
    const edgeMm = Math.hypot(...edge);
    if (edgeMm < MIN_EDGE_MM) continue;
    // In-plane direction of the edge and the normal on its lower-anterior side.
    const along = normalize(add(scale(axes.posteriorLps, edge[0]), scale(axes.superiorLps, edge[1])));
    let normalLps = normalize(cross(along, axes.leftLps));
    if (dot(normalLps, axes.posteriorLps) > 0) normalLps = scale(normalLps, -1);
    const supportMm = supportOf(brain, normalLps, axes, points);
    return {
      pointLps: scale(normalLps, supportMm + bufferMm),
      normalLps,
      edgeMm,
      pitchDegrees: (Math.atan2(-edge[1], edge[0]) * 180) / Math.PI,
    };
  }
  throw new RangeError(`the silhouette of the brain has no lower-anterior edge of ${MIN_EDGE_MM} mm`);
}

/** Largest signed distance of the mask along the normal, voxel extents included, mm from the origin. */
function supportOf(brain: GridMask, normalLps: Vec3, axes: HeadAxes, points: readonly Point2[]): number {
  const [np, ns] = [dot(normalLps, axes.posteriorLps), dot(normalLps, axes.superiorLps)];
  let support = -Infinity;
  for (const [p, s] of points) support = Math.max(support, p * np + s * ns);
  const half = [0, 1, 2].map((d) => Math.abs(dot(stepLps(brain.grid, d as 0 | 1 | 2), normalLps)) / 2);
  return support + half[0] + half[1] + half[2];
}

/** Smallest distance from a plane of the mask's voxel centres on its kept side, mm; negative when it cuts the mask. */
export function clearanceMm(mask: GridMask, plane: Pick<CuttingPlane, 'pointLps' | 'normalLps'>): number {
  const { grid } = mask;
  const [, nj, nk] = mask.mask.sizeIjk;
  const perI = dot(stepLps(grid, 0), plane.normalLps);
  const offset = dot(plane.pointLps, plane.normalLps);
  let nearest = Infinity;
  for (let row = 0; row < nj * nk; row++) {
    const ends = rowExtent(mask.mask, row);
    if (ends === undefined) continue;
    const base = dot(ijkToLps(grid, [0, row % nj, Math.floor(row / nj)]), plane.normalLps) - offset;
    for (const i of ends) nearest = Math.min(nearest, -(base + i * perI));
  }
  return nearest;
}
