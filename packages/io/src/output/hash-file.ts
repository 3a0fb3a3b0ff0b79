import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { inputErrorFrom } from '../input-errors.ts';

/** One piece is read while the other one is hashed; new pieces each time would keep the garbage collector busy. */
const PIECE_BYTES = 2 ** 21;

/** SHA-256 of a file as 64 hex digits, read in pieces. Throws InputNotFoundError when it cannot be read. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const file = await open(path);
    try {
      let [piece, next] = [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)];
      let { bytesRead } = await file.read(piece, 0, PIECE_BYTES);
      while (bytesRead > 0) {
        const reading = file.read(next, 0, PIECE_BYTES);
        hash.update(piece.subarray(0, bytesRead));
        ({ bytesRead } = await reading);
        [piece, next] = [next, piece];
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw inputErrorFrom(error, path);
  }
  return hash.digest('hex');
}
