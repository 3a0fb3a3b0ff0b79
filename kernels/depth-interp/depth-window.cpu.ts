const f = Math.fround;

/** The same as in shared/depth-window.wgsl. */
export const WINDOW_BITS = 18;
export const PER_DEPTH = 2 ** -12;
export const NO_SURFACE = f(-1e30);
const DEPTH_SHIFT = 6;
const PER_PIXEL = 2 ** -18;
const PART = 2 ** WINDOW_BITS - 1;

type Int3 = readonly [number, number, number];

/** By how much `windowSurfacesFast` may be off: 2⁻²¹ of the largest depth that a window can have, 4096 mm. */
export const SURFACE_SLACK_MM = 2 ** -9;

/** Fixed-point map of voxels to a window; each entry along u, v and depth. */
export interface WindowMapParams {
  readonly sizeIjk: Int3;
  readonly sizePx: readonly [number, number];
  readonly origin: Int3;
  readonly stepI: Int3;
  readonly stepJ: Int3;
  readonly stepK: Int3;
}

/** `window_depth` of the shader: mm. */
export function windowDepth(fixed: number): number {
  return (fixed >> DEPTH_SHIFT) * PER_DEPTH;
}

/** Both surfaces at fixed-point (u, v), into `at`; false when there are none. `window_surfaces` of the shader. */
export function windowSurfaces(
  pairs: Float32Array,
  nu: number,
  nv: number,
  u: number,
  v: number,
  at: Float64Array,
): boolean {
  const cu = u >> WINDOW_BITS;
  const cv = v >> WINDOW_BITS;
  const partU = u & PART;
  const partV = v & PART;
  if (cu < 0 || cv < 0 || cu >= nu || cv >= nv) return false;
  if ((cu === nu - 1 && partU > 0) || (cv === nv - 1 && partV > 0)) return false;
  const p00 = 2 * (cv * nu + cu);
  const p10 = cu < nu - 1 ? p00 + 2 : p00;
  const p01 = cv < nv - 1 ? p00 + 2 * nu : p00;
  const p11 = p01 + p10 - p00;
  const b00 = pairs[p00 + 1];
  const b10 = pairs[p10 + 1];
  const b01 = pairs[p01 + 1];
  const b11 = pairs[p11 + 1];
  if (b00 === NO_SURFACE || b10 === NO_SURFACE || b01 === NO_SURFACE || b11 === NO_SURFACE) return false;
  const wu = partU * PER_PIXEL;
  const wv = partV * PER_PIXEL;
  const a0 = between(pairs[p00], pairs[p10], wu);
  const b0 = between(b00, b10, wu);
  at[0] = between(a0, between(pairs[p01], pairs[p11], wu), wv);
  at[1] = between(b0, between(b01, b11, wu), wv);
  return true;
}

/**
 * The same without rounding to f32, which takes most of the time: off by at most SURFACE_SLACK_MM. Two
 * levels of interpolation in f32 round by less than 8·2⁻²⁴ of the largest depth.
 */
export function windowSurfacesFast(
  pairs: Float32Array,
  nu: number,
  nv: number,
  u: number,
  v: number,
  at: Float64Array,
): boolean {
  const cu = u >> WINDOW_BITS;
  const cv = v >> WINDOW_BITS;
  if (cu < 0 || cv < 0 || cu >= nu - 1 || cv >= nv - 1) return windowSurfaces(pairs, nu, nv, u, v, at);
  const p0 = 2 * (cv * nu + cu);
  const p1 = p0 + 2 * nu;
  const b00 = pairs[p0 + 1];
  const b10 = pairs[p0 + 3];
  const b01 = pairs[p1 + 1];
  const b11 = pairs[p1 + 3];
  if (b00 === NO_SURFACE || b10 === NO_SURFACE || b01 === NO_SURFACE || b11 === NO_SURFACE) return false;
  const wu = (u & PART) * PER_PIXEL;
  const wv = (v & PART) * PER_PIXEL;
  const b0 = b00 + (b10 - b00) * wu;
  at[1] = b0 + (b01 + (b11 - b01) * wu - b0) * wv;
  const a0 = pairs[p0] + (pairs[p0 + 2] - pairs[p0]) * wu;
  at[0] = a0 + (pairs[p1] + (pairs[p1 + 2] - pairs[p1]) * wu - a0) * wv;
  return true;
}

function between(a: number, b: number, w: number): number {
  return f(a + f(f(b - a) * w));
}

/** Depths between which anything happens: the least of the first surfaces and the largest of the second, mm. */
export function depthExtent(pairs: Float32Array): readonly [number, number] {
  let least = Infinity;
  let largest = -Infinity;
  for (let at = 0; at < pairs.length; at += 2) {
    if (pairs[at + 1] === NO_SURFACE) continue;
    if (pairs[at] < least) least = pairs[at];
    if (pairs[at + 1] > largest) largest = pairs[at + 1];
  }
  return [least, largest];
}

/** Where along a row voxels may lie in the window between two depths, fixed point; [first, past). */
export function rowRange(
  { sizeIjk, sizePx, stepI }: WindowMapParams,
  start: Int3,
  depthFixed: readonly [number, number],
): readonly [number, number] {
  let first = 0;
  let past = sizeIjk[0];
  for (let axis = 0; axis < 3; axis++) {
    const low = axis === 2 ? depthFixed[0] : 0;
    const high = axis === 2 ? depthFixed[1] : (sizePx[axis] - 1) * 2 ** WINDOW_BITS;
    const step = stepI[axis];
    if (step === 0) {
      if (start[axis] < low || start[axis] > high) return [0, 0];
      continue;
    }
    // Whole numbers below 2³¹: a quotient in the row's range is told apart from a whole number.
    const toLow = (low - start[axis]) / step;
    const toHigh = (high - start[axis]) / step;
    first = Math.max(first, Math.ceil(Math.min(toLow, toHigh)));
    past = Math.min(past, Math.floor(Math.max(toLow, toHigh)) + 1);
  }
  return first < past ? [first, past] : [0, 0];
}

/** Fixed-point depths that hold all depths from `low` to `high` mm. */
export function depthRangeFixed(low: number, high: number): readonly [number, number] {
  return [Math.floor(low * 2 ** WINDOW_BITS), Math.ceil((high + PER_DEPTH) * 2 ** WINDOW_BITS)];
}
