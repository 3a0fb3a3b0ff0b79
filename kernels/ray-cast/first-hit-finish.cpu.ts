import { dotRounded, inverseSqrtRounded, powerToOne } from '../shared/rounded.ts';
import { clipAt, inwardAtClip, keepsInside } from './first-hit-clip.cpu.ts';
import {
  interpolate,
  interpolateFast,
  isOutside,
  movePoint,
  point,
  reaches,
  sample,
  type Scene,
} from './first-hit-field.cpu.ts';
import { type FirstHitParams } from './first-hit.gen.ts';

// Root, normal and depth of the hits of a tile, one stage after the other for all of them: the operations of a hit wait
// for each other, those of several hits do not.
const f = Math.fround;

/** Most hits at a time: the pixels of a tile. */
const MAX_HITS = 64;

/** What is known about the hits of a tile, filled by the caller up to `before`. */
export const hits = {
  /** Origin and step of the ray, voxels. */
  rays: new Float64Array(6 * MAX_HITS),
  /** Step, LPS mm. */
  stepsLps: new Float64Array(3 * MAX_HITS),
  /** First word of the pixel's result. */
  to: new Int32Array(MAX_HITS),
  /** Number of the last sample that is not solid, at least 0; after halving with a fraction. */
  before: new Float64Array(MAX_HITS),
  /** Steps to the surface. */
  steps: new Float64Array(MAX_HITS),
  /** Word of the clip shape that made the surface, NOT_CUT or BORDER. */
  cut: new Int32Array(MAX_HITS),
  /** Into the surface, LPS, any length. */
  inward: new Float64Array(3 * MAX_HITS),
};

const NOT_CUT = -1;
const BORDER = -2;

/** Sets `point` to where the ray of a hit is after t steps. */
function moveAlong(hit: number, t: number): void {
  movePoint(hits.rays, 6 * hit, t);
}

/** Writes normals and depths of the first `count` hits, all of one camera, whose rays start after so many steps. */
export function finishHits(scene: Scene, count: number, startSteps: number, dst: Float32Array): void {
  halveSteps(scene, count);
  divideChords(scene, count);
  findInward(scene, count);
  const { stepsLps, steps, to, inward } = hits;
  for (let h = 0; h < count; h++) {
    writeTowardsEye(stepsLps, 3 * h, f(startSteps + steps[h]), dst, to[h]);
    writeOutwardUnit(inward, 3 * h, dst, to[h]);
  }
}

/** Writes the direction against a step and the depth after so many of them. */
export function writeTowardsEye(
  stepsLps: Float64Array,
  at: number,
  steps: number,
  dst: Float32Array,
  to: number,
): void {
  const stepL = stepsLps[at];
  const stepP = stepsLps[at + 1];
  const stepS = stepsLps[at + 2];
  const squaredMm = dotRounded(stepL, stepP, stepS, stepL, stepP, stepS);
  const perMm = inverseSqrtRounded(squaredMm);
  dst[to] = -f(stepL * perMm);
  dst[to + 1] = -f(stepP * perMm);
  dst[to + 2] = -f(stepS * perMm);
  dst[to + 3] = f(steps * f(squaredMm * perMm));
}

/** Six halvings of the step after `before`: where it is not solid yet, a 64th of a step before it is. */
function halveSteps(scene: Scene, count: number): void {
  const { before } = hits;
  const isClipped = scene.clipCount > 0;
  for (let width = 0.5; width >= 0.015625; width *= 0.5) {
    for (let h = 0; h < count; h++) {
      moveAlong(h, before[h] + width);
      if (!isClipped && interpolateFast(scene)) {
        const excess = sample[0] - scene.threshold;
        if (Math.abs(excess) > sample[1]) {
          // A product and not a branch: half of them would be predicted wrong.
          before[h] += width * Number(excess < 0);
          continue;
        }
      }
      if (!reaches(scene) || (isClipped && clipAt(scene) >= 0)) before[h] += width;
    }
  }
}

