import { type Affine, compose, determinant, type Grid, LPS_TO_RAS, sameGrid, spacingMm, stepLps } from '@efface/volume';
import { length } from '@efface/volume';
import type { ScanWarning } from '../scan-warning.ts';
import { NiftiError } from './errors.ts';
import type { NiftiHeader } from './header.ts';

/** Millimetres of the spatial unit codes (low three bits of xyzt_units). */
const MM_PER_UNIT: Readonly<Record<number, number>> = { 0: 1, 1: 1000, 2: 1, 3: 1e-3 };

/** Axes whose triple product is this small beside their lengths do not span the patient. */
const SINGULAR_RELATIVE = 1e-6;

/** Edges of voxels, from those of microscopes to more than a head, and how far away they may lie. */
const MIN_EDGE_MM = 1e-6;
const MAX_EDGE_MM = 1e4;
const MAX_POSITION_MM = 1e6;

/** The two forms may differ by this share of the smallest voxel edge before it is worth a word. */
const FORMS_AGREE_VOXELS = 0.5;

/** Where the grid lies and which part of the header said so. */
export interface NiftiGeometry {
  readonly grid: Grid;
  readonly source: 'sform' | 'qform' | 'pixdim';
  readonly warnings: readonly ScanWarning[];
}

/**
 * Index to LPS mm: sform when its code is above 0, else qform likewise. A header with neither is refused, because a
 * defacer that guesses where the face is may cut the brain; `allowUnknown` takes the voxel sizes with axes along right,
 * anterior, superior ("method 1" of nifti1.h).
 * @throws NiftiError NIFTI_NO_ORIENTATION, NIFTI_BAD_AFFINE, NIFTI_BAD_HEADER
 */
export function geometryFromHeader(header: NiftiHeader, path: string, allowUnknown: boolean): NiftiGeometry {
  const { fields, sizeIjk } = header;
  const warnings: ScanWarning[] = [];
  const mmPerUnit = spatialUnitMm(header, path, warnings);
  const hasSform = fields.get('sformCode') > 0;
  const hasQform = fields.get('qformCode') > 0;
  const gridOf = (affineIjkToRas: Affine, form: string): Grid => {
    const scaled = affineIjkToRas.map((value) => value * mmPerUnit);
    const grid = { sizeIjk, affineIjkToLps: compose(LPS_TO_RAS, scaled) };
    checkSpans(grid, form, path);
    return grid;
  };

  if (hasSform) {
    const grid = gridOf(fields.getAll('srow'), 'sform');
    if (hasQform) warnIfFormsDisagree(grid, header, mmPerUnit, warnings);
    return { grid, source: 'sform', warnings };
  }
  if (hasQform) return { grid: gridOf(qformAffine(header, path), 'qform'), source: 'qform', warnings };

  if (!allowUnknown)
    throw new NiftiError(
      'NIFTI_NO_ORIENTATION',
      path,
      'neither sform nor qform is set, so the file does not say where left, front and top are; set one from the ' +
        'original images, or allow an unknown orientation and check the pictures',
    );
  const [dx, dy, dz] = voxelEdges(header, path);
  warnings.push({
    code: 'NIFTI_ORIENTATION_ASSUMED',
    message: 'the file does not say how it lies; i, j, k were taken to run to right, anterior, superior',
  });
  return { grid: gridOf([dx, 0, 0, 0, 0, dy, 0, 0, 0, 0, dz, 0], 'pixdim'), source: 'pixdim', warnings };
}

function spatialUnitMm(header: NiftiHeader, path: string, warnings: ScanWarning[]): number {
  const code = header.fields.get('xyztUnits') & 7;
  if (!(code in MM_PER_UNIT))
    throw new NiftiError('NIFTI_BAD_HEADER', path, `xyzt_units names the spatial unit ${code}, which does not exist`);
  if (code === 0)
    warnings.push({ code: 'NIFTI_UNITS_UNKNOWN', message: 'the header names no spatial unit; millimetres were taken' });
  return MM_PER_UNIT[code];
}

