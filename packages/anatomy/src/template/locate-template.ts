import { type Backend } from '@efface/compute';
import { type Affine, compose, type Grid, invert, transformPoint, type Vec3, type Volume } from '@efface/volume';
import type { HeadAnatomy } from '../analyse-head.ts';
import { type AnatomyFinding, anatomyFinding } from '../findings.ts';
import { fitLeastSquares } from '../least-squares.ts';
import { rotationMatrix } from '../pose.ts';
import { type Sampled, sampleLps } from '../working-image.ts';
import type { HeadTemplate } from './head-template.ts';
import { onGrid } from './label-template.ts';
import { surfaceDistance, templateSurface } from './surface-points.ts';
import { lpsOfTemplateByFrame } from './template-space.ts';

/** Where a template lies in a scan. */
export interface TemplateLocation {
  /** Template space to the patient, LPS mm to LPS mm: 12 parameters. */
  readonly lpsOfTemplate: Affine;
  readonly templateOfLps: Affine;
  /** Share of the template's skin inside the image that lies within 5 mm of the patient's, 0 … 1. */
  readonly quality: number;
  /** Share of the template's face that lies inside the image, 0 … 1. */
  readonly faceCoverage: number;
  /** Distance of the template's skin from the patient's, mm: median over the points of the face and over the others. */
  readonly faceMisfitMm: number;
  readonly headMisfitMm: number;
  /** The map must not be used; `reason` says why. */
  readonly isLost: boolean;
  readonly reason?: AnatomyFinding;
  /** Wall time, ms. */
  readonly timeMs: number;
}

/** The template is lost when less of its face is in the image. */
const LEAST_FACE_COVERAGE = 0.1;
/** Or when less of its skin meets skin: heads measure 0.6 and more, what is no head below 0.4. */
const LEAST_QUALITY = 0.5;
const MEETS_MM = 5;

/** What is known before looking, around the map by the brain: standard deviations of the twelve parameters. */
const PRIOR_SD = [12, 12, 12, 0.15, 0.15, 0.15, 0.08, 0.08, 0.08, 0.04, 0.04, 0.04] as const;
const STEPS = [0.5, 0.5, 0.5, 0.006, 0.006, 0.006, 0.006, 0.006, 0.006, 0.006, 0.006, 0.006] as const;
/** How much each surface says: as many independent points of POINT_SD_MM. */
const WEIGHTS = { face: 60, head: 60, brain: 60 } as const;
const POINT_SD_MM = 3;
/** Misses larger than this count less and less, mm. */
const TOLERANCE_MM = 4;
const ITERATIONS = { search: 8, refine: 12 } as const;
/** Half the difference in nod between the starts, radians. */
const NOD = 0.14;

/**
 * Lays a template over a head by its surfaces: the skin and the brain of the template on the skin and the brain that
 * `analyseHead` found, whatever the contrast, with a map of 12 parameters. It begins where the brain says (the head
 * frame and the brain's size), there nodded both ways, and there with the average size; the map of least cost wins. What
 * lies outside the image says nothing. Deterministic. An analysis without a brain gives a lost template.
 */
export async function locateTemplate(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  template: HeadTemplate,
): Promise<TemplateLocation> {
  const start = performance.now();
  const byBrain = lpsOfTemplateByFrame(anatomy.frame);
  const surface = await templateSurface(backend, template);
  const { grid } = anatomy.body;
  const body = await surfaceDistance(backend, anatomy.body);
  const brain = await surfaceDistance(backend, { grid, mask: await onGrid(backend, anatomy.brain, grid) });
  const parts = [
    { points: surface.skin, to: body, weights: skinWeights(surface.isFace) },
    { points: surface.brain, to: brain, weights: evenWeights(surface.brain.length / 3, WEIGHTS.brain) },
  ];
  const centre = templateCentre(template);
  const mapOf = (x: ArrayLike<number>): Affine => compose(byBrain, parameterMap(x, centre));
  const fit = fitSurfaces(parts, mapOf, volume.grid, startsOf(anatomy));
  const lpsOfTemplate = mapOf(fit);
  const misses = missesOf(surface.skin, body, lpsOfTemplate, volume.grid);
  const near = misses.filter((mm) => mm <= MEETS_MM).length;
  const seen = misses.filter((mm) => !Number.isNaN(mm)).length;
  const quality = seen === 0 ? 0 : near / seen;
  const faceCoverage = coverageOf(surface.faceVoxels, lpsOfTemplate, volume.grid);
  const reason = reasonOf(anatomy, faceCoverage, quality);
  const medianOf = (isFace: 0 | 1): number =>
    median(misses.filter((mm, n) => surface.isFace[n] === isFace && !Number.isNaN(mm)));
  return {
    lpsOfTemplate,
    templateOfLps: invert(lpsOfTemplate),
    quality,
    faceCoverage,
    faceMisfitMm: medianOf(1),
    headMisfitMm: medianOf(0),
    isLost: reason !== undefined,
    ...(reason ? { reason } : {}),
    timeMs: performance.now() - start,
  };
}

