import { bytesPerVoxel, type Vec3, type VoxelType } from '@efface/volume';
import type { ScanWarning } from '../scan-warning.ts';
import { voxelTypeFromCode } from './datatype.ts';
import { NiftiError } from './errors.ts';
import { HEADER_BYTES, HeaderBytes, MAGIC, type NiftiVersion } from './layout.ts';

/** What the header says about the voxels, checked. Geometry is in orientation.ts. */
export interface NiftiHeader {
  readonly fields: HeaderBytes;
  readonly version: NiftiVersion;
  readonly littleEndian: boolean;
  readonly sizeIjk: Vec3;
  readonly nFrames: number;
  readonly type: VoxelType;
  /** First byte of the voxels in the (decompressed) file. */
  readonly voxOffsetBytes: number;
  /** real = stored · slope + intercept, for every voxel. */
  readonly slope: number;
  readonly intercept: number;
  readonly warnings: readonly ScanWarning[];
}

/** Bytes that tell which format this is. */
export const SIGNATURE_BYTES = 348;

/** Header and extensions are kept in memory; a file whose voxels start later than this is damaged. */
const MAX_VOX_OFFSET_BYTES = 2 ** 26;

/** Twice the most that NIfTI-1 can say: beyond, what is kept for each slice outweighs the voxels. */
const MAX_EDGE_VOXELS = 2 ** 16;

/** Longer than any functional series of a head; every frame is an array, and a piece to compress, of its own. */
const MAX_FRAMES = 2 ** 13;

/**
 * Which NIfTI the first bytes announce, or undefined when they announce none. `sizeof_hdr` decides version and byte
 * order, as the standard says.
 */
export function sniffNifti(
  bytes: Uint8Array,
): { readonly version: NiftiVersion; readonly littleEndian: boolean } | undefined {
  if (bytes.length < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 4);
  for (const littleEndian of [true, false])
    for (const version of [1, 2] as const)
      if (view.getInt32(0, littleEndian) === HEADER_BYTES[version]) return { version, littleEndian };
  return undefined;
}

/**
 * Parses and checks the header proper.
 * @param bytes exactly HEADER_BYTES[version] bytes; kept, not copied
 * @param path for messages
 * @throws NiftiError for everything that is damaged or refused
 */
export function parseHeader(
  bytes: Uint8Array,
  version: NiftiVersion,
  littleEndian: boolean,
  path: string,
): NiftiHeader {
  const fields = new HeaderBytes(version, littleEndian, bytes);
  const warnings: ScanWarning[] = [];
  checkMagic(fields, path);
  const { sizeIjk, nFrames } = parseShape(fields, path);

  const code = fields.get('datatype');
  const datatype = voxelTypeFromCode(code);
  if ('refused' in datatype) throw new NiftiError('NIFTI_UNSUPPORTED_TYPE', path, `its voxels are ${datatype.refused}`);
  const bits = 8 * bytesPerVoxel(datatype.type);
  if (fields.get('bitpix') !== bits)
    warnings.push({
      code: 'NIFTI_BITPIX_MISMATCH',
      message: `bitpix is ${fields.get('bitpix')} but datatype ${code} has ${bits} bits; the datatype was believed`,
    });

  const voxOffsetBytes = parseVoxOffset(fields, path, warnings);
  const { slope, intercept } = parseScaling(fields, path, warnings);
  return {
    fields, version, littleEndian, sizeIjk, nFrames, type: datatype.type, voxOffsetBytes, slope, intercept, warnings,
  }; // prettier-ignore
}

function checkMagic(fields: HeaderBytes, path: string): void {
  const magic = fields.getText('magic');
  const expected = MAGIC[fields.version];
  if (magic === expected.single) return;
  if (magic === expected.pair)
    throw new NiftiError(
      'NIFTI_PAIR',
      path,
      'header and voxels are in two files (.hdr/.img); join them first, for example with ' +
        'nibabel (nib-nifti-dx, nib-convert) or fslchfiletype NIFTI_GZ',
    );
  if (fields.version === 2 && magic.startsWith('n+2'))
    throw new NiftiError(
      'NIFTI_WRONG_MAGIC',
      path,
      'the NIfTI-2 magic is damaged the way text-mode transfers damage it; transfer the file again in binary mode',
    );
  // Analyze 7.5 has the same size of header and `regular` = 'r' at byte 38.
  if (fields.version === 1 && (magic.startsWith('\0') || fields.bytes[38] === 0x72))
    throw new NiftiError(
      'NIFTI_ANALYZE',
      path,
      'is an Analyze 7.5 file, which does not say where left is; convert it to NIfTI from the original DICOM files',
    );
  throw new NiftiError(
    'NIFTI_WRONG_MAGIC',
    path,
    `the header starts like NIfTI-${fields.version} but its magic is ${hex(magic)}, not ${hex(expected.single)}`,
  );
}

