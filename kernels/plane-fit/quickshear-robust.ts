import {
  add, cross, dot, type GridMask, ijkToLps, type Mask, normalize, scale, stepLps, type Vec3,
} from '@efface/volume'; // prettier-ignore
import { lowerHull, type Point2 } from './hull.ts';

/**
 * Hull edges from this length on carry the plane: they bridge the hollow between the underside of the frontal lobe and
 * the temporal pole, the largest of the brain's lower front, and lie alike in every head. Shorter ones are the stairs of
 * the voxels: on 40 heads of the IXI set the first edge of 10 mm leans by 6 to 66 degrees (standard deviation 17), the
 * first of 20 mm by 31 to 69 (7), and turning the voxel grid moves it by a degree.
 */
const BRIDGE_MM = 20;
/** Lean of the plane below a mask without such an edge, smoothed or convex: the mean of those 40 heads. */
const USUAL_PITCH_DEGREES = 35;
/** A steeper plane runs in front of the face instead of above it: its edge is at the frontal pole. */
const MAX_PITCH_DEGREES = 60;

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
  /** Length of the hull edge that carries the plane, mm; 0 when none does. */
  readonly edgeMm: number;
  /** Angle between the plane and the transverse plane of the head, degrees: 90 is coronal, 0 horizontal. */
  readonly pitchDegrees: number;
}

/**
 * Corners of a mask projected along left-right, (posterior, superior) in mm: enough points for the hull of all its voxel
 * centres, on oblique grids too, since a corner of the projection is a corner of a slice of constant k. Those are found
 * in voxels, in integers.
 */
function sliceCorners({ grid, mask }: GridMask, axes: HeadAxes): Point2[] {
  const [, nj, nk] = mask.sizeIjk;
  const points: Point2[] = [];
  for (let k = 0; k < nk; k++) {
    const firsts: Point2[] = [];
    const lasts: Point2[] = [];
    for (let j = 0; j < nj; j++) {
      const ends = rowExtent(mask, k * nj + j);
      if (ends === undefined) continue;
      firsts.push([j, ends[0]]);
      // The upper hull is the lower one upside down.
      lasts.push([j, -ends[1]]);
    }
    const corners = [...lowerHull(firsts), ...lowerHull(lasts).map(([j, i]): Point2 => [j, -i])];
    for (const [j, i] of corners) {
      const pLps = ijkToLps(grid, [i, j, k]);
      points.push([dot(pLps, axes.posteriorLps), dot(pLps, axes.superiorLps)]);
    }
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

/** An edge of the hull's lower front, from its anterior end. */
interface FrontEdge {
  readonly alongMm: Point2;
  readonly edgeMm: number;
  readonly pitchDegrees: number;
}

/** The edges of the lower hull that a plane above the face can lie on, from the most anterior point downwards. */
function frontEdges(hull: readonly Point2[]): FrontEdge[] {
  const edges: FrontEdge[] = [];
  // Edges of the lower hull turn from falling to rising; the face lies before the lowest point.
  for (let n = 0; n + 1 < hull.length && hull[n + 1][1] < hull[n][1]; n++) {
    const alongMm: Point2 = [hull[n + 1][0] - hull[n][0], hull[n + 1][1] - hull[n][1]];
    const pitchDegrees = (Math.atan2(-alongMm[1], alongMm[0]) * 180) / Math.PI;
    if (pitchDegrees <= MAX_PITCH_DEGREES) edges.push({ alongMm, edgeMm: Math.hypot(...alongMm), pitchDegrees });
  }
  return edges;
}

/**
 * The Quickshear plane in millimetres: the supporting line of the brain's silhouette at its lower-anterior edge,
 * extended left-right, moved `bufferMm` away from the brain perpendicular to itself. Walking the lower hull from the
 * most anterior point downwards, the first edge of 20 mm that leans by at most 60° carries the line; a mask without one
 * gets the supporting line at 35°. Every voxel of the brain keeps at least `bufferMm` from the plane, its own extent
 * included. Throws RangeError for an empty mask.
 */
export function robustPlane(brain: GridMask, axes: HeadAxes, bufferMm: number): CuttingPlane {
  const points = sliceCorners(brain, axes).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  if (points.length === 0) throw new RangeError('the brain mask is empty');
  const bridge = frontEdges(lowerHull(points)).find(({ edgeMm }) => edgeMm >= BRIDGE_MM);
  const pitchDegrees = bridge?.pitchDegrees ?? USUAL_PITCH_DEGREES;
  const pitch = (pitchDegrees * Math.PI) / 180;
  const [p, s] = bridge?.alongMm ?? [Math.cos(pitch), -Math.sin(pitch)];
  const along = add(scale(axes.posteriorLps, p), scale(axes.superiorLps, s));
  // In the sagittal plane, at right angles to the edge, on its lower-anterior side.
  const across = cross(normalize(along), axes.leftLps);
  const normalLps = normalize(dot(across, axes.posteriorLps) > 0 ? scale(across, -1) : across);
  const supportMm = supportOf(brain, normalLps, axes, points);
  return {
    pointLps: scale(normalLps, supportMm + bufferMm),
    normalLps,
    edgeMm: bridge?.edgeMm ?? 0,
    pitchDegrees,
  };
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