/** One surface of the template and the distance to its like in the head. */
interface Part {
  readonly points: Float64Array;
  readonly to: Sampled;
  readonly weights: Float64Array;
}

function fitSurfaces(
  parts: readonly Part[],
  mapOf: (x: ArrayLike<number>) => Affine,
  grid: Grid,
  starts: readonly (readonly number[])[],
): readonly number[] {
  const count = parts.reduce((sum, { weights }) => sum + weights.length, 0);
  const weights = new Float64Array(count);
  let offset = 0;
  for (const part of parts) {
    weights.set(part.weights, offset);
    offset += part.weights.length;
  }
  const residuals = (x: Float64Array, out: Float64Array): void => {
    const map = mapOf(x);
    let begin = 0;
    for (const { points, to } of parts) {
      distances(points, to, map, grid, out.subarray(begin, begin + points.length / 3));
      begin += points.length / 3;
    }
    // What is outside the image pulls nowhere.
    for (let n = 0; n < count; n++) if (Number.isNaN(out[n])) out[n] = 0;
  };
  const precision = PRIOR_SD.map((sd) => 1 / (sd * sd));
  const centre = PRIOR_SD.map(() => 0);
  const problem = { count, residuals, weights, scale: TOLERANCE_MM, precision, centre, steps: STEPS };
  const misses = new Float64Array(count);
  const costOf = (x: readonly number[]): number => {
    residuals(Float64Array.from(x), misses);
    let cost = 0;
    for (let n = 0; n < count; n++)
      cost += weights[n] * TOLERANCE_MM ** 2 * Math.log1p((misses[n] / TOLERANCE_MM) ** 2);
    for (let p = 0; p < x.length; p++) cost += precision[p] * x[p] ** 2;
    return cost;
  };
  let best: { readonly x: readonly number[]; readonly cost: number } | undefined;
  for (const start of starts) {
    const { x } = fitLeastSquares(problem, start, ITERATIONS.search);
    const cost = costOf(x);
    if (!best || cost < best.cost) best = { x, cost };
  }
  return best ? fitLeastSquares(problem, best.x, ITERATIONS.refine).x : centre;
}

/** Twelve parameters around the map by the brain: as it is, nodded both ways, and of the average size. */
function startsOf({ frame }: HeadAnatomy): readonly (readonly number[])[] {
  const none = PRIOR_SD.map(() => 0);
  const nodded = (angle: number): readonly number[] => none.with(3, angle);
  const averageSize = none.map((v, p) => (p >= 6 && p < 9 ? -Math.log(frame.sizeRatios[p - 6]) : v));
  return [none, nodded(NOD), nodded(-NOD), averageSize];
}

/** Shift (mm), rotation vector (radians), logarithms of the scales and shears about a centre: c + R·S·(x − c) + t. */
function parameterMap(x: ArrayLike<number>, centre: Vec3): Affine {
  const r = rotationMatrix([x[3], x[4], x[5]]);
  const [a, b, c] = [Math.exp(x[6]), Math.exp(x[7]), Math.exp(x[8])];
  const rows: number[] = [];
  for (let row = 0; row < 3; row++) {
    const [u, v, w] = [r[3 * row], r[3 * row + 1], r[3 * row + 2]];
    const line = [u * a, u * x[9] + v * b, u * x[10] + v * x[11] + w * c];
    const moved = line[0] * centre[0] + line[1] * centre[1] + line[2] * centre[2];
    rows.push(...line, centre[row] + x[row] - moved);
  }
  return rows;
}