/** Bytes of a text as digits: messages are for terminals. */
function hex(text: string): string {
  return `0x${Buffer.from(text, 'latin1').toString('hex')}`;
}

function parseShape(fields: HeaderBytes, path: string): { readonly sizeIjk: Vec3; readonly nFrames: number } {
  const dim = fields.getAll('dim');
  const nDims = dim[0];
  const listed = `dim is [${dim.join(', ')}]`;
  if (!(nDims >= 1 && nDims <= 7)) throw new NiftiError('NIFTI_BAD_HEADER', path, `${listed}; dim[0] must be 1 to 7`);
  const sizes = dim.slice(1).map((n, d) => (d < nDims ? n : 1));
  for (const [d, n] of sizes.entries()) {
    if (!(n >= 1))
      throw new NiftiError('NIFTI_BAD_HEADER', path, `${listed}; dim[${d + 1}] must be 1 or more, the file is damaged`);
  }
  const elements = sizes.reduce((product, n) => product * n, 1);
  if (!Number.isSafeInteger(elements))
    throw new NiftiError('NIFTI_BAD_HEADER', path, `${listed}; no file holds that many voxels`);
  if (Math.max(...sizes.slice(0, 3)) > MAX_EDGE_VOXELS || sizes[3] > MAX_FRAMES)
    throw new NiftiError(
      'NIFTI_UNSUPPORTED_SHAPE',
      path,
      `${listed}; images of more than ${MAX_EDGE_VOXELS} voxels along an axis or ${MAX_FRAMES} frames are refused`,
    );
  if (sizes.slice(4).some((n) => n > 1))
    throw new NiftiError(
      'NIFTI_UNSUPPORTED_SHAPE',
      path,
      `${listed}; images with a fifth dimension (vectors, warps, statistics) are refused, split them first`,
    );
  return { sizeIjk: [sizes[0], sizes[1], sizes[2]], nFrames: sizes[3] };
}

function parseVoxOffset(fields: HeaderBytes, path: string, warnings: ScanWarning[]): number {
  const stored = fields.get('voxOffset');
  const least = HEADER_BYTES[fields.version] + 4;
  if (stored === 0) {
    warnings.push({
      code: 'NIFTI_VOX_OFFSET_ZERO',
      message: `vox_offset is 0; the voxels were taken from byte ${least}, right after the header`,
    });
    return least;
  }
  if (!Number.isInteger(stored) || stored < least || stored > MAX_VOX_OFFSET_BYTES)
    throw new NiftiError(
      'NIFTI_BAD_HEADER',
      path,
      `vox_offset is ${stored}; it must be a whole number from ${least} to ${MAX_VOX_OFFSET_BYTES}`,
    );
  return stored;
}

function parseScaling(
  fields: HeaderBytes,
  path: string,
  warnings: ScanWarning[],
): { readonly slope: number; readonly intercept: number } {
  const slope = fields.get('sclSlope');
  const intercept = fields.get('sclInter');
  // The standard: a slope of 0 means that the stored values are the values.
  if (slope === 0) return { slope: 1, intercept: 0 };
  if (!Number.isFinite(slope)) {
    warnings.push({ code: 'NIFTI_SLOPE_NOT_FINITE', message: `scl_slope is ${slope}; the values were taken unscaled` });
    return { slope: 1, intercept: 0 };
  }
  if (!Number.isFinite(intercept))
    throw new NiftiError('NIFTI_BAD_HEADER', path, `scl_inter is ${intercept} beside scl_slope ${slope}`);
  return { slope, intercept };
}

/** One header extension: what it is for (nifti_ecode list) and its bytes, the eight of its own head included. */
export interface NiftiExtension {
  readonly code: number;
  readonly sizeBytes: number;
}

/**
 * Lists the extensions between header and voxels.
 * @param prefix every byte before the voxels
 * @returns the extensions, and whether their chain is intact
 */
export function listExtensions(
  prefix: Uint8Array,
  header: Pick<NiftiHeader, 'version' | 'littleEndian'>,
): { readonly extensions: readonly NiftiExtension[]; readonly intact: boolean } {
  const extensions: NiftiExtension[] = [];
  const flag = HEADER_BYTES[header.version];
  if (prefix[flag] === 0) return { extensions, intact: true };
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  let offset = flag + 4;
  // Padding shorter than an extension's own head may follow the last one.
  while (offset + 8 <= prefix.length) {
    const sizeBytes = view.getInt32(offset, header.littleEndian);
    if (sizeBytes < 16 || sizeBytes % 16 !== 0 || offset + sizeBytes > prefix.length)
      return { extensions, intact: false };
    extensions.push({ code: view.getInt32(offset + 4, header.littleEndian), sizeBytes });
    offset += sizeBytes;
  }
  return { extensions, intact: true };
}
