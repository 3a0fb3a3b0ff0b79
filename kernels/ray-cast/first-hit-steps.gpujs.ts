// Helpers of the gpu.js form of first-hit: numbers only, as gpu.js hands no arrays to helpers and sees their text alone.

/** base + x·perX + y·perY, rounded at each operation. */
export function inPixel(base: number, perX: number, perY: number, x: number, y: number): number {
  return Math.fround(Math.fround(base + Math.fround(perX * x)) + Math.fround(perY * y));
}

/** Where a ray is after t steps, along one axis. */
export function along(start: number, step: number, t: number): number {
  return Math.fround(start + Math.fround(step * t));
}

export function between(a: number, b: number, w: number): number {
  return Math.fround(a + Math.fround(Math.fround(b - a) * w));
}

/** Sum of three products, rounded at each operation. */
export function dotOf(ax: number, ay: number, az: number, bx: number, by: number, bz: number): number {
  return Math.fround(Math.fround(Math.fround(ax * bx) + Math.fround(ay * by)) + Math.fround(az * bz));
}

/** 1/√v: v is brought between 1 and 4 by fours, then Newton's steps from a line, rounded at each operation. */
export function inverseRoot(v: number): number {
  let half = 0.5 * v;
  let toOne = 1;
  for (let n = 0; n < 70; n++) {
    if (half >= 2) {
      half *= 0.25;
      toOne *= 0.5;
    } else if (half < 0.5) {
      half *= 4;
      toOne *= 2;
    } else {
      break;
    }
  }
  let y = Math.fround(1.06640625 - Math.fround(0.3046875 * half));
  for (let n = 0; n < 3; n++) {
    y = Math.fround(y * Math.fround(1.5 - Math.fround(half * Math.fround(y * y))));
  }
  return y * toOne;
}

/** One of a clip shape's own coordinates: a row times the way from the shape's origin. */
export function ownAt(
  x: number, y: number, z: number, rowX: number, rowY: number, rowZ: number, px: number, py: number, pz: number,
): number {
  return dotOf(rowX, rowY, rowZ, Math.fround(px - x), Math.fround(py - y), Math.fround(pz - z));
} // prettier-ignore

/** Above 0 outside a clip shape: plane, sphere or box. */
export function excess(kind: number, x: number, y: number, z: number): number {
  if (kind === 0) {
    return x;
  }
  if (kind === 1) {
    return dotOf(x, y, z, x, y, z) - 1;
  }
  return Math.max(Math.abs(x), Math.max(Math.abs(y), Math.abs(z))) - 1;
}

export function signOf(v: number): number {
  return v > 0 ? 1 : -1;
}

/** A number brought to 22 bits behind the point, towards 0. */
export function cut(v: number): number {
  if (v < 0) {
    return -Math.floor(-v * 4194304) / 4194304;
  }
  return Math.floor(v * 4194304) / 4194304;
}

/** How far a point lies outside the voxels' extent, along the axis where that is most; ≤ 0 inside. */
export function beyond(ni: number, nj: number, nk: number, px: number, py: number, pz: number): number {
  const x = Math.max(-0.5 - px, px - (ni - 0.5));
  const y = Math.max(-0.5 - py, py - (nj - 0.5));
  const z = Math.max(-0.5 - pz, pz - (nk - 0.5));
  return Math.max(x, Math.max(y, z));
}

/** Along one axis of n voxels, from a point outside the voxels' extent to the inside; 0 for one that is not. */
export function inwardAt(p: number, n: number): number {
  if (p < -0.5) {
    return 1;
  }
  return p > n - 0.5 ? -1 : 0;
}
