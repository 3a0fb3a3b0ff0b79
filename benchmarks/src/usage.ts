/** What was asked for makes no sense; the message says what would. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Makes a wrong argument one line on stderr and exit code 2, for the commands of the workspace. Anything else that is
 * thrown is a defect and keeps its stack.
 */
export function reportUsageErrors(): void {
  process.once('uncaughtException', (error: Error) => {
    const isUnparsed = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    if (!isUnparsed && !(error instanceof UsageError)) throw error;
    // Node goes on about positional arguments, which is seldom what was meant.
    const text = isUnparsed ? `${error.message.split('. ')[0]}; --help lists the options` : error.message;
    process.stderr.write(`${text}\n`);
    process.exitCode = 2;
  });
}
