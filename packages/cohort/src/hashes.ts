import { sha256OfFile } from '@efface/io';
import { type RecordFile } from '@efface/report';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';

/** Name, size and SHA-256 of every file, in the given order. */
export async function recordFiles(paths: readonly string[]): Promise<RecordFile[]> {
  const files: RecordFile[] = [];
  for (const path of paths)
    files.push({ name: basename(path), sizeBytes: (await stat(path)).size, sha256: await sha256OfFile(path) });
  return files;
}
