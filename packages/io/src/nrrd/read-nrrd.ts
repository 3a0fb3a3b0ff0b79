import {
  allocateVoxels, bytesPerVoxel, determinant, EffaceError, type ExitReason, type Grid, type Modality, spacingMm, uniformRescale, type Vec3,
  type Volume, type VoxelType,
} from '@efface/volume'; // prettier-ignore
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { voxelBytes } from '../alter.ts';
import { inputErrorFrom, systemErrorCode } from '../input-errors.ts';
import { memoryLimitBytes } from '../memory-limit.ts';

/** Reason codes of NRRD input, each with its row of the exit code table. */
const REASONS = {
  /** The file does not start with "NRRD". */
  NRRD_WRONG_MAGIC: 'inputCorrupt',
  /** A field is missing or has a value that cannot be. */
  NRRD_BAD_HEADER: 'inputCorrupt',
  /** Fewer bytes than the header promises, or a damaged gzip stream. */
  NRRD_TRUNCATED: 'inputCorrupt',
  /** Not three space axes, blocks, bzip2, text, data in several files, or a left-handed or unknown space. */
  NRRD_UNSUPPORTED: 'inputRefused',
} as const satisfies Record<string, ExitReason>;

/** A NRRD file that is damaged or refused. The message starts with the path. */
export class NrrdError extends EffaceError {
  constructor(code: keyof typeof REASONS, path: string, message: string, options?: ErrorOptions) {
    super(code, REASONS[code], `${path}: ${message}`, options);
  }
}

/** Names of the format's definition for each type. */
const TYPES: readonly (readonly [VoxelType, string])[] = [
  ['i8', 'signed char|int8|int8_t'], ['u8', 'uchar|unsigned char|uint8|uint8_t'],
  ['i16', 'short|short int|signed short|signed short int|int16|int16_t'],
  ['u16', 'ushort|unsigned short|unsigned short int|uint16|uint16_t'],
  ['i32', 'int|signed int|int32|int32_t'], ['u32', 'uint|unsigned int|uint32|uint32_t'],
  ['f32', 'float'], ['f64', 'double'],
]; // prettier-ignore

/** Signs that turn a space's coordinates into LPS. */
const SPACES: Readonly<Record<string, Vec3>> = {
  'left-posterior-superior': [1, 1, 1], lps: [1, 1, 1],
  'right-anterior-superior': [-1, -1, 1], ras: [-1, -1, 1],
  'left-anterior-superior': [1, -1, 1], las: [1, -1, 1],
}; // prettier-ignore

/** What NIfTI is held to as well. */
const SINGULAR_RELATIVE = 1e-6;
const MAX_EDGE_MM = 1e4;
const MAX_POSITION_MM = 1e6;

/** Bytes after the values that are let pass. */
const MAX_SURPLUS_BYTES = 2 ** 20;
const inflate = promisify(gunzip);

/**
 * A NRRD or NHDR file of three space axes as a volume (teem.sourceforge.net/nrrd/format.html): raw or gzip, either byte
 * order, the data in the file or in one beside it. Values are real ones as stored.
 * @throws NrrdError when it is damaged or refused, InputNotFoundError when it is not there
 */
export async function readNrrd(path: string, modality: Modality = 'OT'): Promise<Volume> {
  const bytes = await read(path, path);
  const { fields, end } = parseHeader(bytes, path);
  const need = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined) throw new NrrdError('NRRD_BAD_HEADER', path, `has no field "${name}"`);
    return value;
  };
  if (need('dimension') !== '3')
    throw new NrrdError('NRRD_UNSUPPORTED', path, `has another number of dimensions; volumes of three are read`);
  const type = TYPES.find(([, names]) => names.split('|').includes(need('type').toLowerCase()))?.[0];
  if (!type)
    throw new NrrdError(
      'NRRD_UNSUPPORTED',
      path,
      'has values of a type that is not read: integers of 8 to 32 bits, float and double are',
    );
  const sizeIjk = vector(need('sizes').split(/\s+/).map(Number), 'sizes', path);
  if (!sizeIjk.every((n) => Number.isInteger(n) && n > 0))
    throw new NrrdError('NRRD_BAD_HEADER', path, `"sizes" are ${sizeIjk.join(' × ')}`);
  const grid = gridOf(sizeIjk, fields, path);
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  const wanted = count * bytesPerVoxel(type);
  if (wanted > memoryLimitBytes())
    throw new NrrdError('NRRD_UNSUPPORTED', path, `${wanted} bytes do not fit this machine's memory`);
  const data = await dataOf(path, bytes.subarray(end), fields, wanted);
  if (data.length < wanted)
    throw new NrrdError('NRRD_TRUNCATED', path, `has ${data.length} bytes of values; its header promises ${wanted}`);
  const voxels = allocateVoxels(type, count);
  const target = Buffer.from(voxelBytes(voxels).buffer, voxelBytes(voxels).byteOffset, wanted);
  target.set(data.subarray(0, wanted));
  const width = bytesPerVoxel(type);
  if (width > 1 && need('endian') === 'big') {
    if (width === 2) target.swap16();
    else if (width === 4) target.swap32();
    else target.swap64();
  }
  const unit = modality === 'CT' ? 'HU' : 'arbitrary';
  return { grid, type, voxels, rescale: uniformRescale(sizeIjk[2], 1, 0), modality, unit };
}

