import { type DepthWindow, lineOfSight } from '@efface/kernels';
import { createMask, dot, type Grid, ijkToLps, type Mask, stepLps, subtract, type Vec3 } from '@efface/volume';

/**
 * What lies between two depths of a window: a point of the patient belongs to it when front ≤ depth < back there, both
 * interpolated between the four pixels around. Fields have an f32 for each pixel, mm from the window's plane; where one
 * of the four is NaN nothing belongs to it. Being continuous it is the same body on every grid.
 */
export interface DepthLayer {
  readonly window: DepthWindow;
  readonly frontMm: Float32Array;
  readonly backMm: Float32Array;
}

/** Where voxels lie in a window: entries along u and v in pixels, along depth in mm. */
export interface WindowSteps {
  readonly origin: Vec3;
  readonly steps: readonly [Vec3, Vec3, Vec3];
}

/** The affine map from voxel indices to a window's (u, v, depth). */
export function windowSteps(grid: Grid, window: DepthWindow): WindowSteps {
  const { originLps, uLps, vLps, pixelMm } = window;
  const sightLps = lineOfSight(window);
  const toWindow = (vector: Vec3): Vec3 => [dot(vector, uLps) / pixelMm, dot(vector, vLps) / pixelMm, dot(vector, sightLps)]; // prettier-ignore
  const step = (axis: 0 | 1 | 2): Vec3 => toWindow(stepLps(grid, axis));
  return {
    origin: toWindow(subtract(ijkToLps(grid, [0, 0, 0]), originLps)),
    steps: [step(0), step(1), step(2)],
  };
}

/** The first of the four pixels around (u, v); −1 beyond the window. */
export function pixelBefore([nu, nv]: readonly [number, number], u: number, v: number): number {
  const cu = Math.min(Math.floor(u), nu - 2);
  const cv = Math.min(Math.floor(v), nv - 2);
  return cu >= 0 && cv >= 0 && u <= nu - 1 && v <= nv - 1 ? cv * nu + cu : -1;
}

/**
 * A field between four pixels, linear: `at` the first of them, `u` and `v` how far behind it; NaN where one of them is.
 */
export function fieldBetween(field: Float32Array, nu: number, at: number, u: number, v: number): number {
  const above = field[at] + (field[at + 1] - field[at]) * u;
  const below = field[at + nu] + (field[at + nu + 1] - field[at + nu]) * u;
  return above + (below - above) * v;
}

/** The voxels of a grid whose centres belong to one of the layers. */
export function maskOfDepthLayers(grid: Grid, layers: readonly DepthLayer[]): Mask {
  const mask = createMask(grid.sizeIjk);
  for (const layer of layers) addLayer(mask, grid, layer);
  return mask;
}

function addLayer({ words, wordsPerRow }: Mask, grid: Grid, { window, frontMm, backMm }: DepthLayer): void {
  const [ni, nj, nk] = grid.sizeIjk;
  const { sizePx } = window;
  const nu = sizePx[0];
  const { origin, steps } = windowSteps(grid, window);
  const box = boxOf(sizePx, frontMm, backMm);
  if (!box) return;
  const { outerFront, innerFront, innerBack, outerBack } = cellBounds(sizePx, frontMm, backMm);
  const start: [number, number, number] = [0, 0, 0];
  const [stepU, stepV, stepDepth] = steps[0];
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) {
      for (let axis = 0; axis < 3; axis++) start[axis] = origin[axis] + j * steps[1][axis] + k * steps[2][axis];
      const [first, past] = rangeInBox(start, steps[0], box, ni);
      const row = (k * nj + j) * wordsPerRow;
      for (let i = first; i < past; i++) {
        const u = start[0] + i * stepU;
        const v = start[1] + i * stepV;
        const depth = start[2] + i * stepDepth;
        const at = pixelBefore(sizePx, u, v);
        if (at < 0 || depth < outerFront[at] || depth > outerBack[at]) continue;
        if (depth < innerFront[at] || depth > innerBack[at]) {
          const cv = Math.floor(at / nu);
          const [fu, fv] = [u - (at - cv * nu), v - cv];
          if (!(depth >= fieldBetween(frontMm, nu, at, fu, fv) && depth < fieldBetween(backMm, nu, at, fu, fv)))
            continue;
        }
        words[row + (i >>> 5)] |= 1 << (i & 31);
      }
    }
}

