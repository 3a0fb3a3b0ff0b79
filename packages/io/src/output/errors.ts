import { EffaceError } from '@efface/volume';
import { writeFile } from 'node:fs/promises';
import { systemErrorCode } from '../input-errors.ts';

/** A destination that exists already, is not safe, or cannot be written. The message starts with the path. */
export class OutputError extends EffaceError {
  constructor(code: OutputErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(code, 'output', `${path}: ${message}`, options);
  }
}

/** Reason code of an output failure. */
export type OutputErrorCode =
  | 'OUTPUT_EXISTS' | 'OUTPUT_NOT_OURS' | 'OUTPUT_IS_INPUT' | 'OUTPUT_UNWRITABLE' | 'OUTPUT_NO_SPACE'
  | 'OUTPUT_SYMLINK' | 'OUTPUT_BAD_NAME' | 'OUTPUT_ABORTED'; // prettier-ignore

/** Says in the user's words why `path` could not be written. Errors that are no system errors come back as they are. */
export function outputErrorFrom(error: unknown, path: string): unknown {
  if (error instanceof EffaceError) return error;
  const options = { cause: error };
  const code = systemErrorCode(error);
  switch (code) {
    case undefined:
      return error;
    case 'EEXIST':
    case 'ENOTEMPTY':
      return new OutputError(
        'OUTPUT_EXISTS',
        path,
        'exists already; choose another place or allow overwriting',
        options,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new OutputError('OUTPUT_UNWRITABLE', path, `cannot be written: no permission (${code})`, options);
    case 'ENOENT':
    case 'ENOTDIR':
      return new OutputError(
        'OUTPUT_UNWRITABLE',
        path,
        `cannot be written: its folder is not there (${code})`,
        options,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new OutputError(
        'OUTPUT_NO_SPACE',
        path,
        `cannot be written: the disk or quota is full (${code})`,
        options,
      );
    case 'ELOOP':
      return new OutputError('OUTPUT_SYMLINK', path, 'its symbolic links run in a circle', options);
    default:
      // Defects such as wrong argument types carry a code too, but no system call.
      if (!(error instanceof Error && 'syscall' in error)) return error;
      return new OutputError('OUTPUT_UNWRITABLE', path, `cannot be written (${error.message})`, options);
  }
}

/**
 * Writes a file whole, into the staging of an output. Node tells of a disk that is full without saying which file it was.
 * @throws OutputError
 */
export async function writeOutput(
  path: string,
  contents: string | Uint8Array,
  options: { readonly mode?: number } = {},
): Promise<void> {
  try {
    await writeFile(path, contents, options);
  } catch (error) {
    throw outputErrorFrom(error, path);
  }
}
