import {
  type Affine,
  bytesPerVoxel,
  compose,
  determinant,
  type Grid,
  isUniformRescale,
  LPS_TO_RAS,
} from '@efface/volume';
import { scale, shear, spacingMm, stepLps, type Vec3, type Volume } from '@efface/volume';
import { voxelBytes } from '../alter.ts';
import { IS_LITTLE_ENDIAN_HOST } from './bytes.ts';
import { codeFromVoxelType } from './datatype.ts';
import { HEADER_BYTES, HeaderBytes, MAGIC } from './layout.ts';
import { writeContent } from './write.ts';

/** Sizes above this need NIfTI-2. */
const MAX_NIFTI_1_SIZE = 32767;

/** A quaternion cannot hold a grid whose axes are further from rectangular than this (|cos|); sform alone then. */
const MAX_QFORM_SHEAR = 1e-4;

/** NIFTI_XFORM_SCANNER_ANAT: coordinates of the scanner. */
const SCANNER_ANAT = 1;

/** Millimetres and seconds in xyzt_units. */
const MM_AND_SECONDS = 2 | 8;

/**
 * Writes volumes that share a grid as one NIfTI file (3-D, or 4-D for several), in their stored type and native byte
 * order, gzip when the name ends with '.gz'. NIfTI-1 unless an axis is too long for it. The affine goes to sform, and
 * to qform where the grid is rectangular.
 * @param path does not exist yet
 * @param frames volumes of one grid, type and rescale; the rescale is one line for all slices, else RangeError
 * @param description at most 79 Latin-1 characters for `descrip`; no patient data
 */
export async function writeNifti(path: string, frames: Volume | readonly Volume[], description = ''): Promise<void> {
  const list: readonly Volume[] = 'grid' in frames ? [frames] : frames;
  await writeContent(path, {
    prefix: headerOf(list, description).bytes,
    frames: list,
    littleEndian: IS_LITTLE_ENDIAN_HOST,
    suffix: new Uint8Array(0),
  });
}

/** The bytes of what `writeNifti` writes of one volume to a name without '.gz', for who wants no file. Throws RangeError likewise. */
export function niftiBytes(volume: Volume, description = ''): Uint8Array {
  const header = headerOf([volume], description).bytes;
  const voxels = voxelBytes(volume.voxels);
  const bytes = new Uint8Array(header.length + voxels.length);
  bytes.set(header);
  bytes.set(voxels, header.length);
  return bytes;
}

function headerOf(list: readonly Volume[], description: string): HeaderBytes {
  const [first] = list;
  const { rescale } = first;
  if (list.some((f) => f.type !== first.type || f.voxels.length !== first.voxels.length))
    throw new RangeError('the frames differ in type or size');
  const sameLine = (f: Volume): boolean =>
    isUniformRescale(f.rescale) &&
    f.rescale.slopePerK[0] === rescale.slopePerK[0] &&
    f.rescale.interceptPerK[0] === rescale.interceptPerK[0];
  if (!list.every(sameLine))
    throw new RangeError('NIfTI has one slope for all slices and frames; convert the voxels to real values first');
  const header = createHeader(first.grid, list.length);
  header.set('datatype', codeFromVoxelType(first.type));
  header.set('bitpix', 8 * bytesPerVoxel(first.type));
  header.set('sclSlope', rescale.slopePerK[0]);
  header.set('sclInter', rescale.interceptPerK[0]);
  header.setText('descrip', description.slice(0, 79));
  return header;
}

/** Header of a new file on this grid with its extension flag bytes; type, scaling and texts are still to be set. */
export function createHeader(grid: Grid, nFrames: number): HeaderBytes {
  const { sizeIjk } = grid;
  const version = Math.max(...sizeIjk, nFrames) > MAX_NIFTI_1_SIZE ? 2 : 1;
  const bytes = new Uint8Array(HEADER_BYTES[version] + 4);
  const header = new HeaderBytes(version, IS_LITTLE_ENDIAN_HOST, bytes);
  new DataView(bytes.buffer).setInt32(0, HEADER_BYTES[version], header.littleEndian);
  header.setText('magic', MAGIC[version].single);
  header.set('voxOffset', bytes.length);
  header.set('dim', nFrames > 1 ? 4 : 3, ...sizeIjk, nFrames, 1, 1, 1);
  header.set('xyztUnits', MM_AND_SECONDS);
  const affineIjkToRas = compose(LPS_TO_RAS, grid.affineIjkToLps);
  header.set('sformCode', SCANNER_ANAT);
  header.set('srow', ...affineIjkToRas);
  const qfac = determinant(affineIjkToRas) < 0 ? -1 : 1;
  header.set('pixdim', qfac, ...spacingMm(grid), 1, 1, 1, 1);
  if (shear(grid) <= MAX_QFORM_SHEAR) {
    header.set('qformCode', SCANNER_ANAT);
    header.set('quatern', ...quaternionOf(grid, qfac));
    header.set('qoffset', affineIjkToRas[3], affineIjkToRas[7], affineIjkToRas[11]);
  }
  return header;
}

/**
 * Vector part (b, c, d) of the unit quaternion of the grid's axes in RAS, the third one turned by `qfac` so that they
 * are a rotation. The largest of the four squares is taken by its root, the others follow from it, which is exact near
 * half turns too; the scalar part comes out non-negative.
 */
export function quaternionOf(grid: Grid, qfac: 1 | -1): Vec3 {
  const spacing = spacingMm(grid);
  const axis = (d: 0 | 1 | 2, sign: number): Vec3 => {
    const [l, p, s] = scale(stepLps(grid, d), sign / spacing[d]);
    return [-l, -p, s];
  };
  const [x, y, z] = [axis(0, 1), axis(1, 1), axis(2, qfac)];
  const r: Affine = [x[0], y[0], z[0], 0, x[1], y[1], z[1], 0, x[2], y[2], z[2], 0];
  const squares = [1 + r[0] + r[5] + r[10], 1 + r[0] - r[5] - r[10], 1 - r[0] + r[5] - r[10], 1 - r[0] - r[5] + r[10]];
  const largest = squares.indexOf(Math.max(...squares));
  // Four times the products of pairs of components.
  const ab = r[9] - r[6];
  const ac = r[2] - r[8];
  const ad = r[4] - r[1];
  const bc = r[4] + r[1];
  const bd = r[2] + r[8];
  const cd = r[9] + r[6];
  const rows: readonly (readonly [number, number, number, number])[] = [
    [squares[0], ab, ac, ad],
    [ab, squares[1], bc, bd],
    [ac, bc, squares[2], cd],
    [ad, bd, cd, squares[3]],
  ];
  const [a, b, c, d] = rows[largest];
  const norm = Math.hypot(a, b, c, d) * (a < 0 ? -1 : 1);
  return [b / norm, c / norm, d / norm];
}
