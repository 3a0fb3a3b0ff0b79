import { add, invert, subtract, transformPoint, type Vec3 } from '@efface/volume';
import { type DisplacementField, type Warp } from './warp.ts';

/** Displacement at a point, trilinear, that of the border beyond the grid: as the kernels have it. */
function displacementAt({ grid, displacementMm }: DisplacementField, pLps: Vec3): Vec3 {
  const at = transformPoint(invert(grid.affineIjkToLps), pLps);
  const { sizeIjk } = grid;
  const low = [0, 0, 0];
  const part = [0, 0, 0];
  for (let d = 0; d < 3; d++) {
    const x = Math.min(Math.max(at[d], 0), sizeIjk[d] - 1);
    low[d] = Math.min(Math.floor(x), Math.max(0, sizeIjk[d] - 2));
    part[d] = x - low[d];
  }
  const sum: [number, number, number] = [0, 0, 0];
  for (let corner = 0; corner < 8; corner++) {
    const is = [corner & 1, (corner >> 1) & 1, corner >> 2];
    const weight = is.reduce((product, high, d) => product * (high ? part[d] : 1 - part[d]), 1);
    if (weight === 0) continue;
    const [i, j, k] = is.map((high, d) => low[d] + high);
    const n = 3 * ((k * sizeIjk[1] + j) * sizeIjk[0] + i);
    for (let c = 0; c < 3; c++) sum[c] += weight * displacementMm[n + c];
  }
  return sum;
}

/** Where a point of the fixed image lies in the moving one, LPS mm. */
export function movingPoint({ movingOfFixed, field }: Warp, fixedLps: Vec3): Vec3 {
  return transformPoint(movingOfFixed, field ? add(fixedLps, displacementAt(field, fixedLps)) : fixedLps);
}

/** An inverse is this good, mm, or as good as ITERATIONS make it. */
const NEAR_MM = 1e-3;
const ITERATIONS = 100;
/** Part of what is missing that each step goes: a map that stretches by up to four times is not overshot. */
const RELAXATION = 0.5;

/** Which point of the fixed image lies at a point of the moving one, LPS mm: by fixed-point iteration. */
export function fixedPoint({ movingOfFixed, field }: Warp, movingLps: Vec3): Vec3 {
  const before = transformPoint(invert(movingOfFixed), movingLps);
  if (!field) return before;
  let at = before;
  for (let n = 0; n < ITERATIONS; n++) {
    const missing = subtract(before, add(at, displacementAt(field, at)));
    if (Math.hypot(...missing) < NEAR_MM) break;
    at = add(at, missing.map((v) => v * RELAXATION) as unknown as Vec3); // prettier-ignore
  }
  return at;
}
