import { type CpuKernel } from '@efface/compute';
import { type GapCoarsenBinding, type GapCoarsenParams } from './gap-coarsen.gen.ts';
import { firstChild, firstParent, REFINE_WEIGHTS } from './refine.cpu.ts';
import { OFFSETS_U, OFFSETS_V } from './stencil.cpu.ts';

/** The same as in the shader. */
const COARSE_PLANES = 13;
const LEAST_SHARE = Math.fround(1e-5);

/** Plane of the offset (du, dv) between two coarse pixels, at index 5·dv + du + 2; −1 for those stored at the other. */
const PLANE_OF = Int8Array.from({ length: 15 }, (_, at) => {
  const [du, dv] = [(at % 5) - 2, Math.floor(at / 5)];
  return OFFSETS_U.findIndex((u, n) => u === du && OFFSETS_V[n] === dv);
});

/**
 * The shader gathers each plane on its own; here the children's rows are scattered to all planes of a coarse pixel at
 * once, which is less work.
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
  const sums = new Float64Array(COARSE_PLANES);
  for (let cv = begin; cv < end; cv++) {
    const firstV = firstChild(cv);
    for (let c = 0; c < cu; c++) {
      const firstU = firstChild(c);
      sums.fill(0);
      let largest = 0;
      for (let v = Math.max(firstV, 0); v < Math.min(firstV + 4, nv); v++) {
        for (let u = Math.max(firstU, 0); u < Math.min(firstU + 4, nu); u++) {
          const at = v * nu + u;
          if (free[at] === 0) continue;
          const weight = REFINE_WEIGHTS[u - firstU] * REFINE_WEIGHTS[v - firstV];
          const diagonal = weight * weight * planes[at];
          if (diagonal > largest) largest = diagonal;
          scatter(sums, weight * planes[at], u, v, c, cv);
          for (let n = 1; n < planeCount; n++) {
            const du = OFFSETS_U[n];
            const dv = OFFSETS_V[n];
            const plane = n * nu * nv;
            const step = dv * nu + du;
            if (v + dv < nv && u + du >= 0 && u + du < nu && free[at + step] !== 0)
              scatter(sums, weight * planes[plane + at], u + du, v + dv, c, cv);
            if (v - dv >= 0 && u - du >= 0 && u - du < nu && free[at - step] !== 0)
              scatter(sums, weight * planes[plane + at - step], u - du, v - dv, c, cv);
          }
        }
      }
      const to = cv * cu + c;
      for (let n = 0; n < COARSE_PLANES; n++) coarsePlanes[n * coarseSize + to] = sums[n];
      freeCoarse[to] = sums[0] > LEAST_SHARE * largest ? 1 : 0;
    }
  }
}

/** Adds a coefficient with fine pixel (u, v) to the planes of its four parents, as seen from coarse pixel (c, cv). */
function scatter(sums: Float64Array, a: number, u: number, v: number, c: number, cv: number): void {
  if (a === 0) return;
  const du = firstParent(u) - c;
  const dv = firstParent(v) - cv;
  const wu = (u & 1) === 1 ? 0.75 : 0.25;
  const wv = (v & 1) === 1 ? 0.75 : 0.25;
  if (dv >= 0) {
    const row = 5 * dv + du + 2;
    if (PLANE_OF[row] >= 0) sums[PLANE_OF[row]] += a * wu * wv;
    if (PLANE_OF[row + 1] >= 0) sums[PLANE_OF[row + 1]] += a * (1 - wu) * wv;
  }
  if (dv >= -1) {
    const row = 5 * dv + du + 7;
    if (PLANE_OF[row] >= 0) sums[PLANE_OF[row]] += a * wu * (1 - wv);
    if (PLANE_OF[row + 1] >= 0) sums[PLANE_OF[row + 1]] += a * (1 - wu) * (1 - wv);
  }
}

/** Units are rows of coarse pixels. */
export const gapCoarsenCpu: CpuKernel<GapCoarsenParams, GapCoarsenBinding> = {
  units: ({ coarsePx }) => coarsePx[1],
  run: ({ params, constants, buffers: { planes, free, coarsePlanes, freeCoarse }, begin, end }) =>
    gapCoarsenMain(params, constants['PLANES'], planes.f32, free.f32, coarsePlanes.f32, freeCoarse.f32, begin, end),
};
