import { inputErrorFrom } from '../input-errors.ts';
import { openRegular } from '../input-files.ts';
import { DataSet } from './data-set.ts';
import { DicomError } from './errors.ts';
import { inflateStart } from './inflate.ts';
import { type Coding, parseDataSet, type ParsedDataSet, UNDEFINED_LENGTH } from './parse.ts';
import { TAG } from './tags.ts';
import { type TransferSyntax, transferSyntaxOf } from './transfer-syntax.ts';
import { uidInWords } from './words.ts';

/** Where "DICM" stands, after the preamble (PS3.10 section 7.1). */
export const PREFIX_OFFSET = 128;

/** The first read; most classic headers are shorter. */
const FIRST_BYTES = 2 ** 15;

/** A header that is longer than this is no header: the pixel data come last. */
const MAX_HEADER_BYTES = 2 ** 28;

/** Pixel data of a deflated file that no rows, columns and frames explain are not inflated further. */
const MAX_UNEXPLAINED_BYTES = 2 ** 28;

/** No system call is asked for more. */
const MAX_READ_BYTES = 2 ** 30;

const META: Coding = { explicit: true, littleEndian: true };

/** The pixel data element. */
export interface PixelLocation {
  /** Offset of the value in the file, or in the inflated data set of a deflated file. */
  readonly offset: number;
  /** Bytes of the value; undefined when it is encapsulated and ends with a delimiter. */
  readonly length: number | undefined;
  readonly tag: number;
  readonly vr: string;
}

/** A DICOM file without its pixel data. */
export interface DicomFile {
  readonly path: string;
  /** Bytes of the file; of a deflated one those of the data set up to the end of the pixel data it promises. */
  readonly sizeBytes: number;
  readonly syntax: TransferSyntax;
  readonly dataSet: DataSet;
  /** Absent when the object has no pixels. */
  readonly pixel?: PixelLocation;
  /** SOP Instance UIDs of the images it was made from, when it was made here by resampling and is no file. */
  readonly madeFrom?: readonly string[];
}

/** A file that is damaged, with what could be read of it: enough to know which series it belongs to. */
export interface DamagedFile {
  readonly path: string;
  readonly dataSet: DataSet;
  readonly error: DicomError;
}

/** Does the file start like DICOM (PS3.10)? */
export function hasDicomPrefix(start: Uint8Array): boolean {
  return Buffer.from(start.buffer, start.byteOffset, start.byteLength).toString('latin1', 128, 132) === 'DICM';
}

/**
 * Reads everything before the pixel data. Files that are damaged come back as such.
 * @throws InputNotFoundError when it cannot be opened
 */
export async function readDicomFile(path: string): Promise<DicomFile | DamagedFile> {
  const handle = await openRegular(path);
  try {
    const { size } = await handle.stat();
    for (let want = FIRST_BYTES; ; want *= 4) {
      const bytes = new Uint8Array(Math.min(want, size));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      const all = bytesRead === size || bytesRead < bytes.length;
      const file = await parseFile(path, bytes.subarray(0, bytesRead), size, all);
      if (file) return file;
      if (want > MAX_HEADER_BYTES) throw tooLong(path);
    }
  } catch (error) {
    if (error instanceof DicomError) return { path, dataSet: new DataSet(path), error };
    throw inputErrorFrom(error, path);
  } finally {
    await handle.close();
  }
}

/** Undefined when more bytes are needed than are there, and there are more. */
async function parseFile(
  path: string,
  bytes: Uint8Array,
  size: number,
  all: boolean,
): Promise<DicomFile | DamagedFile | undefined> {
  if (!hasDicomPrefix(bytes))
    throw new DicomError('DICOM_NOT_DICOM', path, 'has no "DICM" at byte 128, so it is no DICOM file; leave it out');
  const metaEnd = findMetaEnd(bytes);
  if (metaEnd === undefined) {
    if (!all) return undefined;
    throw new DicomError('DICOM_TRUNCATED', path, 'ends inside its file meta information; copy it again');
  }
  const meta = parseDataSet(bytes.subarray(0, metaEnd), PREFIX_OFFSET + 4, META, path).dataSet;
  const uid = meta.text(TAG.transferSyntaxUid);
  if (uid === undefined) throw new DicomError('DICOM_BAD_FIELD', path, '(0002,0010) Transfer Syntax UID is missing');
  const syntax = transferSyntaxOf(uid);
  if (!syntax)
    throw new DicomError(
      'DICOM_UNSUPPORTED_SYNTAX',
      path,
      `has a transfer syntax that is not read (${uidInWords(uid)}); convert it to Explicit VR Little Endian first`,
    );
  if (syntax.deflated) {
    if (!all) return undefined;
    return parseDeflated(path, bytes.subarray(metaEnd), syntax);
  }
  const parsed = parseDataSet(bytes, metaEnd, syntax.coding, path);
  // An element that ends behind the file is cut, however much of it is read.
  const needed = parsed.neededBytes ?? 0;
  if (!parsed.pixel && !all && needed <= size) {
    if (needed > MAX_HEADER_BYTES) throw tooLong(path);
    return undefined;
  }
  return finish(path, size, syntax, parsed);
}

