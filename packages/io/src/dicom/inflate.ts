import { createInflateRaw } from 'node:zlib';
import { DicomError } from './errors.ts';

/** Pieces in which inflated bytes arrive; a bomb gets at most a few of them further than it was asked for. */
const PIECE_BYTES = 2 ** 18;

/**
 * The first bytes of a deflated data set (PS3.5 annex A.5), all of them when there are fewer than `mostBytes`. A small
 * file can inflate to a thousand times its size, so nobody inflates what the header does not ask for.
 * @throws DicomError DICOM_DAMAGED when it is no deflate stream or ends early
 */
export async function inflateStart(deflated: Uint8Array, mostBytes: number, path: string): Promise<Uint8Array> {
  const stream = createInflateRaw({ chunkSize: PIECE_BYTES });
  const pieces: Buffer[] = [];
  let have = 0;
  try {
    stream.end(deflated);
    for await (const piece of stream) {
      pieces.push(piece as Buffer);
      have += (piece as Buffer).length;
      if (have >= mostBytes) break;
    }
  } catch (error) {
    throw new DicomError('DICOM_DAMAGED', path, 'its deflated data set cannot be inflated; export the file again', {
      cause: error,
    });
  } finally {
    stream.destroy();
  }
  const all = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  return all.subarray(0, mostBytes);
}
