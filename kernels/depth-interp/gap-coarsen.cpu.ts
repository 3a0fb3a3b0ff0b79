import { type CpuKernel } from '@efface/compute';
import { type GapCoarsenBinding, type GapCoarsenParams } from './gap-coarsen.gen.ts';
import { firstChild, firstParent, REFINE_WEIGHTS } from './refine.cpu.ts';
import { freeRange, OFFSETS_U, OFFSETS_V } from './stencil.cpu.ts';

/** The same as in the shader. */
const COARSE_PLANES = 13;
const LEAST_SHARE = Math.fround(1e-5);

/** Plane of the offset (du, dv) between two coarse pixels, at index 5·dv + du + 2; −1 for those stored at the other. */
const PLANE_OF = Int8Array.from({ length: 15 }, (_, at) => {
  const [du, dv] = [(at % 5) - 2, Math.floor(at / 5)];
  return OFFSETS_U.findIndex((u, n) => u === du && OFFSETS_V[n] === dv);
});

/** Rows of coefficients between fine columns and coarse rows: 5 steps along u for each of 3 rows ahead. */
const COLUMN_STEPS = 5;
const ROWS_AHEAD = 3;

/**
 * The shader gathers each plane on its own; here the weights are applied along v first, whole rows at a time, then along
 * u: a third of the products.
 */
function gapCoarsenMain(
  { sizePx, coarsePx }: GapCoarsenParams,
  planeCount: number,
  planes: Float32Array,
  free: Float32Array,
  coarsePlanes: Float32Array,
  freeCoarse: Float32Array,
  begin: number,
  end: number,
): void {
  const [nu, nv] = sizePx;
  const cu = coarsePx[0];
  const coarseSize = cu * coarsePx[1];
  const rows = new Float64Array(ROWS_AHEAD * COLUMN_STEPS * nu);
  const diagonals = new Float64Array(nu);
  const sums = new Float64Array(COARSE_PLANES);
  for (let cv = begin; cv < end; cv++) {
    const firstV = firstChild(cv);
    rows.fill(0);
    diagonals.fill(0);
    for (let v = Math.max(firstV, 0); v < Math.min(firstV + 4, nv); v++) {
      const weight = REFINE_WEIGHTS[v - firstV];
      addRow(sizePx, planeCount, planes, free, v, weight, cv, rows);
      for (let u = 0; u < nu; u++) {
        const diagonal = weight * weight * free[v * nu + u] * planes[v * nu + u];
        if (diagonal > diagonals[u]) diagonals[u] = diagonal;
      }
    }
    for (let c = 0; c < cu; c++) {
      const largest = sumColumns(nu, c, rows, diagonals, sums);
      const to = cv * cu + c;
      for (let n = 0; n < COARSE_PLANES; n++) coarsePlanes[n * coarseSize + to] = sums[n];
      freeCoarse[to] = sums[0] > LEAST_SHARE * largest ? 1 : 0;
    }
  }
}

/** Adds the coefficients of fine row v with fine rows around it to those with the coarse rows these belong to. */
function addRow(
  [nu, nv]: readonly [number, number],
  planeCount: number,
  planes: Float32Array,
  free: Float32Array,
  v: number,
  weight: number,
  cv: number,
  rows: Float64Array,
): void {
  const base = v * nu;
  const [first, past] = freeRange(free, base, nu);
  if (first === past) return;
  for (let n = 0; n < planeCount; n++) {
    for (let sign = 1; sign >= (n === 0 ? 1 : -1); sign -= 2) {
      const du = sign * OFFSETS_U[n];
      const row = v + sign * OFFSETS_V[n];
      if (row < 0 || row >= nv) continue;
      const step = (row - v) * nu + du;
      // Coefficients lie with the pixel that the offset starts at.
      const coefficients = n * nu * nv + (sign > 0 ? 0 : step);
      const ahead = firstParent(row) - cv;
      for (let parent = 0; parent < 2; parent++) {
        if (ahead + parent < 0 || ahead + parent >= ROWS_AHEAD) continue;
        const w = weight * (((row & 1) === 1) === (parent === 0) ? 0.75 : 0.25);
        const to = ((ahead + parent) * COLUMN_STEPS + du + 2) * nu;
        const last = Math.min(past, nu - du);
        for (let u = Math.max(first, -du); u < last; u++) {
          const at = base + u;
          rows[to + u] += w * free[at] * free[at + step] * planes[coefficients + at];
        }
      }
    }
  }
}

/** Sums the rows over the children of coarse column c into the planes; returns the largest weighted diagonal. */
function sumColumns(nu: number, c: number, rows: Float64Array, diagonals: Float64Array, sums: Float64Array): number {
  const firstU = firstChild(c);
  let largest = 0;
  sums.fill(0);
  for (let u = Math.max(firstU, 0); u < Math.min(firstU + 4, nu); u++) {
    if (diagonals[u] === 0) continue;
    const weight = REFINE_WEIGHTS[u - firstU];
    largest = Math.max(largest, weight * weight * diagonals[u]);
    for (let du = -2; du <= 2; du++) {
      const other = u + du;
      if (other < 0 || other >= nu) continue;
      const ahead = firstParent(other) - c;
      const near = weight * ((other & 1) === 1 ? 0.75 : 0.25);
      const far = weight - near;
      for (let row = 0; row < ROWS_AHEAD; row++) {
        const a = rows[(row * COLUMN_STEPS + du + 2) * nu + u];
        const plane = 5 * row + ahead + 2;
        if (PLANE_OF[plane] >= 0) sums[PLANE_OF[plane]] += near * a;
        if (PLANE_OF[plane + 1] >= 0) sums[PLANE_OF[plane + 1]] += far * a;
      }
    }
  }
  return largest;
}

/** Units are rows of coarse pixels. */
export const gapCoarsenCpu: CpuKernel<GapCoarsenParams, GapCoarsenBinding> = {
  units: ({ coarsePx }) => coarsePx[1],
  run: ({ params, constants, buffers: { planes, free, coarsePlanes, freeCoarse }, begin, end }) =>
    gapCoarsenMain(params, constants['PLANES'], planes.f32, free.f32, coarsePlanes.f32, freeCoarse.f32, begin, end),
};
