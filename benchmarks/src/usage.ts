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
    const isUsage = error instanceof UsageError || ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
    if (!isUsage) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  });
}
