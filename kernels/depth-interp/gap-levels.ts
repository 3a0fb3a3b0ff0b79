import { type Backend, type DeviceBuffer } from '@efface/compute';
import { gapCoarsen } from './gap-coarsen.ts';
import { gapProlong } from './gap-prolong.ts';
import { gapRelax } from './gap-relax.ts';
import { gapResidual } from './gap-residual.ts';
import { gapRestrict } from './gap-restrict.ts';
import { gapSettle } from './gap-settle.ts';

/** Pixels along u and v. */
export type SizePx = readonly [number, number];

/** An operator on a picture and the pixels it acts on. */
export interface GapLevel {
  readonly sizePx: SizePx;
  /** See shared/stencil.wgsl. */
  readonly planeCount: number;
  readonly planes: DeviceBuffer;
  /** f32: 1 where a pixel may move, else 0. */
  readonly free: DeviceBuffer;
}

/** Coarse planes: 25 points. */
const COARSE_PLANES = 13;

/** Pictures are halved until they are no larger than this along each axis, which is what gap-settle takes. */
const COARSEST_PX = 7;

/** Pixels along each axis of the next coarser picture: half, and one more at each end. */
export function coarserSizePx([nu, nv]: SizePx): SizePx {
  return [Math.floor(nu / 2) + 2, Math.floor(nv / 2) + 2];
}

/** Pixels of a picture. */
export function pixelCount([nu, nv]: SizePx): number {
  return nu * nv;
}

/** The coarser levels below one, the next first. The caller releases them with `releaseGapLevels`. */
export function coarserGapLevels(backend: Backend, finest: GapLevel): GapLevel[] {
  const levels: GapLevel[] = [];
  let fine = finest;
  while (Math.max(...fine.sizePx) > COARSEST_PX) {
    const sizePx = coarserSizePx(fine.sizePx);
    const planes = backend.createBuffer('gap/planes', 4 * COARSE_PLANES * pixelCount(sizePx));
    const free = backend.createBuffer('gap/free', 4 * pixelCount(sizePx));
    backend.dispatch(gapCoarsen, {
      params: { sizePx: fine.sizePx, coarsePx: sizePx },
      constants: { PLANES: fine.planeCount },
      buffers: { planes: fine.planes, free: fine.free, coarsePlanes: planes, freeCoarse: free },
    });
    fine = { sizePx, planeCount: COARSE_PLANES, planes, free };
    levels.push(fine);
  }
  return levels;
}

/** Releases the planes and free pixels of levels. */
export function releaseGapLevels(backend: Backend, levels: readonly GapLevel[]): void {
  for (const { planes, free } of levels) for (const buffer of [planes, free]) backend.release(buffer);
}

/**
 * Steps of Richardson's iteration for eigenvalues from `low` to 1: the inverse roots of the Chebyshev polynomial, which
 * make the largest of what is left of any of them the smallest, 1/T((1 + low)/(1 − low)). (Young, On Richardson's method
 * for solving linear systems with positive definite matrices, J. Math. Phys. 32, 1953.)
 */
export function chebyshevSteps(count: number, low: number): number[] {
  return Array.from({ length: count }, (_, n) => {
    const root = Math.cos((Math.PI * (2 * n + 1)) / (2 * count));
    return 1 / ((1 + low) / 2 + ((1 - low) / 2) * root);
  });
}

/** Relaxes a picture and returns it; the one given is released or returned. With a limit steps above 1 are no descent. */
export function relaxGap(
  backend: Backend,
  level: GapLevel,
  steps: readonly number[],
  picture: { readonly x: DeviceBuffer; readonly load: DeviceBuffer; readonly limit?: DeviceBuffer },
): DeviceBuffer {
  const { sizePx, planeCount, planes, free } = level;
  const { load, limit } = picture;
  if (steps.length === 0) return picture.x;
  let src = picture.x;
  let dst = backend.createBuffer('gap/relax', 4 * pixelCount(sizePx));
  for (const omega of steps) {
    backend.dispatch(gapRelax, {
      params: { sizePx, omega },
      constants: { PLANES: planeCount, HAS_LIMIT: limit ? 1 : 0 },
      buffers: { planes, free, load, limit: limit ?? load, src, dst },
    });
    [src, dst] = [dst, src];
  }
  backend.release(dst);
  return src;
}

