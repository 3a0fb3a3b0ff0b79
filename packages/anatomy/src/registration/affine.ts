import { type Backend } from '@efface/compute';
import { middleLps } from '@efface/kernels';
import { type Affine, type Vec3 } from '@efface/volume';
import { costOf, isLargerBetter, type LevelPair, levelPair, MOST_SAMPLES } from './metrics.ts';
import { minimise, type Objective } from './minimise.ts';
import { AffineParameters, type DegreesOfFreedom } from './parameters.ts';
import { prepareImage, type PreparedImage } from './prepare.ts';
import { isLost, measureQuality } from './quality.ts';
import { defaultStarts } from './starts.ts';
import {
  type AffineOptions,
  type AffineRegistration,
  type RegistrationImage,
  type RegistrationMetric,
  type RegistrationQuality,
} from './types.ts';

/** How hard the search tries. */
interface Effort {
  /** A look at every start: samples and steps, to where it belongs roughly. */
  readonly samples: number;
  readonly iterations: number;
  /** Starts that are followed at the coarsest level after that, and ends of those at the middle one. */
  readonly followed: number;
  readonly kept: number;
}

/** Enough nearly always. */
const USUAL: Effort = { samples: 2 ** 12, iterations: 8, followed: 6, kept: 3 };
/** What is tried when the images are lost after that. */
const THOROUGH: Effort = { samples: 2 ** 14, iterations: 16, followed: 12, kept: 6 };
/** Two ends nearer than this are one, mm at the skin. */
const SAME_MM = 4;
/** Most descents per level, coarsest first. */
const ITERATIONS = [40, 25, 15];

interface Found {
  readonly movingOfFixed: Affine;
  /** Smaller is better. */
  readonly cost: number;
}

interface Attempt extends Found {
  readonly quality: RegistrationQuality;
  readonly searchMs: number;
  readonly refineMs: number;
}

/**
 * Finds the affine map of a fixed image to a moving one: many starts on a coarse image, the best of them on finer ones, by
 * quasi-Newton descent along the metric's own gradient. The same bytes on every run of one backend. It does not throw for
 * images that have nothing in common: `isLost` says so. Throws RegistrationError REGISTRATION_NO_BODY for an
 * empty image, RangeError for an empty list of starts.
 */
export async function registerAffine(
  backend: Backend,
  fixed: RegistrationImage,
  moving: RegistrationImage,
  options: AffineOptions,
): Promise<AffineRegistration> {
  const { metric } = options;
  const begin = performance.now();
  const finest = options.finestSpacingMm ?? (metric === 'local-correlation' ? 4 : 2);
  const spacingsMm = [finest, 2 * finest, 4 * finest];
  const compares = metric === 'surface-distance' ? 'distances' : 'values';
  const prepared: PreparedImage[] = [];
  try {
    prepared.push(await prepareImage(backend, fixed, spacingsMm, compares, 'fixed'));
    prepared.push(await prepareImage(backend, moving, spacingsMm, compares, 'moving'));
    const [f, m] = prepared;
    const prepareMs = performance.now();
    const starts = options.starts ?? defaultStarts(f.body, m.body);
    if (starts.length === 0) throw new RangeError('a registration needs a start');
    const attempt = (effort: Effort): Promise<Attempt> => attemptAffine(backend, f, m, options, starts, effort);
    let found = await attempt(USUAL);
    if (isLost(found.quality)) {
      const other = await attempt(THOROUGH);
      if (other.cost < found.cost) found = other;
    }
    const { movingOfFixed, cost, quality } = found;
    return {
      movingOfFixed,
      metric,
      metricValue: isLargerBetter(metric) ? -cost : cost,
      quality,
      isLost: isLost(quality),
      timingsMs: {
        prepare: prepareMs - begin,
        search: found.searchMs,
        refine: found.refineMs,
        quality: performance.now() - prepareMs - found.searchMs - found.refineMs,
      },
    };
  } finally {
    for (const image of prepared) image.release();
    await backend.flush();
  }
}

