import { DicomError } from './errors.ts';
import { elementStart, shortStart } from './serialize.ts';
import { UNDEFINED_LENGTH } from './parse.ts';
import { TAG } from './tags.ts';

/**
 * The compressed frames in an encapsulated pixel data value (PS3.5 annex A.4).
 * @param value from the first item (the offset table) on
 * @throws DicomError when fragments and frames cannot be brought together
 */
export function splitFrames(value: Uint8Array, nFrames: number, path: string): Uint8Array[] {
  const { offsetTable, fragments } = readFragments(value, path);
  if (nFrames === 1) return [joined(fragments.map(({ bytes }) => bytes))];
  if (fragments.length === nFrames) return fragments.map(({ bytes }) => bytes);
  if (offsetTable.length !== nFrames)
    throw new DicomError(
      'DICOM_DAMAGED',
      path,
      `has ${fragments.length} compressed fragments for ${nFrames} frames and no offset table that tells them apart`,
    );
  return offsetTable.map((from, n) => {
    const end = offsetTable[n + 1] ?? Infinity;
    return joined(fragments.filter(({ offset }) => offset >= from && offset < end).map(({ bytes }) => bytes));
  });
}

interface Fragment {
  /** Offset of its item from the end of the offset table. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

function readFragments(
  value: Uint8Array,
  path: string,
): { readonly offsetTable: readonly number[]; readonly fragments: readonly Fragment[] } {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const cut = (): never => {
    throw new DicomError('DICOM_TRUNCATED', path, 'ends inside its compressed pixel data; copy or export it again');
  };
  const items: { at: number; bytes: Uint8Array }[] = [];
  for (let at = 0; ;) {
    if (at + 8 > value.length) cut();
    const tag = ((view.getUint16(at, true) << 16) | view.getUint16(at + 2, true)) >>> 0;
    const length = view.getUint32(at + 4, true);
    if (tag === TAG.sequenceDelimitation) break;
    if (tag !== TAG.item)
      throw new DicomError('DICOM_DAMAGED', path, `its compressed pixel data have no item at byte ${at} of the value`);
    if (at + 8 + length > value.length) cut();
    items.push({ at, bytes: value.subarray(at + 8, at + 8 + length) });
    at += 8 + length;
  }
  const [table, ...rest] = items;
  if (rest.length === 0) throw new DicomError('DICOM_DAMAGED', path, 'its compressed pixel data are empty');
  const words = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength);
  const offsetTable = Array.from({ length: table.bytes.length >>> 2 }, (_, n) => words.getUint32(4 * n, true));
  return { offsetTable, fragments: rest.map(({ at, bytes }) => ({ offset: at - rest[0].at, bytes })) };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

/** The pixel data element of compressed frames: offset table, one fragment a frame, delimiter. */
export function encapsulate(frames: readonly Uint8Array[]): Buffer {
  const padded = frames.map((frame) => (frame.length % 2 === 0 ? frame : Buffer.concat([frame, Buffer.alloc(1)])));
  const table = Buffer.alloc(4 * frames.length);
  let offset = 0;
  for (const [n, frame] of padded.entries()) {
    table.writeUInt32LE(offset, 4 * n);
    offset += 8 + frame.length;
  }
  return Buffer.concat([
    elementStart(TAG.pixelData, 'OB', UNDEFINED_LENGTH, true),
    shortStart(TAG.item, table.length),
    table,
    ...padded.flatMap((frame) => [shortStart(TAG.item, frame.length), frame]),
    shortStart(TAG.sequenceDelimitation, 0),
  ]);
}
