import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import type { DataSet } from './data-set.ts';
import { metaInformation } from './meta-information.ts';
import { serializeDataSet } from './serialize.ts';
import type { TransferSyntax } from './transfer-syntax.ts';

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