async function read(path: string, named: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw inputErrorFrom(error, named);
  }
}

/** Fields by their names in small letters, and where the header ends. */
function parseHeader(bytes: Uint8Array, path: string): { readonly fields: Map<string, string>; readonly end: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.toString('latin1', 0, 4) !== 'NRRD')
    throw new NrrdError('NRRD_WRONG_MAGIC', path, 'does not start with "NRRD"');
  const blank = /\r?\n\r?\n/.exec(buffer.toString('latin1', 0, Math.min(buffer.length, 2 ** 20)));
  // A detached header need not end with an empty line.
  const end = blank ? blank.index + blank[0].length : buffer.length;
  const fields = new Map<string, string>();
  for (const line of buffer.toString('utf8', 0, end).split(/\r?\n/).slice(1)) {
    const colon = line.indexOf(': ');
    if (!line.startsWith('#') && colon > 0)
      fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 2).trim());
  }
  return { fields, end };
}

function vector(values: readonly number[], name: string, path: string): Vec3 {
  if (values.length !== 3 || !values.every(Number.isFinite))
    throw new NrrdError('NRRD_BAD_HEADER', path, `"${name}" holds no three numbers`);
  return [values[0], values[1], values[2]];
}

function gridOf(sizeIjk: Vec3, fields: ReadonlyMap<string, string>, path: string): Grid {
  const space = (fields.get('space') ?? '').toLowerCase();
  const signs = SPACES[space];
  if (!signs)
    throw new NrrdError(
      'NRRD_UNSUPPORTED',
      path,
      `its space is ${space === '' ? 'missing' : 'none that is known'}; without a patient's nobody knows where left is`,
    );
  const parse = (text: string, name: string): Vec3 => vector(text.split(',').map(Number), name, path);
  const directions = [...(fields.get('space directions') ?? '').matchAll(/\(([^)]*)\)/g)];
  if (directions.length !== 3)
    throw new NrrdError('NRRD_BAD_HEADER', path, `has ${directions.length} space directions of three`);
  const axes = directions.map(([, text]) => parse(text, 'space directions'));
  const origin = parse((fields.get('space origin') ?? '(0,0,0)').replace(/[()]/g, ''), 'space origin');
  const affineIjkToLps = [0, 1, 2].flatMap((row) => [...axes, origin].map((column) => signs[row] * column[row] + 0));
  const edges = spacingMm({ sizeIjk, affineIjkToLps });
  const isSpanned = Math.abs(determinant(affineIjkToLps)) > SINGULAR_RELATIVE * edges[0] * edges[1] * edges[2];
  if (!isSpanned || Math.max(...edges) > MAX_EDGE_MM || [...origin].some((mm) => Math.abs(mm) > MAX_POSITION_MM))
    throw new NrrdError('NRRD_BAD_HEADER', path, '"space directions" and "space origin" place no voxels in a patient');
  return { sizeIjk, affineIjkToLps };
}

/** @param wanted bytes of the values: a stream of gzip is not inflated much further */
async function dataOf(
  path: string,
  inside: Uint8Array,
  fields: ReadonlyMap<string, string>,
  wanted: number,
): Promise<Uint8Array> {
  const detached = fields.get('data file') ?? fields.get('datafile');
  let data = inside;
  if (detached !== undefined) {
    // A header must not make anybody read files elsewhere.
    if (basename(detached) !== detached || detached === 'LIST' || /[\0-\x1f]/.test(detached))
      throw new NrrdError('NRRD_UNSUPPORTED', path, 'its data are not in one file beside it');
    data = await read(join(dirname(path), detached), `${path}: its data file`);
  }
  const encoding = (fields.get('encoding') ?? '').toLowerCase();
  if (fields.has('line skip') || fields.has('byte skip') || fields.has('byteskip') || fields.has('lineskip'))
    throw new NrrdError('NRRD_UNSUPPORTED', path, 'skips part of its data; write it again without');
  if (encoding === 'raw') return data;
  if (encoding !== 'gzip' && encoding !== 'gz')
    throw new NrrdError('NRRD_UNSUPPORTED', path, 'is coded neither raw nor gzip');
  try {
    return await inflate(data, { maxOutputLength: wanted + MAX_SURPLUS_BYTES });
  } catch (error) {
    if (systemErrorCode(error) === 'ERR_BUFFER_TOO_LARGE')
      throw new NrrdError('NRRD_BAD_HEADER', path, 'holds many more bytes of values than its header explains');
    throw new NrrdError('NRRD_TRUNCATED', path, 'its gzip stream is damaged; copy the file again', { cause: error });
  }
}
