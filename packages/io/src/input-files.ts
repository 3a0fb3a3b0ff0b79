import { constants } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inputErrorFrom, InputNotFoundError } from './input-errors.ts';
import type { ScanWarning } from './scan-warning.ts';

/** A pipe must not make the opening wait; Windows has no such flag. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a regular file for reading, following symbolic links. The caller closes it.
 * @throws InputNotFoundError when it cannot be opened or is a folder, pipe or device
 */
export async function openRegular(path: string): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, OPEN_FLAGS);
    const found = await handle.stat();
    if (found.isFile()) return handle;
    await handle.close();
  } catch (error) {
    throw inputErrorFrom(error, path);
  }
  throw new InputNotFoundError('INPUT_NOT_A_FILE', `${path}: is a folder, pipe or device, a file was expected`);
}

/** The first `sizeBytes` bytes of a file, fewer when it is shorter. Throws as `openRegular`. */
export async function readStart(path: string, sizeBytes: number): Promise<Uint8Array> {
  const handle = await openRegular(path);
  try {
    const start = new Uint8Array(sizeBytes);
    const { bytesRead } = await handle.read(start, 0, sizeBytes, 0);
    return start.subarray(0, bytesRead);
  } catch (error) {
    throw inputErrorFrom(error, path);
  } finally {
    await handle.close();
  }
}

/** What lies at and below a path. */
export interface FoundFiles {
  /** Regular files, sorted by path within each folder. */
  readonly files: readonly string[];
  /** What could not be looked at, and why. */
  readonly skipped: readonly ScanWarning[];
}

/**
 * All regular files at or below a path, hidden ones left out. Symbolic links are followed; a folder that was visited
 * already is not visited again, so links in a circle end.
 * @throws InputNotFoundError when `path` itself cannot be read
 */
export async function findFiles(path: string): Promise<FoundFiles> {
  const files: string[] = [];
  const skipped: ScanWarning[] = [];
  const visited = new Set<string>();

  const visit = async (current: string): Promise<void> => {
    const found = await stat(current);
    if (!found.isDirectory()) {
      if (found.isFile()) files.push(current);
      else skipped.push({ code: 'INPUT_NOT_A_FILE', message: `${current}: is a pipe or device` });
      return;
    }
    const identity = `${found.dev}:${found.ino}`;
    if (visited.has(identity)) return;
    visited.add(identity);
    const names = (await readdir(current)).filter((name) => !name.startsWith('.')).sort();
    for (const name of names) {
      try {
        await visit(join(current, name));
      } catch (error) {
        const reason = inputErrorFrom(error, join(current, name));
        if (!(reason instanceof InputNotFoundError)) throw reason;
        skipped.push({ code: reason.code, message: reason.message });
      }
    }
  };

  try {
    await visit(path);
  } catch (error) {
    throw inputErrorFrom(error, path);
  }
  return { files, skipped };
}
