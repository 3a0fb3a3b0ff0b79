import { EXIT_CODES } from '@efface/volume';
import { CommanderError } from 'commander';
import { describeFailure, reportFailure } from './failure.ts';
import { createProgram } from './program.ts';

/** Runs one command line (without node and script). Resolves to the exit code; never throws. */
export async function runCli(args: readonly string[]): Promise<number> {
  const json = args.includes('--json');
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT_CODES.ok.code;
  } catch (error) {
    // commander has printed help, version or its own message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok.code : EXIT_CODES.usage.code;
    const failure = describeFailure(error);
    reportFailure(failure, json, error);
    return failure.exitCode;
  }
}
