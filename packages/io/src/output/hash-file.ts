import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { inputErrorFrom } from '../input-errors.ts';

/** SHA-256 of a file as 64 hex digits, read in pieces. Throws InputNotFoundError when it cannot be read. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(piece as Buffer);
  } catch (error) {
    throw inputErrorFrom(error, path);
  }
  return hash.digest('hex');
}
