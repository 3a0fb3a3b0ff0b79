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
    for (const [sign, side] of [
      [1, firsts],
      [-1, lasts],
    ] as const)
      // prettier-ignore
      for (const [j, i] of lowerHull(side)) {
        const pLps = ijkToLps(grid, [sign * i, j, k]);
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
  let carrier: { readonly edge: Point2; readonly edgeMm: number } | undefined;
  for (let n = 0; n + 1 < hull.length && hull[n + 1][1] < hull[n][1]; n++) {
    const edge: Point2 = [hull[n + 1][0] - hull[n][0], hull[n + 1][1] - hull[n][1]];
    const edgeMm = Math.hypot(...edge);
    if (edgeMm > (carrier?.edgeMm ?? 0)) carrier = { edge, edgeMm };
  }
  if (carrier === undefined || carrier.edgeMm < MIN_EDGE_MM)
    throw new RangeError(`the silhouette of the brain has no lower-anterior edge of ${MIN_EDGE_MM} mm`);
  const { edge, edgeMm } = carrier;
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
