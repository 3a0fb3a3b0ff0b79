import { crc32 } from 'node:zlib';
import { allocateVoxels, bytesPerVoxel, EffaceError, type VoxelArray, type VoxelType } from '@efface/volume';
import { voxelBytes } from '../alter.ts';
import { inputErrorFrom } from '../input-errors.ts';
import { openRegular } from '../input-files.ts';
import { renewCodecs, withCodecs } from './codecs.ts';
import { splitFrames } from './encapsulation.ts';
import { DicomError } from './errors.ts';
import { type DicomFile, readFully, readPixelValue } from './file.ts';
import { frameBytesOf, type PixelFormat, type Slice } from './instance.ts';
import { FILES_AT_ONCE, forEachBounded } from './parallel.ts';
import { swapped } from './parse.ts';
import { TAG } from './tags.ts';
import { streamSizeOf } from './stream-size.ts';
import type { PixelCoding } from './transfer-syntax.ts';
import { memoryLimitBytes } from '../memory-limit.ts';

/** Voxels of a stack and what had to be put right. */
export interface StackVoxels {
  readonly voxels: VoxelArray;
  /** Pixels with something in the bits that Bits Stored leaves unused; those bits were cleared. */
  readonly cleanedPixels: number;
  /** CRC-32 of each slice, by which the writer knows that nobody changed it. */
  readonly crcPerK: readonly number[];
}

/** Slices of one file with their place k in the stack. */
interface FileJob {
  readonly file: DicomFile;
  readonly slices: { readonly slice: Slice; readonly k: number }[];
}

/**
 * Reads the pixels of a stack into shared memory, slice after slice. Memory: the voxels once, plus one file at a time
 * for each of the few that are read at once when they are compressed.
 * @throws DicomError when a file is damaged or the stack does not fit into memory
 */
export async function readStackVoxels(slices: readonly Slice[], path: string): Promise<StackVoxels> {
  const { format } = slices[0];
  await checkFirstFrame(slices[0]);
  const sliceBytes = frameBytesOf(format);
  const voxels = allocateStack(format.type, slices.length, format, path);
  const bytes = voxelBytes(voxels);
  let cleanedPixels = 0;
  const crcPerK = new Array<number>(slices.length).fill(0);
  await forEachBounded(jobsOf(slices), FILES_AT_ONCE, async ({ file, slices: own }) => {
    const targetOf = (k: number): Uint8Array => bytes.subarray(k * sliceBytes, (k + 1) * sliceBytes);
    if (isPlain(file)) await readPlain(file, own, sliceBytes, targetOf);
    else await readDecoded(file, own, sliceBytes, targetOf);
    for (const { slice, k } of own) {
      cleanedPixels += cleanUnusedBits(voxels, k * format.rows * format.columns, slice.format);
      crcPerK[k] = crc32(targetOf(k));
    }
  });
  return { voxels, cleanedPixels, crcPerK };
}

/** What a compressed file holds is not in its length: a stream of another size is refused before memory is asked for. */
async function checkFirstFrame({ file, frame, format }: Slice): Promise<void> {
  const { pixels } = file.syntax;
  if (pixels === 'native') return;
  renewCodecs();
  const frames = splitFrames(await readPixelValue(file), file.dataSet.number(TAG.numberOfFrames, 1), file.path);
  checkStream(pixels, frames[frame], format, file.path);
}

/** CRC-32 of the bytes of each slice. */
export function crcOfSlices(voxels: VoxelArray, nSlices: number): number[] {
  const bytes = voxelBytes(voxels);
  const size = bytes.length / nSlices;
  return Array.from({ length: nSlices }, (_, k) => crc32(bytes.subarray(k * size, (k + 1) * size)));
}

function jobsOf(slices: readonly Slice[]): FileJob[] {
  const jobs = new Map<DicomFile, FileJob>();
  for (const [k, slice] of slices.entries()) {
    const job = jobs.get(slice.file) ?? { file: slice.file, slices: [] };
    jobs.set(slice.file, job);
    job.slices.push({ slice, k });
  }
  return [...jobs.values()];
}

/**
 * Zeroed voxels of a stack.
 * @throws DicomError DICOM_TOO_LARGE when the machine has not that much memory
 */
export function allocateStack(
  type: VoxelType,
  nSlices: number,
  format: Pick<PixelFormat, 'columns' | 'rows'>,
  path: string,
): VoxelArray {
  const needed = nSlices * format.rows * format.columns * bytesPerVoxel(type);
  const shape = `${format.columns}×${format.rows}×${nSlices} voxels of ${type} (${needed} bytes)`;
  if (needed > memoryLimitBytes())
    throw new DicomError('DICOM_TOO_LARGE', path, `${shape} do not fit this machine's memory`);
  try {
    return allocateVoxels(type, nSlices * format.rows * format.columns);
  } catch (error) {
    throw new DicomError('DICOM_TOO_LARGE', path, `${shape} cannot be allocated`, { cause: error });
  }
}

/** Pixels that lie in the file as they lie in memory. */
function isPlain({ syntax }: DicomFile): boolean {
  return syntax.pixels === 'native' && !syntax.deflated && syntax.coding.littleEndian;
}