/** What is left of the load, or A·x, where pixels may move, and where that is. The caller releases both. */
export function gapResidualOf(
  backend: Backend,
  { sizePx, planeCount, planes, free }: GapLevel,
  { x, load, limit }: { readonly x: DeviceBuffer; readonly load: DeviceBuffer; readonly limit?: DeviceBuffer },
  isProduct = false,
): { readonly residual: DeviceBuffer; readonly inside: DeviceBuffer } {
  const residual = backend.createBuffer('gap/residual', 4 * pixelCount(sizePx));
  const inside = backend.createBuffer('gap/inside', 4 * pixelCount(sizePx));
  backend.dispatch(gapResidual, {
    params: { sizePx },
    constants: { PLANES: planeCount, HAS_LIMIT: limit ? 1 : 0, IS_PRODUCT: isProduct ? 1 : 0 },
    buffers: { planes, free, load, limit: limit ?? load, src: x, residual, inside },
  });
  return { residual, inside };
}

/** The load of the next coarser level. The caller releases it. */
export function restrictedLoad(backend: Backend, finePx: SizePx, src: DeviceBuffer): DeviceBuffer {
  const coarsePx = coarserSizePx(finePx);
  const dst = backend.createBuffer('gap/load', 4 * pixelCount(coarsePx));
  backend.dispatch(gapRestrict, { params: { finePx, coarsePx }, buffers: { src, dst } });
  return dst;
}

/** Adds a coarser picture to x, in place. */
export function prolongGap(
  backend: Backend,
  { sizePx, free }: GapLevel,
  { x, coarse, limit }: { readonly x: DeviceBuffer; readonly coarse: DeviceBuffer; readonly limit?: DeviceBuffer },
): void {
  backend.dispatch(gapProlong, {
    params: { finePx: sizePx, coarsePx: coarserSizePx(sizePx) },
    constants: { HAS_LIMIT: limit ? 1 : 0 },
    buffers: { coarse, free, limit: limit ?? free, dst: x },
  });
}

/** How one cycle goes. */
export interface GapCycle {
  /** Relaxation before the coarse correction, and in reverse order after it. */
  readonly steps: readonly number[];
  /** Each coarser level is visited once ('V'), or once in full and once more as V ('F'). */
  readonly kind: 'V' | 'F';
}

/** The solution on a level of at most MAX_SETTLED_PIXELS; x is released. */
function settled(
  backend: Backend,
  { sizePx, planeCount, planes, free }: GapLevel,
  { x, load }: { readonly x: DeviceBuffer; readonly load: DeviceBuffer },
): DeviceBuffer {
  const dst = backend.createBuffer('gap/settled', 4 * pixelCount(sizePx));
  const buffers = { planes, free, load, src: x, dst };
  backend.dispatch(gapSettle, { params: { sizePx }, constants: { PLANES: planeCount }, buffers });
  backend.release(x);
  return dst;
}

/**
 * One multigrid cycle for A·x = load on free pixels (Trottenberg, Oosterlee and Schüller, Multigrid, 2001, section 2.4).
 * `coarse` are the levels below `level`. Returns the new x; the one given is released or returned.
 */
export function multigridCycle(
  backend: Backend,
  level: GapLevel,
  coarse: readonly GapLevel[],
  picture: { readonly x: DeviceBuffer; readonly load: DeviceBuffer },
  { steps, kind }: GapCycle,
): DeviceBuffer {
  const { load } = picture;
  if (coarse.length === 0) return settled(backend, level, picture);
  let x = relaxGap(backend, level, steps, picture);
  const { residual, inside } = gapResidualOf(backend, level, { x, load });
  const coarseLoad = restrictedLoad(backend, level.sizePx, residual);
  for (const buffer of [residual, inside]) backend.release(buffer);
  const [next, ...below] = coarse;
  let correction = backend.createBuffer('gap/correction', 4 * pixelCount(next.sizePx));
  for (const visit of kind === 'F' ? (['F', 'V'] as const) : (['V'] as const))
    correction = multigridCycle(backend, next, below, { x: correction, load: coarseLoad }, { steps, kind: visit });
  prolongGap(backend, level, { x, coarse: correction });
  for (const buffer of [coarseLoad, correction]) backend.release(buffer);
  x = relaxGap(backend, level, steps.toReversed(), { x, load });
  return x;
}
