import { EffaceError, EXIT_CODES } from '@efface/volume';

/** Ends a command: what to print on stderr and the exit code of the published table. */
export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
}

const FILE_SYSTEM_HINTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EMFILE: 'too many open files',
};

/**
 * Turns anything thrown into one sentence and an exit code. Stack traces stay inside unless EFFACE_DEBUG is set:
 * users need the file and the remedy, and traces may carry paths.
 */
export function describeFailure(error: unknown): Failure {
  // A worker process has told its failure as this function made it.
  if (error instanceof EffaceError && 'exitCode' in error && typeof error.exitCode === 'number')
    return { exitCode: error.exitCode, code: error.code, message: error.message };
  if (error instanceof EffaceError)
    return { exitCode: EXIT_CODES[error.exit].code, code: error.code, message: error.message };
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
    if (error.code === 'ENOENT')
      return {
        exitCode: EXIT_CODES.inputNotFound.code,
        code: 'ENOENT',
        message: `${path ?? 'a file'}: does not exist`,
      };
    const hint = FILE_SYSTEM_HINTS[error.code];
    if (hint !== undefined) {
      // ENOSPC and the like happen on writing; EACCES on the input is found when it is opened and named there.
      return { exitCode: EXIT_CODES.output.code, code: error.code, message: `${path ?? 'a file'}: ${hint}` };
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: EXIT_CODES.internal.code, code: 'INTERNAL', message: `defect in efface: ${message}` };
}

/** Prints a failure: one line for people, or one JSON object. */
export function reportFailure(failure: Failure, json: boolean, error?: unknown): void {
  const { code, exitCode, message } = failure;
  if (json) process.stderr.write(`${JSON.stringify({ event: 'error', code, exitCode, message })}\n`);
  else process.stderr.write(`efface: ${message} [${code}]\n`);
  if (process.env['EFFACE_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}