/** Straight from the file into the voxels. */
async function readPlain(
  file: DicomFile,
  slices: FileJob['slices'],
  sliceBytes: number,
  targetOf: (k: number) => Uint8Array,
): Promise<void> {
  const handle = await openRegular(file.path);
  try {
    for (const { slice, k } of slices)
      await readFully(handle, targetOf(k), (file.pixel?.offset ?? 0) + slice.frame * sliceBytes, file.path);
  } catch (error) {
    throw inputErrorFrom(error, file.path);
  } finally {
    await handle.close();
  }
}

async function readDecoded(
  file: DicomFile,
  slices: FileJob['slices'],
  sliceBytes: number,
  targetOf: (k: number) => Uint8Array,
): Promise<void> {
  const nFrames = file.dataSet.number(TAG.numberOfFrames, 1);
  const value = await readPixelValue(file, nFrames * sliceBytes);
  const { pixels, coding } = file.syntax;
  if (pixels === 'native') {
    const native = coding.littleEndian ? value : toLittleEndian(value, file, slices[0].slice.format);
    for (const { slice, k } of slices)
      targetOf(k).set(native.subarray(slice.frame * sliceBytes, (slice.frame + 1) * sliceBytes));
    return;
  }
  const frames = splitFrames(value, nFrames, file.path);
  for (const { slice, k } of slices)
    targetOf(k).set(await decodeFrame(pixels, frames[slice.frame], slice.format, file.path));
}

/**
 * One frame, uncompressed.
 * @throws DicomError DICOM_DECODE_FAILED when the codec refuses it or returns another number of pixels
 */
export async function decodeFrame(
  coding: Exclude<PixelCoding, 'native'>,
  encoded: Uint8Array,
  format: PixelFormat,
  path: string,
): Promise<Uint8Array> {
  // The codec library gives other values back than it was given (found by round trips).
  if (coding === 'jpeg2000' && format.type === 'i8')
    throw new DicomError('DICOM_UNSUPPORTED_PIXELS', path, 'signed 8-bit JPEG 2000 is not read; decompress it first');
  checkStream(coding, encoded, format, path);
  let decoded: Uint8Array;
  try {
    decoded = await withCodecs((codecs) => codecs.decode(coding, encoded, format));
  } catch (error) {
    if (error instanceof EffaceError) throw error;
    throw new DicomError('DICOM_DECODE_FAILED', path, 'its compressed pixels do not decode; export it again', {
      cause: error,
    });
  }
  const expected = frameBytesOf(format);
  // Encoders pad frames of odd length with one byte.
  if (decoded.length !== expected && decoded.length !== expected + 1)
    throw new DicomError(
      'DICOM_DECODE_FAILED',
      path,
      `its compressed pixels decode to ${decoded.length} bytes; ${expected} were expected`,
    );
  return decoded.subarray(0, expected);
}

/** Two bytes of RLE stand for 128 at most (PS3.5 annex G.3). */
const MAX_RLE_INFLATION = 64;

function checkStream(
  coding: Exclude<PixelCoding, 'native'>,
  encoded: Uint8Array,
  format: PixelFormat,
  path: string,
): void {
  const { columns, rows } = format;
  if (coding === 'rle') {
    if (encoded.length * MAX_RLE_INFLATION >= frameBytesOf(format)) return;
    throw new DicomError('DICOM_DECODE_FAILED', path, `its compressed pixels are too few for ${columns}×${rows}`);
  }
  const size = streamSizeOf(coding, encoded);
  if (size?.columns === columns && size.rows === rows && size.components === 1) return;
  const found = size ? `are ${size.columns}×${size.rows} of ${size.components} component(s)` : 'say no size';
  throw new DicomError(
    'DICOM_DECODE_FAILED',
    path,
    `its compressed pixels ${found}; by its header they are ${columns}×${rows} grey ones; export it again`,
  );
}

/** Big-endian pixels: whole pixels are swapped; bytes that are stored as words come in swapped pairs. */
function toLittleEndian(value: Uint8Array, file: DicomFile, format: PixelFormat): Uint8Array {
  const width = Number(format.type.slice(1)) / 8;
  if (width === 4)
    throw new DicomError('DICOM_UNSUPPORTED_PIXELS', file.path, 'has 32-bit pixels in big-endian order; convert it');
  return file.pixel?.vr === 'OB' ? value : swapped(value, 2);
}

/** Clears or sign-extends what lies outside the stored bits of one slice; returns the number of pixels changed. */
function cleanUnusedBits(voxels: VoxelArray, from: number, format: PixelFormat): number {
  const bits = 8 * voxels.BYTES_PER_ELEMENT;
  const { bitsStored, highBit, rows, columns } = format;
  if (bitsStored === bits || voxels instanceof BigInt64Array || voxels instanceof BigUint64Array) return 0;
  const isSigned = format.type.startsWith('i');
  const up = 31 - highBit;
  const down = 32 - bitsStored;
  let changed = 0;
  for (let n = from; n < from + rows * columns; n++) {
    const stored = voxels[n];
    const clean = isSigned ? (stored << up) >> down : (stored << up) >>> down;
    if (clean !== stored) {
      voxels[n] = clean;
      changed++;
    }
  }
  return changed;
}