/** Interpolated depths are off by less, mm. */
const ROUNDING_MM = 1e-6;

/** Between four pixels (by the first of them) a depth outside of the outer bounds is not in the layer, one within the inner ones is. */
interface CellBounds {
  readonly outerFront: Float64Array;
  readonly innerFront: Float64Array;
  readonly innerBack: Float64Array;
  readonly outerBack: Float64Array;
}

function cellBounds([nu, nv]: readonly [number, number], frontMm: Float32Array, backMm: Float32Array): CellBounds {
  // Nothing is known where a depth is missing.
  const outerFront = new Float64Array(nu * nv).fill(-Infinity);
  const innerFront = new Float64Array(nu * nv).fill(Infinity);
  const innerBack = new Float64Array(nu * nv).fill(-Infinity);
  const outerBack = new Float64Array(nu * nv).fill(Infinity);
  for (let v = 0; v + 1 < nv; v++)
    for (let u = 0; u + 1 < nu; u++) {
      const at = v * nu + u;
      const fronts = [frontMm[at], frontMm[at + 1], frontMm[at + nu], frontMm[at + nu + 1]];
      const backs = [backMm[at], backMm[at + 1], backMm[at + nu], backMm[at + nu + 1]];
      if (!fronts.every(Number.isFinite) || !backs.every(Number.isFinite)) continue;
      outerFront[at] = Math.min(...fronts) - ROUNDING_MM;
      innerFront[at] = Math.max(...fronts) + ROUNDING_MM;
      innerBack[at] = Math.min(...backs) - ROUNDING_MM;
      outerBack[at] = Math.max(...backs) + ROUNDING_MM;
    }
  return { outerFront, innerFront, innerBack, outerBack };
}

/** Least and largest u, v and depth of a layer; undefined when it is empty. */
type Box = readonly [readonly [number, number], readonly [number, number], readonly [number, number]];

function boxOf([nu, nv]: readonly [number, number], frontMm: Float32Array, backMm: Float32Array): Box | undefined {
  const [u, v, depth] = [0, 1, 2].map((): [number, number] => [Infinity, -Infinity]);
  const grow = (range: [number, number], value: number): void => {
    range[0] = Math.min(range[0], value);
    range[1] = Math.max(range[1], value);
  };
  for (let at = 0; at < nu * nv; at++) {
    if (!(frontMm[at] < backMm[at])) continue;
    grow(u, at % nu);
    grow(v, Math.floor(at / nu));
    grow(depth, frontMm[at]);
    grow(depth, backMm[at]);
  }
  if (u[0] > u[1]) return undefined;
  // The layer goes on between its pixels and their neighbours, where it is thinner; depths of those may be others.
  for (const range of [u, v]) {
    range[0] -= 1;
    range[1] += 1;
  }
  const [cu, cv] = [u, v];
  for (let y = Math.max(0, cv[0]); y <= Math.min(nv - 1, cv[1]); y++)
    for (let x = Math.max(0, cu[0]); x <= Math.min(nu - 1, cu[1]); x++) {
      const at = y * nu + x;
      if (Number.isNaN(frontMm[at]) || Number.isNaN(backMm[at])) continue;
      grow(depth, frontMm[at]);
      grow(depth, backMm[at]);
    }
  return [u, v, depth];
}

/** The indices i, first to before past, whose points start + i·step may lie in the box. */
function rangeInBox(start: readonly number[], step: Vec3, box: Box, ni: number): readonly [number, number] {
  let first = 0;
  let past = ni;
  for (let axis = 0; axis < 3; axis++) {
    const [low, high] = box[axis];
    const s = step[axis];
    if (Math.abs(s) < 1e-9) {
      if (start[axis] < low || start[axis] > high) return [0, 0];
      continue;
    }
    const [a, b] = [(low - start[axis]) / s, (high - start[axis]) / s];
    first = Math.max(first, Math.floor(Math.min(a, b)));
    past = Math.min(past, Math.ceil(Math.max(a, b)) + 1);
  }
  return [first, past];
}