/** Half-way between the eyes and the tragi: near the middle of all that is compared. */
function templateCentre({ landmarksLps }: HeadTemplate): Vec3 {
  const { eyeCentreLeft, eyeCentreRight, tragionLeft, tragionRight } = landmarksLps;
  const points = [eyeCentreLeft, eyeCentreRight, tragionLeft, tragionRight];
  const mean = (d: 0 | 1 | 2): number => points.reduce((sum, p) => sum + p[d], 0) / points.length;
  return [mean(0), mean(1), mean(2)];
}

/** Signed distance of each mapped point from a surface, mm; NaN outside the image. */
function distances(points: Float64Array, to: Sampled, map: Affine, grid: Grid, out: Float64Array): void {
  const toIjk = compose(invert(grid.affineIjkToLps), map);
  const [ni, nj, nk] = grid.sizeIjk;
  for (let n = 0; n < out.length; n++) {
    const [x, y, z] = [points[3 * n], points[3 * n + 1], points[3 * n + 2]];
    const i = toIjk[0] * x + toIjk[1] * y + toIjk[2] * z + toIjk[3];
    const j = toIjk[4] * x + toIjk[5] * y + toIjk[6] * z + toIjk[7];
    const k = toIjk[8] * x + toIjk[9] * y + toIjk[10] * z + toIjk[11];
    const isInside = i >= 0 && j >= 0 && k >= 0 && i <= ni - 1 && j <= nj - 1 && k <= nk - 1;
    out[n] = isInside
      ? sampleLps(
          to,
          map[0] * x + map[1] * y + map[2] * z + map[3],
          map[4] * x + map[5] * y + map[6] * z + map[7],
          map[8] * x + map[9] * y + map[10] * z + map[11],
        )
      : NaN;
  }
}

function missesOf(points: Float64Array, to: Sampled, map: Affine, grid: Grid): Float64Array {
  const out = new Float64Array(points.length / 3);
  distances(points, to, map, grid, out);
  return out.map(Math.abs);
}

/** Share of points that lie inside the image, its outer half voxels included. */
function coverageOf(points: Float64Array, map: Affine, { affineIjkToLps, sizeIjk }: Grid): number {
  const toIjk = compose(invert(affineIjkToLps), map);
  let inside = 0;
  for (let n = 0; n < points.length; n += 3) {
    const p = transformPoint(toIjk, [points[n], points[n + 1], points[n + 2]]);
    if (p.every((v, d) => v >= -0.5 && v <= sizeIjk[d] - 0.5)) inside++;
  }
  return inside / (points.length / 3);
}

function skinWeights(isFace: Uint8Array): Float64Array {
  const nFace = isFace.reduce((sum, v) => sum + v, 0);
  const unit = 1 / (POINT_SD_MM * POINT_SD_MM);
  return Float64Array.from(isFace, (v) =>
    v === 1 ? (unit * WEIGHTS.face) / nFace : (unit * WEIGHTS.head) / (isFace.length - nFace),
  );
}

function evenWeights(count: number, total: number): Float64Array {
  return new Float64Array(count).fill(total / count / (POINT_SD_MM * POINT_SD_MM));
}

function median(values: Float64Array): number {
  return values.length === 0 ? NaN : values.toSorted()[Math.floor(values.length / 2)];
}

function reasonOf(anatomy: HeadAnatomy, faceCoverage: number, quality: number): AnatomyFinding | undefined {
  const figures = `${(100 * faceCoverage).toFixed(0)} % of its face inside the image, ${(100 * quality).toFixed(0)} % of its skin on the head's`;
  if (anatomy.brainSource === 'none') return anatomyFinding('TEMPLATE_LOST', 'fail', 'there is no brain to start from');
  if (faceCoverage < LEAST_FACE_COVERAGE || quality < LEAST_QUALITY)
    return anatomyFinding('TEMPLATE_LOST', 'fail', figures);
  return undefined;
}
