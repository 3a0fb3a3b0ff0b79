import type { Backend } from '@efface/compute';
import type { RegionContour } from '@efface/io';
import { rasterContours } from '@efface/kernels';
import {
  add, allocateVoxels, cross, dot, type Grid, length, normalize, scale, subtract, uniformRescale, type Vec3, type Volume,
} from '@efface/volume'; // prettier-ignore

/** Contours carry more than the voxels they were drawn on; this keeps what a face needs. */
const PIXEL_MM = 1;

/** A head reaches no farther from its middle. */
const REACH_MM = 180;

/** Empty pixels around the region, so that its surface closes inside the grid. */
const MARGIN_PX = 5;

/** Planes nearer than this are one; writers round to this or better. */
const SAME_PLANE_MM = 0.02;

/** Fewer planes have no shape. */
const MIN_PLANES = 3;

/** Contours of one plane. */
interface Plane {
  /** Along the normal, mm. */
  readonly atMm: number;
  readonly contours: RegionContour[];
}

/**
 * The inside of a region's closed contours near a head, as 0 and 1 on a grid of its own: 1 mm pixels in the contours' own
 * planes, slices as far apart as most of them. A slice between two planes takes what the nearer one has. Undefined when
 * fewer than three planes come near the head.
 */
export async function volumeOfContours(
  backend: Backend,
  contours: readonly RegionContour[],
  headLps: Vec3,
): Promise<Volume | undefined> {
  const closed = contours.filter(({ type, pointsLps }) => type.startsWith('CLOSED') && pointsLps.length >= 9);
  const normal = commonNormal(closed);
  if (normal === undefined) return undefined;
  const planes = planesNear(closed, normal, dot(normal, headLps));
  if (planes.length < MIN_PLANES) return undefined;
  const gapsMm = planes.slice(1).map(({ atMm }, n) => atMm - planes[n].atMm);
  const stepMm = [...gapsMm].sort((a, b) => a - b)[gapsMm.length >> 1];
  const nk = Math.round((planes[planes.length - 1].atMm - planes[0].atMm) / stepMm) + 1;
  const grid = gridAround(planes, normal, headLps, stepMm, nk);
  if (grid === undefined) return undefined;
  const placed = Array.from({ length: nk }, (_, k) => {
    const atMm = planes[0].atMm + k * stepMm;
    const nearest = planes.reduce((a, b) => (Math.abs(b.atMm - atMm) < Math.abs(a.atMm - atMm) ? b : a));
    return nearest.contours.map((contour) => moved(contour, scale(normal, atMm - nearest.atMm)));
  }).flat();
  const { labels } = rasterContours(backend, { grid, regions: [placed] });
  const words = new Uint32Array(await backend.read(labels));
  backend.release(labels);
  const voxels = allocateVoxels('u8', grid.sizeIjk[0] * grid.sizeIjk[1] * nk) as Uint8Array;
  for (let n = 0; n < voxels.length; n++) voxels[n] = words[n];
  return { grid, type: 'u8', voxels, rescale: uniformRescale(nk, 1, 0), modality: 'OT', unit: 'arbitrary' };
}

/** Normal of the largest contour by Newell's method, pointing to where its largest component grows. */
function commonNormal(contours: readonly RegionContour[]): Vec3 | undefined {
  let largest: Vec3 = [0, 0, 0];
  for (const { pointsLps: p } of contours) {
    let sum: Vec3 = [0, 0, 0];
    const first = pointAt(p, 0);
    for (let n = 1; n + 1 < p.length / 3; n++)
      sum = add(sum, cross(subtract(pointAt(p, n), first), subtract(pointAt(p, n + 1), first)));
    if (length(sum) > length(largest)) largest = sum;
  }
  if (!(length(largest) > 0)) return undefined;
  const main = largest.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
  return normalize(scale(largest, Math.sign(main)));
}

/** Planes within a head's reach, in order along the normal. */
function planesNear(contours: readonly RegionContour[], normal: Vec3, headMm: number): Plane[] {
  const planes: Plane[] = [];
  const placed = contours
    .map((contour) => ({ contour, atMm: dot(normal, pointAt(contour.pointsLps, 0)) }))
    .filter(({ atMm }) => Math.abs(atMm - headMm) <= REACH_MM)
    .sort((a, b) => a.atMm - b.atMm);
  for (const { contour, atMm } of placed) {
    const last = planes.at(-1);
    if (last !== undefined && atMm - last.atMm <= SAME_PLANE_MM) last.contours.push(contour);
    else planes.push({ atMm, contours: [contour] });
  }
  return planes;
}

/** The grid that holds the planes within a head's reach; undefined when they lie beside the head. */
function gridAround(
  planes: readonly Plane[],
  normal: Vec3,
  headLps: Vec3,
  stepMm: number,
  nk: number,
): Grid | undefined {
  // The patient axis that is farthest from the normal becomes i.
  const [x, y, z] = normal.map(Math.abs);
  const axis: Vec3 = x <= y && x <= z ? [1, 0, 0] : y <= z ? [0, 1, 0] : [0, 0, 1];
  const i = normalize(subtract(axis, scale(normal, dot(axis, normal))));
  const j = cross(normal, i);
  const span = (direction: Vec3): readonly [number, number] => {
    const middle = dot(direction, headLps);
    let [low, high] = [Infinity, -Infinity];
    for (const { contours } of planes)
      for (const { pointsLps } of contours)
        for (let n = 0; n < pointsLps.length / 3; n++) {
          const at = dot(direction, pointAt(pointsLps, n));
          [low, high] = [Math.min(low, at), Math.max(high, at)];
        }
    return [Math.max(low, middle - REACH_MM), Math.min(high, middle + REACH_MM)];
  };
  const [[lowI, highI], [lowJ, highJ]] = [span(i), span(j)];
  if (!(highI > lowI && highJ > lowJ)) return undefined;
  const margin = MARGIN_PX * PIXEL_MM;
  const origin = add(add(scale(i, lowI - margin), scale(j, lowJ - margin)), scale(normal, planes[0].atMm));
  const count = (low: number, high: number): number => Math.ceil((high - low) / PIXEL_MM) + 1 + 2 * MARGIN_PX;
  return {
    sizeIjk: [count(lowI, highI), count(lowJ, highJ), nk],
    affineIjkToLps: [0, 1, 2].flatMap((r) => [PIXEL_MM * i[r], PIXEL_MM * j[r], stepMm * normal[r], origin[r]]),
  };
}

function pointAt(pointsLps: Float64Array, n: number): Vec3 {
  return [pointsLps[3 * n], pointsLps[3 * n + 1], pointsLps[3 * n + 2]];
}

function moved({ type, pointsLps }: RegionContour, byLps: Vec3): RegionContour {
  return { type, pointsLps: pointsLps.map((at, n) => at + byLps[n % 3]) };
}