/** Divides the last 64th of a step where its chord crosses the threshold. */
function divideChords(scene: Scene, count: number): void {
  const { before, steps, cut } = hits;
  for (let h = 0; h < count; h++) {
    moveAlong(h, before[h]);
    cut[h] = isOutside(scene) ? BORDER : scene.clipCount > 0 ? clipAt(scene) : NOT_CUT;
    let part = 1;
    if (cut[h] === NOT_CUT) {
      interpolate(scene);
      const value = sample[0];
      moveAlong(h, before[h] + 0.015625);
      interpolate(scene);
      part = quotient(f(scene.threshold - value), f(sample[0] - value));
    }
    steps[h] = f(before[h] + part * 0.015625);
  }
}

/**
 * num / den for 0 ≤ num ≤ den, to ten bits below, 1023/1024 at most. The shader's ten subtractions are exact, and a
 * quotient of two numbers of 24 bits is never rounded up to a whole 1024th in one of 53.
 */
function quotient(num: number, den: number): number {
  return Math.min((1024 * (num / den)) | 0, 1023) * 2 ** -10;
}

/** Sets `inward` of all hits. */
function findInward(scene: Scene, count: number): void {
  const { before, steps, cut, inward } = hits;
  for (let h = 0; h < count; h++) {
    if (cut[h] >= 0) {
      // The normal of a clip shape is taken outside the shape, so that a box knows the face.
      moveAlong(h, keepsInside(scene, cut[h]) ? before[h] : steps[h]);
      inwardAtClip(scene, cut[h], inward, 3 * h);
      continue;
    }
    if (cut[h] === BORDER) {
      moveAlong(h, before[h]);
      inwardAtBorder(scene, 3 * h);
    } else {
      moveAlong(h, steps[h]);
      inwardByDifferences(scene, 3 * h);
    }
    inwardToLps(scene.params, 3 * h);
  }
}

/** At a `point` outside the voxels' extent: into it, in index space. */
function inwardAtBorder({ ni, nj, nk }: Scene, at: number): void {
  const { inward } = hits;
  inward[at] = (point[0] < -0.5 ? 1 : 0) - (point[0] > ni - 0.5 ? 1 : 0);
  inward[at + 1] = (point[1] < -0.5 ? 1 : 0) - (point[1] > nj - 0.5 ? 1 : 0);
  inward[at + 2] = (point[2] < -0.5 ? 1 : 0) - (point[2] > nk - 0.5 ? 1 : 0);
}

/** At `point`: central differences, in index space. */
function inwardByDifferences(scene: Scene, at: number): void {
  const radius = scene.params.normalRadius;
  for (let d = 0; d < 3; d++) {
    const centre = point[d];
    point[d] = f(centre + radius);
    interpolate(scene);
    const value = sample[0];
    point[d] = f(centre - radius);
    interpolate(scene);
    point[d] = centre;
    hits.inward[at + d] = f(value - sample[0]);
  }
}

/** Turns `inward` from index space to LPS. */
function inwardToLps({ gradientL, gradientP, gradientS }: FirstHitParams, at: number): void {
  const { inward } = hits;
  const x = inward[at];
  const y = inward[at + 1];
  const z = inward[at + 2];
  inward[at] = dotRounded(gradientL[0], gradientL[1], gradientL[2], x, y, z);
  inward[at + 1] = dotRounded(gradientP[0], gradientP[1], gradientP[2], x, y, z);
  inward[at + 2] = dotRounded(gradientS[0], gradientS[1], gradientS[2], x, y, z);
}

const SHORTEST = 2 ** -60;

/** Sets `dst` to the unit vector against `inward`; leaves it where that is too short to tell its parts from underflow. */
function writeOutwardUnit(inward: Float64Array, at: number, dst: Float32Array, to: number): void {
  const x = inward[at];
  const y = inward[at + 1];
  const z = inward[at + 2];
  const largest = Math.max(Math.abs(x), Math.abs(y), Math.abs(z));
  if (largest < SHORTEST) return;
  const toUnits = powerToOne(largest) * 2 ** 22;
  const a = (0 - Math.trunc(x * toUnits)) * 2 ** -22;
  const b = (0 - Math.trunc(y * toUnits)) * 2 ** -22;
  const c = (0 - Math.trunc(z * toUnits)) * 2 ** -22;
  const inverse = inverseSqrtRounded(dotRounded(a, b, c, a, b, c));
  dst[to] = a * inverse;
  dst[to + 1] = b * inverse;
  dst[to + 2] = c * inverse;
}
