import type { Backend } from '@efface/compute';
import { type Contour, rasterContours, type RegionReport } from '@efface/kernels';
import {
  type Affine, cross, dot, type Grid, length, normalize, scale, spacingMm, stepLps, subtract, type Vec3, voxelCount,
} from '@efface/volume'; // prettier-ignore
import { type PatientField } from './patient-field.ts';
import { type RegionSamples, type SampleGroup, volumeOfGroups } from './region-samples.ts';

/** A region of planar contours, in parts. */
export interface ContourSamples extends RegionSamples {
  /** What became of the contours. */
  readonly report: RegionReport;
}

/** Pixels across a region at least: its border crosses some 500 of 13 000 then, its area is right to 3 thousandths. */
const PIXELS_ACROSS = 128;

/** More parts than this say no more about a region. */
const MAX_SAMPLES = 2 ** 23;

/** Contours this close to each other along the normal lie in one plane, mm. */
const PLANE_TOLERANCE_MM = 0.1;

/** Thicknesses are whole multiples of this, so that planes meant to be alike are, mm. */
const THICKNESS_STEP_MM = 1e-4;

/**
 * Some fields at many places of a region of closed planar contours. A contour is a slab as thick as planes are apart: on
 * either side half of the smaller gap to its neighbours, so that a plane left out leaves a hole; a region of one plane is
 * as thick as the dose grid is fine. Slabs are cut into pixels of the dose grid's spacing, or finer for small regions, and in
 * depth into parts of at most half that spacing. Pixels follow the rules of `rasterContours`.
 * @param doseGrid whose spacing the parts follow
 * @param fields one at least
 */
export async function sampleContours(
  backend: Backend,
  contours: readonly Contour[],
  doseGrid: Grid,
  fields: readonly PatientField[],
): Promise<ContourSamples> {
  const plan = planOf(contours, doseGrid);
  if (plan === undefined) {
    const leftOut = contours.map((own, contour) => ({ contour, reason: isClosed(own) ? 'too-few-points' as const : 'open' as const })); // prettier-ignore
    const report = { drawn: 0, slices: 0, gapSlices: 0, leftOut };
    return { groups: [], volumeMm3: 0, report };
  }
  const { grid, originsLps, slabs, pixelMm2, normal } = plan;
  const { labels, reports } = rasterContours(backend, { grid, regions: [contours], sliceOriginsLps: originsLps });
  const bits = new Uint32Array(await backend.read(labels)).subarray(0, voxelCount(grid));
  backend.release(labels);

  const groups: SampleGroup[] = [];
  const alike = Map.groupBy(slabs, ({ thicknessMm }) => thicknessMm);
  for (const [thicknessMm, own] of alike) {
    const { parts } = own[0];
    const values = sampleSlabs({ grid, originsLps, bits, normal, thicknessMm, parts }, own, fields);
    groups.push({ sampleMm3: (pixelMm2 * thicknessMm) / parts, values });
  }
  return { groups, volumeMm3: volumeOfGroups(groups), report: reports[0] };
}

interface Slab {
  /** Slice of the grid. */
  readonly slice: number;
  readonly thicknessMm: number;
  /** Parts in depth. */
  readonly parts: number;
}

interface SamplingPlan {
  /** Pixels around the region; the slices lie at `originsLps`. */
  readonly grid: Grid;
  readonly originsLps: readonly Vec3[];
  readonly slabs: readonly Slab[];
  readonly pixelMm2: number;
  readonly normal: Vec3;
}

const isClosed = ({ type }: Contour): boolean => type === 'CLOSED_PLANAR' || type === 'CLOSEDPLANAR_XOR';

/** Normal of a polygon times twice its area (Newell). */
function newell({ pointsLps: p }: Contour): Vec3 {
  const sum = [0, 0, 0];
  // About the first point: coordinates far from the origin would cancel.
  const at = (n: number, d: number): number => p[3 * n + d] - p[d];
  const count = p.length / 3;
  for (let n = 0; n < count; n++) {
    const next = (n + 1) % count;
    for (let d = 0; d < 3; d++) {
      const [u, v] = [(d + 1) % 3, (d + 2) % 3];
      sum[d] += at(n, u) * at(next, v) - at(n, v) * at(next, u);
    }
  }
  return [sum[0], sum[1], sum[2]];
}

