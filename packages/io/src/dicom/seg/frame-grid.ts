import { cross, dot, type Grid, length, scale, subtract, type Vec3 } from '@efface/volume';
import { DicomError } from '../errors.ts';
import type { Slice } from '../instance.ts';
import {
  DUPLICATE_TOLERANCE_MM,
  ORIENTATION_TOLERANCE,
  POSITION_TOLERANCE_SPACINGS,
  SPACING_TOLERANCE,
} from '../stack.ts';

/** More planes than any scanner makes. */
const MAX_PLANES = 2 ** 14;

/** A grid, and the slice k of each frame. */
export interface FrameGrid {
  readonly grid: Grid;
  readonly kOfFrame: readonly number[];
}

/**
 * The grid that frames lie on: i = column, j = row, k along the normal, so that (i, j, k) is right-handed. Several frames
 * may lie on one plane and planes may be left out, as segmentations leave out empty ones; so the distance of planes is
 * Spacing Between Slices when all frames lie on multiples of it, else the smallest that occurs.
 * @param statedMm Spacing Between Slices, 0 when nobody says
 * @throws DicomError DICOM_SEG_GRID when the frames lie on no common grid
 */
export function gridOfFrames(frames: readonly Slice[], statedMm: number, path: string): FrameGrid {
  const [first] = frames;
  checkAlike(frames, path);
  const normal = cross(first.rowDirection, first.columnDirection);
  const alongMm = frames.map(({ positionLps }) => dot(normal, subtract(positionLps, first.positionLps)));
  // Not by Math.min(...): there may be more frames than a call takes arguments.
  const lowest = alongMm.reduce((best, mm, n) => (mm < alongMm[best] ? n : best), 0);
  const highest = alongMm.reduce((best, mm, n) => (mm > alongMm[best] ? n : best), 0);
  const fromLowestMm = alongMm.map((mm) => mm - alongMm[lowest]);
  checkNoShift(frames, fromLowestMm, lowest, normal, path);
  const stepMm = planeDistance(fromLowestMm, statedMm, first.thicknessMm ?? 0, path);
  const origin = frames[lowest].positionLps;
  const nk = Math.round(fromLowestMm[highest] / stepMm) + 1;
  if (nk > MAX_PLANES) throw noGrid(path, `its frames span ${nk} planes`);
  const k = scale(normal, stepMm);
  const i = scale(first.rowDirection, first.spacingMm[1]);
  const j = scale(first.columnDirection, first.spacingMm[0]);
  return {
    grid: {
      sizeIjk: [first.format.columns, first.format.rows, nk],
      affineIjkToLps: [0, 1, 2].flatMap((r) => [i[r], j[r], k[r], origin[r]]),
    },
    kOfFrame: fromLowestMm.map((mm) => Math.round(mm / stepMm)),
  };
}

function checkAlike(frames: readonly Slice[], path: string): void {
  const [first] = frames;
  for (const { rowDirection, columnDirection, spacingMm, frame } of frames) {
    const turned = [...subtract(rowDirection, first.rowDirection), ...subtract(columnDirection, first.columnDirection)];
    if (turned.some((difference) => Math.abs(difference) > ORIENTATION_TOLERANCE))
      throw noGrid(path, `frame ${frame + 1} is turned against frame 1`);
    if (spacingMm.some((mm, d) => Math.abs(mm / first.spacingMm[d] - 1) > SPACING_TOLERANCE))
      throw noGrid(path, `frame ${frame + 1} has another pixel spacing than frame 1`);
  }
}

/** All frames lie above each other. */
function checkNoShift(
  frames: readonly Slice[],
  fromLowestMm: readonly number[],
  lowest: number,
  normal: Vec3,
  path: string,
): void {
  const origin = frames[lowest].positionLps;
  const tolerance = POSITION_TOLERANCE_SPACINGS * Math.min(...frames[0].spacingMm);
  frames.forEach(({ positionLps, frame }, n) => {
    const shift = subtract(subtract(positionLps, origin), scale(normal, fromLowestMm[n]));
    if (length(shift) > tolerance) throw noGrid(path, `frame ${frame + 1} is shifted along its own plane`);
  });
}

/** Distance of the planes of a grid that has a plane at each of these places; the first is at 0. */
function planeDistance(fromLowestMm: readonly number[], statedMm: number, thicknessMm: number, path: string): number {
  const sorted = [...fromLowestMm].sort((a, b) => a - b);
  const places = sorted.filter((mm, n) => n === 0 || mm - sorted[n - 1] > DUPLICATE_TOLERANCE_MM);
  const span = places[places.length - 1];
  if (places.length === 1) {
    const only = statedMm > 0 ? statedMm : thicknessMm;
    if (!(only > 0)) throw noGrid(path, 'it has one plane and neither (0018,0088) nor (0018,0050) say how thick it is');
    return only;
  }
  const smallest = places.slice(1).reduce((least, mm, n) => Math.min(least, mm - places[n]), Infinity);
  for (const guess of [statedMm, smallest]) {
    // The whole span tells the distance to more digits than a rounded one has.
    const stepMm = span / Math.round(span / guess);
    const isOnPlanes = places.every(
      (mm) => Math.abs(mm - Math.round(mm / stepMm) * stepMm) <= POSITION_TOLERANCE_SPACINGS * stepMm,
    );
    if (guess > 0 && isOnPlanes && Math.round(smallest / stepMm) >= 1) return stepMm;
  }
  throw noGrid(path, 'its planes are not evenly spaced by (0020,0032) Image Position (Patient)');
}

function noGrid(path: string, what: string): DicomError {
  return new DicomError('DICOM_SEG_GRID', path, `${what}; export the segmentation on the grid of one image`);
}
