import { basename } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  allocateVoxels, bytesPerVoxel, type Grid, type Modality, uniformRescale, type Volume, type VoxelArray, voxelCount,
} from '@efface/volume'; // prettier-ignore
import { voxelBytes } from '../alter.ts';
import { scanFacts } from '../facts.ts';
import type { Alteration, OpenOptions, Scan, ScanFacts, WriteOptions, WrittenImage } from '../scan.ts';
import type { ScanWarning } from '../scan-warning.ts';
import { IS_LITTLE_ENDIAN_HOST, swapBytes } from './bytes.ts';
import { NiftiError } from './errors.ts';
import { listExtensions, type NiftiHeader, parseHeader, SIGNATURE_BYTES, sniffNifti } from './header.ts';
import { HEADER_BYTES } from './layout.ts';
import { guessModality, unitOf } from './modality.ts';
import { geometryFromHeader, type NiftiGeometry } from './orientation.ts';
import { type ByteSource, openSource } from './source.ts';
import { type NiftiContent, writeContent } from './write.ts';
import { memoryLimitBytes } from '../memory-limit.ts';

/** Bytes after the voxels are kept up to this many; more is data that the header does not explain. */
const MAX_SUFFIX_BYTES = 2 ** 20;

/** An opened NIfTI-1 or NIfTI-2 file. Header, extensions and trailing bytes are kept to the bit. */
export class NiftiScan implements Scan {
  readonly kind = 'nifti';
  readonly label: string;
  readonly frames: readonly Volume[];
  readonly warnings: readonly ScanWarning[];
  readonly outputExtension: '.nii' | '.nii.gz';
  readonly header: NiftiHeader;
  readonly geometry: NiftiGeometry;
  readonly #content: NiftiContent;

  /** Made by `openNifti`. */
  constructor(parts: {
    readonly label: string;
    readonly header: NiftiHeader;
    readonly geometry: NiftiGeometry;
    readonly content: NiftiContent;
    readonly isGzip: boolean;
    readonly warnings: readonly ScanWarning[];
  }) {
    this.label = parts.label;
    this.header = parts.header;
    this.geometry = parts.geometry;
    this.#content = parts.content;
    this.frames = parts.content.frames;
    this.outputExtension = parts.isGzip ? '.nii.gz' : '.nii';
    this.warnings = parts.warnings;
  }

  get volume(): Volume {
    return this.frames[0];
  }

