import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import { DataSet, textElement } from './data-set.ts';
import { elementStart, serializeDataSet } from './serialize.ts';
import { TAG } from './tags.ts';
import type { TransferSyntax } from './transfer-syntax.ts';

/** Names the writer in every file (PS3.10 section 7.1); a UUID under 2.25, made once. */
const IMPLEMENTATION_CLASS_UID = '2.25.204103586173821450257460387850631128678';
const IMPLEMENTATION_VERSION_NAME = 'EFFACE';

/**
 * The bytes of a DICOM file (PS3.10) in pieces: meta information, data set, and the pixel data element as it is given.
 * @param pixels element with tag and length, in the syntax; none for an object without pixels
 */
export async function part10(
  dataSet: DataSet,
  syntax: TransferSyntax,
  pixels: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const meta = metaInformation(dataSet, syntax);
  const header = serializeDataSet(dataSet, syntax.coding.explicit);
  if (!syntax.deflated) return [meta, header, ...pixels];
  return [meta, padded(await deflate(Buffer.concat([header, ...pixels])))];
}

const deflate = promisify(deflateRaw);

function padded(bytes: Buffer): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
}

/** Preamble, prefix and group 0002 (PS3.10 section 7.1). */
function metaInformation(dataSet: DataSet, syntax: TransferSyntax): Buffer {
  const meta = new DataSet(dataSet.path);
  meta.set({ tag: 0x00020001, vr: 'OB', bytes: Uint8Array.of(0, 1) });
  meta.set(textElement(TAG.mediaStorageSopClassUid, 'UI', dataSet.text(TAG.sopClassUid) ?? ''));
  meta.set(textElement(TAG.mediaStorageSopInstanceUid, 'UI', dataSet.text(TAG.sopInstanceUid) ?? ''));
  meta.set(textElement(TAG.transferSyntaxUid, 'UI', syntax.uid));
  meta.set(textElement(TAG.implementationClassUid, 'UI', IMPLEMENTATION_CLASS_UID));
  meta.set(textElement(TAG.implementationVersionName, 'SH', IMPLEMENTATION_VERSION_NAME));
  const group = serializeDataSet(meta, true);
  const prefix = Buffer.alloc(132);
  prefix.write('DICM', 128, 'latin1');
  const lengthValue = Buffer.alloc(4);
  lengthValue.writeUInt32LE(group.length);
  return Buffer.concat([prefix, elementStart(0x00020000, 'UL', 4, true), lengthValue, group]);
}

/** Writes a file that does not exist yet. */
export async function writeNew(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    let left = parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength));
    // The system may take less than it is given.
    while (left.length > 0) {
      let { bytesWritten } = await handle.writev(left.slice(0, MAX_PARTS));
      while (left.length > 0 && bytesWritten >= left[0].length) {
        bytesWritten -= left[0].length;
        left = left.slice(1);
      }
      if (bytesWritten > 0) left = [left[0].subarray(bytesWritten), ...left.slice(1)];
    }
  } finally {
    await handle.close();
  }
}

/** Pieces in one call: well below what any system takes. */
const MAX_PARTS = 256;
