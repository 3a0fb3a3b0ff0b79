import { type Backend, type DeviceBuffer } from '@efface/compute';
import { wordsPerRow } from '@efface/volume';
import { gapCorrect } from './gap-correct.ts';
import {
  chebyshevSteps, coarserSizePx, coarserGapLevels, type GapCycle, type GapLevel, multigridCycle, pixelCount, prolongGap, relaxGap,
  releaseGapLevels, gapResidualOf, restrictedLoad, type SizePx,
} from './gap-levels.ts'; // prettier-ignore
import { gapLimit } from './gap-limit.ts';
import { gapRelax } from './gap-relax.ts';
import { gapStencil } from './gap-stencil.ts';

/** A value above all limits: pixels that have none get it. */
export const NO_LIMIT = 1e30;

/** What to fill and how. */
export interface FillGapRequest {
  readonly sizePx: SizePx;
  /** f32 for each pixel, row by row: what is known, and in the gap a first guess (0 will do). */
  readonly values: DeviceBuffer;
  /** One bit for each pixel to be filled, rows padded to words as in a mask of size (nu, nv, 1). */
  readonly gap: DeviceBuffer;
  /** The same for pixels that have a value. What is in neither is left out: its rim is a natural boundary. */
  readonly valid: DeviceBuffer;
  /**
   * Membrane (default): Δw = 0. Values go on continuously, nothing lies beyond the highest and the lowest of the rim.
   * Plate: Δ²w = 0, slopes go on as well, at the price of overshoot and of rims that must be smooth.
   */
  readonly smoothness?: 'membrane' | 'plate';
  /** f32 for each pixel: filled values are never more than this; NO_LIMIT where there is none. */
  readonly limit?: DeviceBuffer;
  /**
   * Draws filled values towards `target` (f32 for each pixel): a membrane becomes w − λ²Δw = target where perPixel is the
   * square of the pixel's edge over λ, a plate w + λ⁴Δ²w = target where it is the fourth power.
   */
  readonly pull?: { readonly perPixel: number; readonly target: DeviceBuffer };
  /** Multigrid cycles on the finest level after nested iteration. Default 6. */
  readonly cycles?: number;
}

const SMOOTHNESS = {
  // Half of the spectrum, from 1/4 up, is the smoother's: two steps leave 0.22 of it.
  membrane: { planeCount: 3, cycle: { steps: chebyshevSteps(2, 1 / 4), kind: 'V' } },
  // For fourth order that is from 1/16; four steps leave 0.26. V-cycles get worse with each level here, F-cycles do not.
  plate: { planeCount: 7, cycle: { steps: chebyshevSteps(4, 1 / 16), kind: 'F' } },
} as const satisfies Record<string, { readonly planeCount: number; readonly cycle: GapCycle }>;

const DEFAULT_CYCLES = 6;

/** Cycles on each coarser level on the way up. */
const NESTED_CYCLES = 2;

/** Projected relaxation before each correction of a problem with a limit: what lifts pixels off it, and lays them on. */
const PROJECTED_STEPS = [1, 1];

/** The coarsest level with a limit is only relaxed. */
const COARSEST_PROJECTED_STEPS = Array<number>(24).fill(1);

/**
 * Fills pixels smoothly from the rim of what is known: the surface of least energy, below the limit if there is one.
 * The work is linear in the number of pixels and the same on every call: nested iteration with multigrid cycles on
 * Galerkin operators, so that the gap may have any outline; nothing is read back.
 *
 * With a limit (an obstacle problem) each cycle is a step of truncated nonsmooth Newton multigrid: projected relaxation
 * finds the pixels that lie on the limit, a cycle on the others corrects them, and what passes the limit is cut (Gräser
 * and Kornhuber, Multigrid methods for obstacle problems, J. Comput. Math. 27, 2009; the idea of Brandt and Cryer, SIAM
 * J. Sci. Stat. Comput. 4, 1983). Active sets move a pixel a cycle, so it is nested iteration that makes six enough. The
 * cut comes last, so no filled value is more than its limit, to the bit. A plate with a limit is the free plate plus the
 * membrane that keeps it below the limit: contact of a plate is a few points wide, which no coarse level sees.
 *
 * Pixels without a path to a known one keep their first guess, up to a constant. The caller owns the result; what is
 * not in the gap is a copy. Throws RangeError for a size or cycles that are no numbers of pixels and cycles.
 */
