import { add, cross, dot, type Grid, length, scale, subtract, type Vec3 } from '@efface/volume';
import { tagName } from './dictionary.ts';
import { DicomError } from './errors.ts';
import type { Slice } from './instance.ts';
import { TAG } from './tags.ts';

/** A volume needs this many slices; fewer are localisers or leftovers. */
export const MIN_SLICES = 3;

/** Slices of one stack may differ this much in a direction cosine (0.06°), which rounding in text explains. */
export const ORIENTATION_TOLERANCE = 1e-3;

/** … and this share in pixel spacing. */
export const SPACING_TOLERANCE = 1e-3;

/**
 * How far a slice may lie from its place on the evenly spaced stack, as a share of the slice spacing. A missing slice
 * moves others by at least half a spacing; positions rounded to 0.1 mm move 0.6 mm slices by 0.08.
 */
export const POSITION_TOLERANCE_SPACINGS = 0.1;

/** Slices nearer than this lie on each other, mm. */
export const DUPLICATE_TOLERANCE_MM = 1e-3;

/**
 * Slices that lie this much farther apart than Slice Thickness and Spacing Between Slices both say are every second (or
 * third, …) of the acquired ones. The two fields do not place anything.
 */
export const LEFT_OUT_RATIO = 1.5;

/**
 * Shift of neighbouring slices along their own plane, as a share of their distance, above which the stack counts as
 * sheared (0.11°). Below, the affine follows the positions, so nothing is misplaced.
 */
export const SHEAR_TOLERANCE = 2e-3;

/** A slice and its place along the normal, mm. */
export interface Placed {
  readonly slice: Slice;
  readonly at: number;
}

/** Slices in the order of the grid's k. */
export interface Stack {
  readonly slices: readonly Slice[];
  readonly grid: Grid;
}

/**
 * Sorts slices along their normal and finds the grid they lie on: i = column, j = row, k along the normal, so that
 * (i, j, k) is right-handed. Position and orientation decide, names and numbers do not.
 * @param path the file or folder that messages name
 * @throws DicomError when the slices are no evenly spaced rectangular stack
 */
export function stackSlices(slices: readonly Slice[], path: string): Stack {
  const [first] = slices;
  const { sorted, normal } = sortAlongNormal(slices, path);
  const last = sorted[sorted.length - 1].slice;
  const origin = sorted[0].slice.positionLps;
  const step = scale(subtract(last.positionLps, origin), 1 / (slices.length - 1));
  checkShear(step, normal, path);
  checkSpacing(sorted, step, path);
  checkStatedStep(first, length(step), path);

  const [rowSpacing, columnSpacing] = first.spacingMm;
  const i = scale(first.rowDirection, columnSpacing);
  const j = scale(first.columnDirection, rowSpacing);
  const affineIjkToLps = [0, 1, 2].flatMap((r) => [i[r], j[r], step[r], origin[r]]);
  const sizeIjk: Vec3 = [first.format.columns, first.format.rows, slices.length];
  return { slices: sorted.map(({ slice }) => slice), grid: { sizeIjk, affineIjkToLps } };
}

/**
 * Slices of equal size, orientation and pixels, one at each place, in the order of their places along the normal.
 * @throws DicomError when they are not
 */
export function sortAlongNormal(
  slices: readonly Slice[],
  path: string,
): { readonly sorted: readonly Placed[]; readonly normal: Vec3 } {
  const [first] = slices;
  if (slices.length < MIN_SLICES)
    throw new DicomError(
      'DICOM_TOO_FEW_SLICES',
      path,
      `the series has ${slices.length} slice(s); at least ${MIN_SLICES} are needed for a volume`,
    );
  checkAlike(slices);
  const normal = cross(first.rowDirection, first.columnDirection);
  const sorted = slices
    .map((slice) => ({ slice, at: dot(slice.positionLps, normal) }))
    .sort((a, b) => a.at - b.at || a.slice.file.path.localeCompare(b.slice.file.path));
  checkDuplicates(sorted);
  return { sorted, normal };
}

function checkAlike(slices: readonly Slice[]): void {
  const [first] = slices;
  for (const slice of slices) {
    const mixed = (what: string): never => {
      throw new DicomError(
        'DICOM_MIXED_SERIES',
        slice.file.path,
        `differs in ${what} from ${first.file.path}, which says it is of the same series; keep one kind of slices`,
      );
    };
    const { format } = slice;
    if (format.rows !== first.format.rows || format.columns !== first.format.columns)
      mixed(`size (${format.columns}×${format.rows} and ${first.format.columns}×${first.format.rows})`);
    if (format.type !== first.format.type) mixed(`pixel type (${format.type} and ${first.format.type})`);
    const turned = [
      ...subtract(slice.rowDirection, first.rowDirection),
      ...subtract(slice.columnDirection, first.columnDirection),
    ];
    if (turned.some((difference) => Math.abs(difference) > ORIENTATION_TOLERANCE)) mixed('orientation');
    if (slice.spacingMm.some((mm, d) => Math.abs(mm / first.spacingMm[d] - 1) > SPACING_TOLERANCE))
      mixed('pixel spacing');
  }
}

