import { type Affine, invert } from '@efface/volume';
import { averageBrainRadius } from './brain-shape.ts';
import { lookUpDirection } from './direction-map.ts';
import { fitLeastSquares } from './least-squares.ts';
import { headToLps, type Pose } from './pose.ts';

/** What is known about a pose before looking, as 1/variance of its nine numbers. */
export type PosePrecision = readonly number[];

/** Standard deviations to precisions; Infinity for a parameter that is free. */
export function precisionOf(standardDeviations: readonly number[]): PosePrecision {
  return standardDeviations.map((sd) => 1 / (sd * sd));
}

/** Points that a surface was found at. */
export interface SurfacePoints {
  /** LPS, mm, 3 per point. */
  readonly points: Float64Array;
  /** Trust in each, 0..1. */
  readonly trust: Float64Array;
}

export interface PoseFitOptions {
  /** Distance of the surface from the average brain's, mm: 0 for the brain, about 15 for the scalp. */
  readonly offsetMm: number;
  readonly precision: PosePrecision;
  /** What the precisions pull towards. */
  readonly centre: Pose;
  /** Misses larger than this count less and less, mm. */
  readonly toleranceMm: number;
  readonly iterations: number;
}

/** Independent pieces of evidence in a whole surface: neighbouring points say much the same. */
const INDEPENDENT_POINTS = 60;
/** What a point misses the fitted average by, mm (standard deviation). */
const POINT_SD_MM = 2.4;

const STEPS = [0.5, 0.5, 0.5, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01];

/** The pose in which the average brain, grown by `offsetMm`, fits the points best. `rmsMm` is the misfit. */
export function fitPose(
  { points, trust }: SurfacePoints,
  start: Pose,
  options: PoseFitOptions,
): { readonly pose: Pose; readonly rmsMm: number } {
  const average = averageBrainRadius();
  const count = trust.length;
  let total = 0;
  for (const value of trust) total += value;
  if (!(total > 0)) return { pose: start, rmsMm: Infinity };
  // Evidence that is weak on the whole must not outvote what is known before looking.
  const meanTrust = Math.min(1, total / count / 0.7);
  const weight = (meanTrust * INDEPENDENT_POINTS) / (POINT_SD_MM * POINT_SD_MM * total);
  const fit = fitLeastSquares(
    {
      count,
      weights: trust.map((value) => value * weight),
      scale: options.toleranceMm,
      precision: options.precision,
      centre: options.centre,
      steps: STEPS,
      residuals(x, out) {
        const m: Affine = invert(headToLps(x as unknown as Pose));
        for (let i = 0; i < count; i++) {
          const [px, py, pz] = [points[3 * i], points[3 * i + 1], points[3 * i + 2]];
          const qx = m[0] * px + m[1] * py + m[2] * pz + m[3];
          const qy = m[4] * px + m[5] * py + m[6] * pz + m[7];
          const qz = m[8] * px + m[9] * py + m[10] * pz + m[11];
          const r = Math.sqrt(qx * qx + qy * qy + qz * qz);
          out[i] = r - lookUpDirection(average, qx, qy, qz) - options.offsetMm;
        }
      },
    },
    start,
    options.iterations,
  );
  return { pose: fit.x, rmsMm: fit.rms };
}
