import { EffaceError } from '@efface/volume';

/** A path that does not exist, cannot be opened, or holds nothing efface reads. */
export class InputNotFoundError extends EffaceError {
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(code, 'inputNotFound', message, options);
  }
}

/** The `code` of a file system error ('ENOENT', …), or undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Says in the user's words why `path` could not be opened or read. Errors that are no system errors come back as is. */
export function inputErrorFrom(error: unknown, path: string): unknown {
  if (error instanceof EffaceError) return error;
  const options = { cause: error };
  switch (systemErrorCode(error)) {
    case undefined:
      return error;
    case 'ENOENT':
    case 'ENOTDIR':
      return new InputNotFoundError('INPUT_NOT_FOUND', `${path}: there is no such file or folder`, options);
    case 'EACCES':
    case 'EPERM':
      return new InputNotFoundError('INPUT_UNREADABLE', `${path}: no permission to read it`, options);
    case 'ELOOP':
      return new InputNotFoundError(
        'INPUT_SYMLINK_LOOP',
        `${path}: its symbolic links run in a circle; name the file itself`,
        options,
      );
    case 'EISDIR':
      return new InputNotFoundError('INPUT_IS_FOLDER', `${path}: is a folder, a file was expected`, options);
    default:
      return new InputNotFoundError(
        'INPUT_UNREADABLE',
        `${path}: cannot be read (${error instanceof Error ? error.message : String(error)})`,
        options,
      );
  }
}