/** Distances between neighbouring slices. */
export function gapsMm(sorted: readonly Placed[]): number[] {
  return sorted.slice(1).map(({ at }, n) => at - sorted[n].at);
}

function checkDuplicates(sorted: readonly Placed[]): void {
  const n = gapsMm(sorted).findIndex((gap) => gap < DUPLICATE_TOLERANCE_MM);
  if (n < 0) return;
  const [a, b] = [sorted[n].slice, sorted[n + 1].slice];
  const where = a.file === b.file ? `frames ${a.frame + 1} and ${b.frame + 1}` : `it and ${b.file.path}`;
  const difference = whatDiffers(a, b);
  const advice =
    difference !== undefined
      ? `and differ in ${difference}: the series holds several volumes; split them into series`
      : a.file === b.file
        ? 'in it; split echoes, phases and time points into series'
        : 'and nothing in their headers tells them apart: they look like copies; remove one of them';
  throw new DicomError('DICOM_DUPLICATE_SLICES', a.file.path, `${where} lie at the same place ${advice}`);
}

/** Fields that tell the volumes of a multi-echo, 4-D or magnitude and phase series apart. */
const VOLUME_FIELDS: readonly (readonly [name: string, tag: number])[] = [
  ['Echo Time', TAG.echoTime],
  ['Inversion Time', TAG.inversionTime],
  ['Flip Angle', TAG.flipAngle],
  ['Temporal Position', TAG.temporalPositionIdentifier],
  ['Trigger Time', TAG.triggerTime],
  ['Image Type', TAG.imageType],
  ['Acquisition Number', TAG.acquisitionNumber],
];

/** The first such field that two classic slices differ in, with its tag. */
function whatDiffers(a: Slice, b: Slice): string | undefined {
  const valueOf = ({ file }: Slice, tag: number): string => file.dataSet.texts(tag).join('\\');
  const field = VOLUME_FIELDS.find(([, tag]) => valueOf(a, tag) !== valueOf(b, tag));
  return field && `${field[0]} ${tagName(field[1])}`;
}

function checkSpacing(sorted: readonly Placed[], step: Vec3, path: string): void {
  const origin = sorted[0].slice.positionLps;
  const tolerance = POSITION_TOLERANCE_SPACINGS * length(step);
  const off = sorted.findIndex(
    ({ slice }, n) => length(subtract(slice.positionLps, add(origin, scale(step, n)))) > tolerance,
  );
  if (off < 0) return;
  const gaps = gapsMm(sorted);
  const usual = [...gaps].sort((a, b) => a - b)[gaps.length >>> 1];
  const widest = gaps.reduce((best, gap, n) => (gap > gaps[best] ? n : best), 0);
  throw new DicomError(
    'DICOM_MISSING_SLICES',
    path,
    `the slices are not evenly spaced: most are ${usual.toFixed(3)} mm apart, but ` +
      `${sorted[widest].slice.file.path} and ${sorted[widest + 1].slice.file.path} ${gaps[widest].toFixed(3)} mm; ` +
      'slices are missing or their distance changes. Export the whole series again',
  );
}

function checkStatedStep({ statedStepMm }: Slice, stepMm: number, path: string): void {
  if (statedStepMm === undefined || stepMm <= LEFT_OUT_RATIO * statedStepMm) return;
  throw new DicomError(
    'DICOM_MISSING_SLICES',
    path,
    `the slices lie ${stepMm.toFixed(3)} mm apart, but were acquired every ${statedStepMm.toFixed(3)} mm ` +
      '(Slice Thickness, Spacing Between Slices): most are missing. Export the whole series again',
  );
}

/** Angle between the way from slice to slice and their normal, degrees. */
export function tiltDegrees(step: Vec3, normal: Vec3): number {
  const along = dot(step, normal);
  return (Math.atan2(length(subtract(step, scale(normal, along))), along) * 180) / Math.PI;
}

function checkShear(step: Vec3, normal: Vec3, path: string): void {
  const degrees = tiltDegrees(step, normal);
  if (degrees <= (Math.atan(SHEAR_TOLERANCE) * 180) / Math.PI) return;
  throw new DicomError(
    'DICOM_GANTRY_TILT',
    path,
    `each slice is shifted against the one before along its own plane (${degrees.toFixed(1)}°, a tilted gantry), so ` +
      'the voxels form no rectangular grid. Allow resampling, or reconstruct the series without tilt',
  );
}