/** Inflates as far as the pixel data only. */
async function parseDeflated(
  path: string,
  deflated: Uint8Array,
  syntax: TransferSyntax,
): Promise<DicomFile | DamagedFile> {
  for (let want = FIRST_BYTES; ; want *= 4) {
    const inflated = await inflateStart(deflated, want, path);
    const parsed = parseDataSet(inflated, 0, syntax.coding, path);
    const { pixel, neededBytes = 0 } = parsed;
    if (pixel) return finish(path, endOf(pixel, inflated.length), syntax, parsed);
    if (inflated.length < want) return finish(path, inflated.length, syntax, parsed);
    if (Math.max(want, neededBytes) > MAX_HEADER_BYTES) throw tooLong(path);
  }
}

/** Whether they are all there shows when they are read. */
function endOf(
  { length, valueOffset }: { readonly length: number; readonly valueOffset: number },
  otherwise: number,
): number {
  return length === UNDEFINED_LENGTH ? otherwise : valueOffset + length;
}

function tooLong(path: string): DicomError {
  return new DicomError(
    'DICOM_DAMAGED',
    path,
    `has no pixel data in its first ${MAX_HEADER_BYTES} bytes; copy it again`,
  );
}

/** Offset of the first element after group 0002, which is always explicit little-endian; undefined when not in there. */
function findMetaEnd(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = PREFIX_OFFSET + 4;
  while (at + 12 <= bytes.length) {
    if (view.getUint16(at, true) !== 0x0002) return at;
    const vr = String.fromCharCode(bytes[at + 4], bytes[at + 5]);
    const isLong = vr === 'OB' || vr === 'UN' || vr === 'OW' || vr === 'UT';
    at += isLong ? 12 + view.getUint32(at + 8, true) : 8 + view.getUint16(at + 6, true);
  }
  return undefined;
}

function finish(
  path: string,
  sizeBytes: number,
  syntax: TransferSyntax,
  parsed: ParsedDataSet,
): DicomFile | DamagedFile {
  const { dataSet, pixel, cutAt } = parsed;
  const cut = (message: string): DamagedFile => ({
    path,
    dataSet,
    error: new DicomError('DICOM_TRUNCATED', path, `${message}; copy or export the file again`),
  });
  if (cutAt !== undefined) return cut(`ends inside ${cutAt}`);
  if (!pixel) return { path, sizeBytes, syntax, dataSet };
  const length = pixel.length === UNDEFINED_LENGTH ? undefined : pixel.length;
  const present = sizeBytes - pixel.valueOffset;
  if (length !== undefined && length > present) return cut(`ends after ${present} of ${length} bytes of pixel data`);
  return {
    path,
    sizeBytes,
    syntax,
    dataSet,
    pixel: { offset: pixel.valueOffset, length, tag: pixel.tag, vr: pixel.vr },
  };
}

/**
 * The value of the pixel data element, encapsulation included.
 * @param mostBytes what the header explains; a deflated file is not inflated further
 * @throws DicomError when the file has changed since, or when a deflated one ends before
 */
export async function readPixelValue(file: DicomFile, mostBytes = MAX_UNEXPLAINED_BYTES): Promise<Uint8Array> {
  const { path, pixel, sizeBytes, syntax } = file;
  if (!pixel) throw new DicomError('DICOM_BAD_FIELD', path, 'has no pixel data');
  const handle = await openRegular(path);
  try {
    if (syntax.deflated) {
      const bytes = await handle.readFile();
      const length = Math.min(pixel.length ?? 0, mostBytes);
      const inflated = await inflateStart(bytes.subarray(findMetaEnd(bytes)), pixel.offset + length, path);
      if (inflated.length < pixel.offset + length)
        throw new DicomError(
          'DICOM_TRUNCATED',
          path,
          `inflates to ${inflated.length} of ${pixel.offset + length} bytes`,
        );
      return inflated.subarray(pixel.offset);
    }
    const value = new Uint8Array(pixel.length ?? sizeBytes - pixel.offset);
    await readFully(handle, value, pixel.offset, path);
    return value;
  } catch (error) {
    throw inputErrorFrom(error, path);
  } finally {
    await handle.close();
  }
}

/** Fills `target` from `offset`. Throws DicomError DICOM_TRUNCATED when the file ends before. */
export async function readFully(
  handle: Awaited<ReturnType<typeof openRegular>>,
  target: Uint8Array,
  offset: number,
  path: string,
): Promise<void> {
  let filled = 0;
  while (filled < target.length) {
    const count = Math.min(target.length - filled, MAX_READ_BYTES);
    const { bytesRead } = await handle.read(target, filled, count, offset + filled);
    if (bytesRead === 0)
      throw new DicomError('DICOM_TRUNCATED', path, `ends after ${filled} of ${target.length} bytes of pixel data`);
    filled += bytesRead;
  }
}
