import { type Grid, stepLps, subtract, dot, type Vec3 } from '@efface/volume';

/**
 * Voxel indices between two parallel planes: low ≤ t < high with t = a·i + ((b·j + c·k) + d), evaluated in f64 in this
 * order and with no other rounding. f64 rounds monotonically, so the voxels of a row that fulfil it are one interval.
 */
export interface IndexSlab {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly low: number;
  readonly high: number;
}

/** Bound of `t > 0`: the smallest f64 above 0, since f64 underflows gradually. */
export const ABOVE_ZERO = Number.MIN_VALUE;

/** Voxels whose centre p fulfils low ≤ (p − pointLps)·unitLps < high, in mm for a unit vector. */
export function slabOfGrid(grid: Grid, pointLps: Vec3, unitLps: Vec3, low: number, high: number): IndexSlab {
  const m = grid.affineIjkToLps;
  const [a, b, c] = ([0, 1, 2] as const).map((axis) => {
    const step = stepLps(grid, axis);
    return unitLps[0] * step[0] + unitLps[1] * step[1] + unitLps[2] * step[2];
  });
  return { a, b, c, d: dot(unitLps, subtract([m[3], m[7], m[11]], pointLps)), low, high };
}

/** Is a·i + r on the far side of the bound: at or above it where t grows with i, below it where t falls? */
function isBeyond(a: number, r: number, bound: number, i: number): boolean {
  return a > 0 ? a * i + r >= bound : a * i + r < bound;
}

/** Smallest i in [0, ni] beyond the bound, ni when no voxel is. `a` is not 0, `inverse` is 1/a. */
function firstBeyond(a: number, inverse: number, r: number, bound: number, ni: number): number {
  const guess = Math.ceil((bound - r) * inverse);
  // The reciprocal only guesses; the voxels beside the guess decide by the defining inequality itself.
  let i = guess > 0 ? (guess < ni ? guess : ni) : 0;
  while (i > 0 && isBeyond(a, r, bound, i - 1)) i--;
  while (i < ni && !isBeyond(a, r, bound, i)) i++;
  return i;
}

/**
 * First and past-the-last voxel inside all of the slabs for every row of a grid of `sizeIjk`, `[0, 0)` when none is.
 * Rows in order of j, then k; the interval of a row goes to table[2·(row·stride + offset)] and the entry after it. One
 * pass over the rows, nothing allocated.
 */
export function fillRowIntervals(
  sizeIjk: Vec3,
  slabs: readonly IndexSlab[],
  table: Uint32Array,
  stride: number,
  offset: number,
): void {
  const [ni, nj, nk] = sizeIjk;
  const count = slabs.length;
  const inverses = Float64Array.from(slabs, ({ a }) => 1 / a);
  for (let k = 0, at = 2 * offset; k < nk; k++) {
    for (let j = 0; j < nj; j++, at += 2 * stride) {
      let first = 0;
      let last = ni;
      for (let s = 0; s < count && first < last; s++) {
        const { a, b, c, d, low, high } = slabs[s];
        const r = b * j + c * k + d;
        if (a === 0) {
          if (!(r >= low && r < high)) last = 0;
          continue;
        }
        const entersAt = firstBeyond(a, inverses[s], r, a > 0 ? low : high, ni);
        const leavesAt = firstBeyond(a, inverses[s], r, a > 0 ? high : low, ni);
        if (entersAt > first) first = entersAt;
        if (leavesAt < last) last = leavesAt;
      }
      const isEmpty = first >= last;
      table[at] = isEmpty ? 0 : first;
      table[at + 1] = isEmpty ? 0 : last;
    }
  }
}