  async write(alteration: Alteration, destination: string, options?: WriteOptions): Promise<WrittenImage> {
    const alteredVoxels = await writeContent(destination, this.#content, alteration, options?.onProgress);
    return { files: [destination], alteredVoxels, warnings: [] };
  }

  describe(): ScanFacts {
    const { version, littleEndian, slope, intercept, voxOffsetBytes } = this.header;
    return scanFacts(this, {
      format: `NIfTI-${version}`,
      byteOrder: littleEndian ? 'little-endian' : 'big-endian',
      compressed: this.outputExtension === '.nii.gz',
      orientationFrom: this.geometry.source,
      slope,
      intercept,
      voxOffsetBytes,
      extensions: listExtensions(this.#content.prefix, this.header).extensions.length,
    });
  }
}

/**
 * Opens a `.nii` or `.nii.gz` file (told apart by content, not by name) and reads its voxels into shared memory, in
 * native byte order. Memory: the voxels once, plus a few megabytes.
 * @throws NiftiError when it is damaged or refused, InputNotFoundError when it cannot be opened
 */
export async function openNifti(path: string, options: OpenOptions = {}): Promise<NiftiScan> {
  const source = await openSource(path);
  try {
    const header = await readHeader(source, path);
    const geometry = geometryFromHeader(header, path, options.allowUnknownOrientation ?? false);
    checkSize(header, source, path);
    const prefix = await readPrefix(source, header, path);
    const { voxels, crcPerFrame } = await readVoxels(source, header, path);
    const suffix = await readSuffix(source, path);

    const warnings = [
      ...header.warnings,
      ...geometry.warnings,
      ...textWarnings(header),
      ...extensionWarnings(prefix, header),
    ];
    if (suffix.length > 0)
      warnings.push({ code: 'NIFTI_TRAILING_BYTES', message: `${suffix.length} bytes after the voxels were kept` });
    const modality = options.modality ?? guessModality({ voxels: voxels[0], rescale: rescaleOf(header) });
    if (options.modality === undefined)
      warnings.push({
        code: 'MODALITY_GUESSED',
        message: `NIfTI does not say what was imaged; the values look like ${modality === 'CT' ? 'CT (HU)' : 'no CT'}`,
      });
    const rescale = rescaleOf(header);
    const frames = voxels.map((array) => frameVolume(header, geometry.grid, array, modality, rescale));
    const content = { prefix, frames, littleEndian: header.littleEndian, suffix, crcPerFrame };
    return new NiftiScan({ label: basename(path), header, geometry, content, isGzip: source.isGzip, warnings });
  } finally {
    await source.close();
  }
}

/** Header, geometry and nothing else: what a listing needs. Same errors as `openNifti`, as far as the header tells. */
export async function readNiftiHeader(
  path: string,
  options: OpenOptions = {},
): Promise<{ readonly header: NiftiHeader; readonly geometry: NiftiGeometry }> {
  const source = await openSource(path);
  try {
    const header = await readHeader(source, path);
    checkSize(header, source, path);
    return { header, geometry: geometryFromHeader(header, path, options.allowUnknownOrientation ?? false) };
  } finally {
    await source.close();
  }
}

/** Does the (decompressed) file start like a NIfTI header? Never throws for damaged content. */
export async function isNiftiFile(path: string): Promise<boolean> {
  const source = await openSource(path);
  try {
    const start = new Uint8Array(SIGNATURE_BYTES);
    return (await source.read(start)) === SIGNATURE_BYTES && sniffNifti(start) !== undefined;
  } catch (error) {
    if (error instanceof NiftiError) return false;
    throw error;
  } finally {
    await source.close();
  }
}

async function readHeader(source: ByteSource, path: string): Promise<NiftiHeader> {
  const start = new Uint8Array(SIGNATURE_BYTES);
  const filled = await source.read(start);
  const found = sniffNifti(start.subarray(0, filled));
  if (found === undefined)
    throw new NiftiError(
      'NIFTI_WRONG_MAGIC',
      path,
      filled === 0
        ? 'is empty'
        : 'is no NIfTI file: it starts with neither 348 (NIfTI-1) nor 540 (NIfTI-2) in either byte order',
    );
  const bytes = new Uint8Array(HEADER_BYTES[found.version]);
  bytes.set(start);
  const rest = filled === SIGNATURE_BYTES ? await source.read(bytes.subarray(SIGNATURE_BYTES)) : 0;
  if (filled + rest < bytes.length)
    throw new NiftiError('NIFTI_TRUNCATED', path, `ends inside its ${bytes.length}-byte header; copy the file again`);
  return parseHeader(bytes, found.version, found.littleEndian, path);
}

function dataBytes(header: NiftiHeader): number {
  return header.sizeIjk[0] * header.sizeIjk[1] * header.sizeIjk[2] * header.nFrames * bytesPerVoxel(header.type);
}

/** Refuses before anything is allocated. */
function checkSize(header: NiftiHeader, source: ByteSource, path: string): void {
  const needed = header.voxOffsetBytes + dataBytes(header);
  const shape = `${header.sizeIjk.join('×')}${header.nFrames > 1 ? `×${header.nFrames}` : ''} voxels of ${header.type}`;
  if (needed > source.maxBytes)
    throw new NiftiError(
      'NIFTI_TRUNCATED',
      path,
      `the header promises ${shape} (${needed} bytes), the file ` +
        `${source.isGzip ? 'cannot decompress to more than' : 'has only'} ${source.maxBytes} bytes; copy the file again`,
    );
  if (needed > memoryLimitBytes())
    throw new NiftiError('NIFTI_TOO_LARGE', path, `${shape} (${needed} bytes) do not fit this machine's memory`);
}

async function readPrefix(source: ByteSource, header: NiftiHeader, path: string): Promise<Uint8Array> {
  const prefix = new Uint8Array(header.voxOffsetBytes);
  prefix.set(header.fields.bytes);
  const between = prefix.subarray(header.fields.bytes.length);
  if ((await source.read(between)) < between.length)
    throw new NiftiError('NIFTI_TRUNCATED', path, `ends before its voxels (vox_offset ${prefix.length})`);
  return prefix;
}

async function readVoxels(
  source: ByteSource,
  header: NiftiHeader,
  path: string,
): Promise<{ readonly voxels: readonly VoxelArray[]; readonly crcPerFrame: readonly number[] }> {
  const voxels: VoxelArray[] = [];
  const crcPerFrame: number[] = [];
  const [ni, nj, nk] = header.sizeIjk;
  for (let f = 0; f < header.nFrames; f++) {
    const frame = allocate(header, ni * nj * nk, path);
    const bytes = voxelBytes(frame);
    const isNative = header.littleEndian === IS_LITTLE_ENDIAN_HOST;
    let crc = 0;
    const filled = await source.read(bytes, (piece) => {
      if (isNative) crc = crc32(piece, crc);
    });
    if (filled < bytes.length) {
      const present = f * bytes.length + filled;
      throw new NiftiError(
        'NIFTI_TRUNCATED',
        path,
        `ends after ${present} of ${dataBytes(header)} bytes of voxels; copy the file again`,
      );
    }
    if (!isNative) {
      swapBytes(bytes, bytesPerVoxel(header.type));
      crc = crcOf(bytes);
    }
    crcPerFrame.push(crc);
    voxels.push(frame);
  }
  return { voxels, crcPerFrame };
}

function allocate(header: NiftiHeader, count: number, path: string): VoxelArray {
  try {
    return allocateVoxels(header.type, count);
  } catch (error) {
    throw new NiftiError('NIFTI_TOO_LARGE', path, `${count} voxels of ${header.type} cannot be allocated`, {
      cause: error,
    });
  }
}

/** In pieces, because zlib counts bytes in 32 bits. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0;
  for (let n = 0; n < bytes.length; n += 2 ** 28) crc = crc32(bytes.subarray(n, n + 2 ** 28), crc);
  return crc;
}

async function readSuffix(source: ByteSource, path: string): Promise<Uint8Array> {
  const suffix = new Uint8Array(Math.min(MAX_SUFFIX_BYTES + 1, source.maxBytes));
  const filled = await source.read(suffix);
  if (filled > MAX_SUFFIX_BYTES)
    throw new NiftiError(
      'NIFTI_TRAILING_DATA',
      path,
      `more than ${MAX_SUFFIX_BYTES} bytes follow the voxels that the header describes; they could show the face and ` +
        'would be kept as they are, so the file is refused',
    );
  return suffix.slice(0, filled);
}

/** Two old text fields that some tools put a patient's or a file's name into. */
function textWarnings(header: NiftiHeader): ScanWarning[] {
  return (['dbName', 'auxFile'] as const)
    .filter((field) => header.fields.getText(field).replaceAll('\0', '').trim() !== '')
    .map((field) => ({
      code: 'NIFTI_TEXT_KEPT',
      message: `the header field ${field === 'dbName' ? 'db_name' : 'aux_file'} is not empty and was kept`,
    }));
}

function extensionWarnings(prefix: Uint8Array, header: NiftiHeader): ScanWarning[] {
  const { extensions, intact } = listExtensions(prefix, header);
  const warnings: ScanWarning[] = [];
  if (!intact)
    warnings.push({ code: 'NIFTI_EXTENSION_DAMAGED', message: 'the header extensions are damaged; kept as they are' });
  if (extensions.length > 0)
    warnings.push({
      code: 'NIFTI_EXTENSION_KEPT',
      message:
        `${extensions.length} header extension(s) kept (ecode ${extensions.map((e) => e.code).join(', ')}); ` +
        'extensions can hold text about the patient',
    });
  return warnings;
}

function rescaleOf(header: NiftiHeader): Volume['rescale'] {
  return uniformRescale(header.sizeIjk[2], header.slope, header.intercept);
}

function frameVolume(
  header: NiftiHeader,
  grid: Grid,
  voxels: VoxelArray,
  modality: Modality,
  rescale: Volume['rescale'],
): Volume {
  if (voxels.length !== voxelCount(grid)) throw new RangeError('frame and grid disagree');
  return { grid, type: header.type, voxels, rescale, modality, unit: unitOf(modality) };
}