/** From all starts to one map, and how good it is. */
async function attemptAffine(
  backend: Backend,
  fixed: PreparedImage,
  moving: PreparedImage,
  { metric, degreesOfFreedom }: AffineOptions,
  starts: readonly Affine[],
  effort: Effort,
): Promise<Attempt> {
  const begin = performance.now();
  const pair = (level: number): LevelPair => levelPair(fixed, moving, level);
  const centre = middleLps(fixed.levels[0].grid);
  // Sizes are needed to lie on each other at all; shears would follow noise at 8 mm.
  const coarse = await search(backend, metric, pair(2), starts, centre, degreesOfFreedom === 6 ? 6 : 7, effort);
  const searched = performance.now();
  const middle: Found[] = [];
  for (const { movingOfFixed } of coarse)
    middle.push(await descend(backend, metric, pair(1), movingOfFixed, centre, degreesOfFreedom, ITERATIONS[1]));
  const [{ movingOfFixed: near }] = bestOf(middle, 1, centre);
  const found = await descend(backend, metric, pair(0), near, centre, degreesOfFreedom, ITERATIONS[2]);
  const refined = performance.now();
  const quality = await measureQuality(backend, fixed, moving, found);
  return { ...found, quality, searchMs: searched - begin, refineMs: refined - searched };
}

/** The best ends of descents from the most promising of some starts, best first. */
async function search(
  backend: Backend,
  metric: RegistrationMetric,
  pair: LevelPair,
  starts: readonly Affine[],
  centre: Vec3,
  freedom: DegreesOfFreedom,
  { samples, iterations, followed, kept }: Effort,
): Promise<readonly Found[]> {
  const promising: Found[] = [];
  for (const start of starts)
    promising.push(await descend(backend, metric, pair, start, centre, freedom, iterations, samples));
  const ends: Found[] = [];
  for (const { movingOfFixed } of bestOf(promising, followed, centre))
    ends.push(await descend(backend, metric, pair, movingOfFixed, centre, freedom, ITERATIONS[0]));
  return bestOf(ends, kept, centre);
}

/** The best of what was found, of what is nearly the same one only. */
function bestOf(found: readonly Found[], most: number, centre: Vec3): readonly Found[] {
  const kept: Found[] = [];
  for (const one of [...found].sort((a, b) => a.cost - b.cost)) {
    if (kept.length === most) break;
    if (kept.every((other) => distanceMm(other.movingOfFixed, one.movingOfFixed, centre) > SAME_MM)) kept.push(one);
  }
  return kept;
}

/** How far apart two maps bring the skin around a centre at most, mm. */
function distanceMm(a: Affine, b: Affine, centre: Vec3): number {
  const d = a.map((v, n) => v - b[n]);
  const [x, y, z] = centre;
  let square = 0;
  for (let row = 0; row < 3; row++) {
    const [p, q, r, t] = d.slice(4 * row, 4 * row + 4);
    square += (p * x + q * y + r * z + t) ** 2 + 80 ** 2 * (p * p + q * q + r * r);
  }
  return Math.sqrt(square);
}

async function descend(
  backend: Backend,
  metric: RegistrationMetric,
  pair: LevelPair,
  start: Affine,
  centre: Vec3,
  freedom: DegreesOfFreedom,
  iterations: number,
  mostSamples = MOST_SAMPLES,
): Promise<Found> {
  const parameters = new AffineParameters(start, centre, freedom);
  const objective: Objective = {
    async evaluate(p) {
      const { cost, gradientAffine } = await costOf(backend, metric, pair, parameters.affine(p), centre, mostSamples);
      return { value: cost, gradient: parameters.gradient(p, gradientAffine) };
    },
  };
  const spacing = pair.fixed.grid.affineIjkToLps[0];
  const zero = new Float64Array(freedom);
  const { p, value } = await minimise(objective, zero, {
    iterations,
    largestStep: 2 * spacing,
    smallestStep: spacing / 100,
  });
  return { movingOfFixed: parameters.affine(p), cost: value };
}
