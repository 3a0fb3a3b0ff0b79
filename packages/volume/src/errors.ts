/**
 * The published exit codes. The numbers are a contract: a number keeps its meaning for ever, EXIT_CODES.md is
 * generated from this table.
 */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'everything asked for was done' },
  internal: { code: 1, meaning: 'a defect in efface itself; please report it with the message' },
  usage: { code: 2, meaning: 'the command line is wrong: unknown option, missing argument, value out of range' },
  inputNotFound: { code: 3, meaning: 'an input path does not exist or holds no image efface can read' },
  inputCorrupt: { code: 4, meaning: 'an input file is truncated, damaged or contradicts itself' },
  inputRefused: { code: 5, meaning: 'the input is readable but not safe to process: see the reason code' },
  output: { code: 6, meaning: 'the output exists already or cannot be written' },
  unavailable: { code: 7, meaning: 'a backend, device, model or library that was asked for is not there' },
  someFailed: { code: 8, meaning: 'some cases failed, the others were written' },
  verificationFailed: { code: 9, meaning: 'the result did not pass its checks, no image was written' },
  interrupted: { code: 75, meaning: 'stopped by a signal; nothing half-written was left, run it again' },
} as const;

/** Name of a row of the exit code table. */
export type ExitReason = keyof typeof EXIT_CODES;

/**
 * A failure the user can understand and act on. The message names the file, the field, what was expected and what to
 * do. `code` is a stable identifier such as 'NIFTI_TRUNCATED', `exit` the row of the exit code table.
 */
export class EffaceError extends Error {
  readonly code: string;
  readonly exit: ExitReason;

  constructor(code: string, exit: ExitReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.exit = exit;
  }
}
