import { FIXED_ONE } from '@efface/kernels';
import { dot, length, type Grid, type Mask, maskHas, scale, subtract } from '@efface/volume';
import { EndType, inflatePaths, JoinType, type Paths64 } from 'clipper2-ts';
import type { ContourPlane } from './contour-plane.ts';

/** Pixels of a plane, all inclusive. */
export interface PixelWindow {
  readonly lowU: number;
  readonly highU: number;
  readonly lowV: number;
  readonly highV: number;
}

/** Units of an outline that is grown, per mm. */
const UNITS_PER_MM = 1000;

/** Arcs of a grown outline lie this close to the circle, in units. */
const ARC_TOLERANCE = 50;

/**
 * Outlines of the removed voxels that a plane goes through, in fixed-point units of a voxel (`FIXED_ONE`) along u and v:
 * the squares of all pixels with a removed voxel, merged; holes run the other way round. Where a tilted plane goes through
 * several voxels of one pixel, one that is removed suffices. Outlines are true inside `window`; grown ones by `marginMm`
 * in the plane. Empty when nothing near the window is removed.
 */
export function removedOutline(
  plane: ContourPlane,
  grid: Grid,
  removed: Mask,
  window: PixelWindow,
  marginMm: number,
): Paths64 {
  const reachU = Math.ceil(marginMm / length(plane.stepULps)) + 1;
  const reachV = Math.ceil(marginMm / length(plane.stepVLps)) + 1;
  const wide: PixelWindow = {
    lowU: Math.max(0, window.lowU - reachU),
    highU: Math.min(grid.sizeIjk[plane.axisU] - 1, window.highU + reachU),
    lowV: Math.max(0, window.lowV - reachV),
    highV: Math.min(grid.sizeIjk[plane.axisV] - 1, window.highV + reachV),
  };
  if (wide.lowU > wide.highU || wide.lowV > wide.highV) return [];
  const outlines = traceOutlines(sample(plane, grid, removed, wide), wide);
  return marginMm > 0 && outlines.length > 0 ? grown(outlines, plane, marginMm) : outlines;
}

/** Which pixels of a window are removed: rows of v, one pixel wider on each side. */
function sample(plane: ContourPlane, grid: Grid, removed: Mask, { lowU, highU, lowV, highV }: PixelWindow): Uint8Array {
  const { axisU, axisV, axisThrough, at, perU, perV } = plane;
  const width = highU - lowU + 3;
  const pixels = new Uint8Array(width * (highV - lowV + 3));
  const nThrough = grid.sizeIjk[axisThrough];
  // How far the plane goes up and down within a pixel; the margin keeps voxels that it only touches out.
  const swing = Math.max(0, (Math.abs(perU) + Math.abs(perV)) / 2 - 1e-6);
  const ijk = [0, 0, 0];
  const isSlice = perU === 0 && perV === 0;
  if (isSlice && !(at >= 0 && at < nThrough)) return pixels;
  ijk[axisThrough] = at;
  // Along i whole words without a removed voxel are passed over.
  const isStored = isSlice && axisU === 0;
  for (let v = lowV; v <= highV; v++) {
    ijk[axisV] = v;
    const base = (v - lowV + 1) * width + 1 - lowU;
    const row = isStored ? (ijk[2] * removed.sizeIjk[1] + ijk[1]) * removed.wordsPerRow : 0;
    for (let u = lowU; u <= highU; u++) {
      if (isStored && removed.words[row + (u >>> 5)] === 0) {
        u |= 31;
        continue;
      }
      ijk[axisU] = u;
      if (isSlice) {
        if (maskHas(removed, ijk[0], ijk[1], ijk[2])) pixels[base + u] = 1;
        continue;
      }
      const middle = at + perU * u + perV * v;
      const last = Math.min(nThrough - 1, Math.floor(middle + swing + 0.5));
      for (let t = Math.max(0, Math.ceil(middle - swing - 0.5)); t <= last; t++) {
        ijk[axisThrough] = t;
        if (maskHas(removed, ijk[0], ijk[1], ijk[2])) pixels[base + u] = 1;
      }
    }
  }
  return pixels;
}

/** The step to the next corner when going along +u, +v, −u, −v. */
const STEPS = [[1, 0], [0, 1], [-1, 0], [0, -1]] as const; // prettier-ignore

/**
 * Boundaries of marked pixels, the pixels on the right hand as u runs right and v down; pixels that share only a corner
 * have boundaries of their own. `pixels` has an empty pixel around the window.
 */
export function traceOutlines(pixels: Uint8Array, { lowU, highU, lowV, highV }: PixelWindow): Paths64 {
  const width = highU - lowU + 3;
  const height = highV - lowV + 3;
  // Upper sides that have been walked along, by the pixel below.
  const walked = new Uint8Array(pixels.length);
  const outlines: Paths64 = [];
  const at = (u: number, v: number): Paths64[number][number] => ({
    x: (lowU - 1 + u) * FIXED_ONE - FIXED_ONE / 2,
    y: (lowV - 1 + v) * FIXED_ONE - FIXED_ONE / 2,
  });
  for (let start = width; start < width * (height - 1); start++) {
    if (pixels[start] === 0 || pixels[start - width] !== 0 || walked[start] !== 0) continue;
    const outline: Paths64[number] = [];
    let u = start % width;
    let v = (start - u) / width;
    let heading = 0;
    do {
      if (heading === 0) walked[v * width + u] = 1;
      u += STEPS[heading][0];
      v += STEPS[heading][1];
      // The pixels ahead of corner (u, v), which is the upper left one of pixel (u, v).
      const left = pixels[(v - (heading === 0 || heading === 3 ? 1 : 0)) * width + u - (heading >= 2 ? 1 : 0)];
      const right = pixels[(v - (heading >= 2 ? 1 : 0)) * width + u - (heading === 1 || heading === 2 ? 1 : 0)];
      if (right === 0) {
        outline.push(at(u, v));
        heading = (heading + 1) % 4;
      } else if (left !== 0) {
        outline.push(at(u, v));
        heading = (heading + 3) % 4;
      }
    } while (v * width + u !== start || heading !== 0);
    outlines.push(outline);
  }
  return outlines;
}

/** Outlines moved outwards by `marginMm`, round at corners. */
function grown(outlines: Paths64, { stepULps, stepVLps }: ContourPlane, marginMm: number): Paths64 {
  // Millimetres along u, and across it, for grids whose axes are not perpendicular.
  const sizeU = length(stepULps);
  const along = dot(stepULps, stepVLps) / sizeU;
  const across = length(subtract(stepVLps, scale(stepULps, along / sizeU)));
  const unit = UNITS_PER_MM / FIXED_ONE;
  const inMm = outlines.map((path) =>
    path.map(({ x, y }) => ({ x: Math.round(unit * (x * sizeU + y * along)), y: Math.round(unit * y * across) })),
  );
  return inflatePaths(inMm, marginMm * UNITS_PER_MM, JoinType.Round, EndType.Polygon, 2, ARC_TOLERANCE).map((path) =>
    path.map(({ x, y }) => {
      const v = y / (unit * across);
      return { x: Math.round((x / unit - v * along) / sizeU), y: Math.round(v) };
    }),
  );
}
