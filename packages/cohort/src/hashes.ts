import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type RecordFile } from '@efface/report';

/** Name, size and SHA-256 of every file, in the given order, read in blocks. */
export async function hashFiles(paths: readonly string[]): Promise<RecordFile[]> {
  const files: RecordFile[] = [];
  for (const path of paths) {
    const hash = createHash('sha256');
    for await (const block of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(block as Buffer);
    files.push({ name: basename(path), sizeBytes: (await stat(path)).size, sha256: hash.digest('hex') });
  }
  return files;
}