export function fillGap(backend: Backend, request: FillGapRequest): DeviceBuffer {
  const { sizePx, cycles = DEFAULT_CYCLES, smoothness = 'membrane', limit, pull } = request;
  if (!sizePx.every((n) => Number.isInteger(n) && n > 0))
    throw new RangeError(`a picture of ${sizePx.join(' × ')} pixels`);
  if (!Number.isInteger(cycles) || cycles < 0) throw new RangeError(`${cycles} multigrid cycles`);
  if (pull !== undefined && !(pull.perPixel >= 0)) throw new RangeError(`a pull of ${pull.perPixel}`);
  if (smoothness === 'plate' && limit !== undefined) return heldPlate(backend, request, limit, cycles);
  const { level, load } = stencil(backend, request);
  const x = started(backend, level, { x: request.values, load, ...(limit && { limit }) });
  const filled = solve(backend, level, { x, load, ...(limit && { limit }) }, SMOOTHNESS[smoothness].cycle, cycles);
  releaseGapLevels(backend, [level]);
  backend.release(load);
  return filled;
}

/** The free plate and the membrane that keeps it below the limit: the least bending, then the least stretching of it. */
function heldPlate(backend: Backend, request: FillGapRequest, limit: DeviceBuffer, cycles: number): DeviceBuffer {
  const { sizePx, values, gap, valid, pull } = request;
  const plate = fillGap(backend, { sizePx, values, gap, valid, smoothness: 'plate', cycles, ...(pull && { pull }) });
  const { level, load: none } = stencil(backend, { sizePx, values, gap, valid });
  // With what the plate itself weighs on the membrane as load, the membrane without a limit is the plate.
  const { residual: load, inside } = gapResidualOf(backend, level, { x: plate, load: none }, true);
  const x = started(backend, level, { x: plate, load, limit });
  const filled = solve(backend, level, { x, load, limit }, SMOOTHNESS.membrane.cycle, cycles);
  for (const buffer of [plate, none, load, inside]) backend.release(buffer);
  releaseGapLevels(backend, [level]);
  return filled;
}

/** A picture on a level, its load and its limit if it has one. */
interface Problem {
  readonly x: DeviceBuffer;
  readonly load: DeviceBuffer;
  readonly limit?: DeviceBuffer;
}

/** The finest operator, and the load of the pull. The caller releases both. */
function stencil(
  backend: Backend,
  { sizePx, values, gap, valid, smoothness = 'membrane', pull }: FillGapRequest,
): { readonly level: GapLevel; readonly load: DeviceBuffer } {
  const { planeCount } = SMOOTHNESS[smoothness];
  const sizeBytes = 4 * pixelCount(sizePx);
  const planes = backend.createBuffer('gap/planes', planeCount * sizeBytes);
  const free = backend.createBuffer('gap/free', sizeBytes);
  const load = backend.createBuffer('gap/load', sizeBytes);
  backend.dispatch(gapStencil, {
    params: { sizePx, wordsPerRow: wordsPerRow(sizePx[0]), pull: pull?.perPixel ?? 0 },
    constants: { PLANES: planeCount, IS_PLATE: smoothness === 'plate' ? 1 : 0 },
    buffers: { gap, valid, goal: pull?.target ?? values, planes, free, load },
  });
  return { level: { sizePx, planeCount, planes, free }, load };
}

/** A copy of x, below the limit: a relaxation by nothing. */
function started(
  backend: Backend,
  { sizePx, planeCount, planes, free }: GapLevel,
  { x, load, limit }: Problem,
): DeviceBuffer {
  const dst = backend.createBuffer('gap/filled', 4 * pixelCount(sizePx));
  backend.dispatch(gapRelax, {
    params: { sizePx, omega: 0 },
    constants: { PLANES: planeCount, HAS_LIMIT: limit ? 1 : 0 },
    buffers: { planes, free, load, limit: limit ?? load, src: x, dst },
  });
  return dst;
}