/** pixdim[1..3], which must be positive along every axis that has more than one voxel. */
function voxelEdges(header: NiftiHeader, path: string): readonly [number, number, number] {
  const pixdim = header.fields.getAll('pixdim');
  const edge = (d: 0 | 1 | 2): number => {
    const stored = pixdim[d + 1];
    if (stored > 0 && Number.isFinite(stored)) return stored;
    if (stored === 0 && header.sizeIjk[d] === 1) return 1;
    throw new NiftiError('NIFTI_BAD_AFFINE', path, `pixdim[${d + 1}] is ${stored}; a voxel edge must be above 0`);
  };
  return [edge(0), edge(1), edge(2)];
}

/** Rotation by the unit quaternion (a, b, c, d), voxel edges, qfac and offset: "method 2" of nifti1.h. */
function qformAffine(header: NiftiHeader, path: string): Affine {
  const [dx, dy, dzUnsigned] = voxelEdges(header, path);
  const dz = header.fields.get('pixdim') < 0 ? -dzUnsigned : dzUnsigned;
  let [b, c, d] = header.fields.getAll('quatern');
  const [ox, oy, oz] = header.fields.getAll('qoffset');
  const norm2 = b * b + c * c + d * d;
  // Rounding may leave the vector part a little too long; more than that is no rotation.
  if (!(norm2 <= 1.001))
    throw new NiftiError('NIFTI_BAD_AFFINE', path, `the quaternion (${b}, ${c}, ${d}) is longer than 1`);
  let a = Math.sqrt(Math.max(0, 1 - norm2));
  if (a < 1e-7) {
    // A half turn: as in the standard's own code the vector part is made exactly unit.
    const n = Math.sqrt(norm2);
    [a, b, c, d] = [0, b / n, c / n, d / n];
  }
  return [
    (a * a + b * b - c * c - d * d) * dx, (2 * b * c - 2 * a * d) * dy, (2 * b * d + 2 * a * c) * dz, ox,
    (2 * b * c + 2 * a * d) * dx, (a * a + c * c - b * b - d * d) * dy, (2 * c * d - 2 * a * b) * dz, oy,
    (2 * b * d - 2 * a * c) * dx, (2 * c * d + 2 * a * b) * dy, (a * a + d * d - c * c - b * b) * dz, oz,
  ]; // prettier-ignore
}

function checkSpans(grid: Grid, form: string, path: string): void {
  const m = grid.affineIjkToLps;
  if (!m.every((value) => Number.isFinite(value)))
    throw new NiftiError('NIFTI_BAD_AFFINE', path, `the ${form} has numbers that are not finite`);
  const lengths = length(stepLps(grid, 0)) * length(stepLps(grid, 1)) * length(stepLps(grid, 2));
  if (!(Math.abs(determinant(m)) > SINGULAR_RELATIVE * lengths))
    throw new NiftiError('NIFTI_BAD_AFFINE', path, `the ${form} is singular: its axes do not span three dimensions`);
  const edges = spacingMm(grid);
  if (
    Math.min(...edges) < MIN_EDGE_MM ||
    Math.max(...edges) > MAX_EDGE_MM ||
    [m[3], m[7], m[11]].some((mm) => Math.abs(mm) > MAX_POSITION_MM)
  )
    // prettier-ignore
    throw new NiftiError(
      'NIFTI_BAD_AFFINE',
      path,
      `the ${form} has voxels of ${edges.map((mm) => mm.toPrecision(3)).join(' × ')} mm at (${m[3]}, ${m[7]}, ${m[11]}) mm; ` +
        'no head is imaged like that, the unit in xyzt_units may be wrong',
    );
}

/** A qform that cannot be read is not worth refusing a good sform for; it counts as a disagreement. */
function warnIfFormsDisagree(grid: Grid, header: NiftiHeader, mmPerUnit: number, warnings: ScanWarning[]): void {
  const toleranceMm = FORMS_AGREE_VOXELS * Math.min(...spacingMm(grid));
  let agree = false;
  try {
    const affine = qformAffine(header, '').map((value) => value * mmPerUnit);
    agree = sameGrid(grid, { sizeIjk: grid.sizeIjk, affineIjkToLps: compose(LPS_TO_RAS, affine) }, toleranceMm);
  } catch (error) {
    if (!(error instanceof NiftiError)) throw error;
  }
  if (!agree)
    warnings.push({
      code: 'NIFTI_FORMS_DISAGREE',
      message: 'sform and qform put the voxels in different places; the sform was believed',
    });
}