/** Where to put pixels and slices; undefined when no contour encloses anything. */
function planOf(contours: readonly Contour[], doseGrid: Grid): SamplingPlan | undefined {
  const closed = contours.filter((contour) => isClosed(contour) && contour.pointsLps.length >= 9);
  const areas = closed.map(newell);
  const largest = areas.reduce<Vec3>((best, area) => (length(area) > length(best) ? area : best), [0, 0, 0]);
  if (!(length(largest) > 0)) return undefined;
  const normal = normalize(largest);
  // Pixels along the dose grid where that is possible.
  const along = ([0, 1, 2] as const)
    .map((axis) => normalize(stepLps(doseGrid, axis)))
    .reduce((best, axis) => (Math.abs(dot(axis, normal)) < Math.abs(dot(best, normal)) ? axis : best));
  const u = normalize(subtract(along, scale(normal, dot(along, normal))));
  const v = cross(normal, u);

  const [lowU, highU] = extent(closed, u);
  const [lowV, highV] = extent(closed, v);
  const positionsMm = planesOf(closed, normal);
  const doseMm = Math.min(...spacingMm(doseGrid));
  const thicknessesMm = thicknesses(positionsMm, doseMm);
  const across = Math.max(highU - lowU, highV - lowV);
  let pixelMm = Math.min(doseMm, across / PIXELS_ACROSS);
  const parts = (thicknessMm: number): number => Math.max(1, Math.ceil((2 * thicknessMm) / doseMm - 1e-6));
  const nParts = thicknessesMm.reduce((sum, mm) => sum + parts(mm), 0);
  const samples = (((highU - lowU) * (highV - lowV)) / pixelMm ** 2) * nParts;
  if (samples > MAX_SAMPLES) pixelMm *= Math.sqrt(samples / MAX_SAMPLES);

  const sizeIjk: Vec3 = [
    Math.max(1, Math.ceil((highU - lowU) / pixelMm)),
    Math.max(1, Math.ceil((highV - lowV) / pixelMm)),
    positionsMm.length,
  ];
  const originsLps = positionsMm.map((mm): Vec3 => {
    const at = (d: number): number => (lowU + pixelMm / 2) * u[d] + (lowV + pixelMm / 2) * v[d] + mm * normal[d];
    return [at(0), at(1), at(2)];
  });
  const affineIjkToLps: Affine = [0, 1, 2].flatMap((d) => [pixelMm * u[d], pixelMm * v[d], doseMm * normal[d], originsLps[0][d]]); // prettier-ignore
  return {
    grid: { sizeIjk, affineIjkToLps },
    originsLps,
    slabs: thicknessesMm.map((thicknessMm, slice) => ({ slice, thicknessMm, parts: parts(thicknessMm) })),
    pixelMm2: pixelMm * pixelMm,
    normal,
  };
}

/** Least and largest coordinate along a direction, mm. */
function extent(contours: readonly Contour[], [x, y, z]: Vec3): readonly [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const { pointsLps: p } of contours)
    for (let n = 0; n < p.length; n += 3) {
      const t = x * p[n] + y * p[n + 1] + z * p[n + 2];
      low = Math.min(low, t);
      high = Math.max(high, t);
    }
  return [low, high];
}

/** Positions of the planes of contours along the normal, ascending, mm. */
function planesOf(contours: readonly Contour[], normal: Vec3): number[] {
  const positions = contours
    .map((contour) => {
      const [low, high] = extent([contour], normal);
      return (low + high) / 2;
    })
    .sort((a, b) => a - b);
  return positions.filter((mm, n) => n === 0 || mm - positions[n - 1] > PLANE_TOLERANCE_MM);
}

function thicknesses(positionsMm: readonly number[], aloneMm: number): number[] {
  return positionsMm.map((mm, n) => {
    const below = n === 0 ? Infinity : mm - positionsMm[n - 1];
    const above = n === positionsMm.length - 1 ? Infinity : positionsMm[n + 1] - mm;
    const gap = Math.min(below, above);
    return THICKNESS_STEP_MM * Math.round((Number.isFinite(gap) ? gap : aloneMm) / THICKNESS_STEP_MM);
  });
}

/** Values of the fields at the parts of slabs of one thickness. */
function sampleSlabs(
  {
    grid,
    originsLps,
    bits,
    normal,
    thicknessMm,
    parts,
  }: Pick<SamplingPlan, 'grid' | 'originsLps' | 'normal'> & {
    readonly bits: Uint32Array;
    readonly thicknessMm: number;
    readonly parts: number;
  },
  slabs: readonly Slab[],
  fields: readonly PatientField[],
): Float32Array[] {
  const [ni, nj] = grid.sizeIjk;
  const m = grid.affineIjkToLps;
  let count = 0;
  for (const { slice } of slabs) for (let n = slice * ni * nj; n < (slice + 1) * ni * nj; n++) count += bits[n];
  const values = fields.map(() => new Float32Array(count * parts));
  let at = 0;
  for (const { slice } of slabs) {
    const [x0, y0, z0] = originsLps[slice];
    for (let j = 0, n = slice * ni * nj; j < nj; j++)
      for (let i = 0; i < ni; i++, n++) {
        if (bits[n] === 0) continue;
        for (let part = 0; part < parts; part++, at++) {
          const depthMm = ((part + 0.5) / parts - 0.5) * thicknessMm;
          const x = x0 + m[0] * i + m[1] * j + normal[0] * depthMm;
          const y = y0 + m[4] * i + m[5] * j + normal[1] * depthMm;
          const z = z0 + m[8] * i + m[9] * j + normal[2] * depthMm;
          for (let f = 0; f < fields.length; f++) values[f][at] = fields[f](x, y, z);
        }
      }
  }
  return values;
}