/** Nested iteration for what is missing from x, then cycles. Returns the new x; the one given is released or returned. */
function solve(backend: Backend, finest: GapLevel, problem: Problem, cycle: GapCycle, cycles: number): DeviceBuffer {
  const { load, limit } = problem;
  const levels = coarserGapLevels(backend, finest);
  const onLevel = (x: DeviceBuffer, p: Problem): Problem => ({ x, load: p.load, ...(p.limit && { limit: p.limit }) });
  const problems = coarserProblems(backend, finest, levels, problem);
  let coarse: DeviceBuffer | undefined;
  for (let l = levels.length - 1; l >= 0; l--) {
    const here = problems[l];
    let { x } = here;
    if (coarse === undefined) {
      x = here.limit
        ? relaxGap(backend, levels[l], COARSEST_PROJECTED_STEPS, here)
        : multigridCycle(backend, levels[l], [], here, cycle);
    } else {
      prolongGap(backend, levels[l], { ...here, coarse });
      backend.release(coarse);
      for (let n = 0; n < NESTED_CYCLES; n++)
        x = improved(backend, levels[l], levels.slice(l + 1), onLevel(x, here), cycle);
    }
    coarse = x;
    backend.release(here.load);
    if (here.limit) backend.release(here.limit);
  }
  let { x } = problem;
  if (coarse !== undefined) {
    prolongGap(backend, finest, { x, coarse, ...(limit && { limit }) });
    backend.release(coarse);
  }
  for (let n = 0; n < cycles; n++)
    x = improved(backend, finest, levels, onLevel(x, { x, load, ...(limit && { limit }) }), cycle);
  releaseGapLevels(backend, levels);
  return x;
}

/** What each coarser level has to add to x: its load, its limit, and 0 to begin with. The caller releases all. */
function coarserProblems(
  backend: Backend,
  finest: GapLevel,
  levels: readonly GapLevel[],
  { x, load, limit }: Problem,
): Problem[] {
  const { residual, inside } = gapResidualOf(backend, finest, { x, load });
  backend.release(inside);
  let fine: Problem & { readonly level: GapLevel } = { level: finest, x, load: residual, ...(limit && { limit }) };
  const problems = levels.map((level) => {
    const problem: Problem = {
      x: backend.createBuffer('gap/correction', 4 * pixelCount(level.sizePx)),
      load: restrictedLoad(backend, fine.level.sizePx, fine.load),
      ...(fine.limit && { limit: coarserLimit(backend, fine.level, fine.x, fine.limit) }),
    };
    fine = { level, ...problem };
    return problem;
  });
  backend.release(residual);
  return problems;
}

function coarserLimit(
  backend: Backend,
  { sizePx, free }: GapLevel,
  x: DeviceBuffer,
  limit: DeviceBuffer,
): DeviceBuffer {
  const coarsePx = coarserSizePx(sizePx);
  const dst = backend.createBuffer('gap/limit', 4 * pixelCount(coarsePx));
  backend.dispatch(gapLimit, { params: { finePx: sizePx, coarsePx }, buffers: { free, limit, src: x, dst } });
  return dst;
}

/** One cycle; with a limit, on the pixels below it. Returns the new x; the one given is released or returned. */
function improved(
  backend: Backend,
  level: GapLevel,
  coarse: readonly GapLevel[],
  problem: Problem,
  cycle: GapCycle,
): DeviceBuffer {
  const { load, limit } = problem;
  if (limit === undefined) return multigridCycle(backend, level, coarse, problem, cycle);
  const x = relaxGap(backend, level, PROJECTED_STEPS, { x: problem.x, load, limit });
  const { residual, inside } = gapResidualOf(backend, level, { x, load, limit });
  const below: GapLevel = { ...level, free: inside };
  const truncated = coarserGapLevels(backend, below);
  const zero = backend.createBuffer('gap/correction', 4 * pixelCount(level.sizePx));
  const correction = multigridCycle(backend, below, truncated, { x: zero, load: residual }, cycle);
  backend.dispatch(gapCorrect, {
    params: { pixelCount: pixelCount(level.sizePx) },
    buffers: { free: level.free, limit, correction, dst: x },
  });
  for (const buffer of [residual, inside, correction]) backend.release(buffer);
  releaseGapLevels(backend, truncated);
  return x;
}
