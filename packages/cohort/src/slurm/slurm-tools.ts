import { systemErrorCode } from '@efface/io';
import { execFile } from 'node:child_process';
import { SlurmError } from './settings.ts';

/** A controller that does not answer must not hold up `status` for ever, ms. */
const TIMEOUT_MS = 60_000;

/** How one of Slurm's programs ended. */
export interface ToolResult {
  readonly isOk: boolean;
  readonly stdout: string;
  /** The last line of what it had to say, which sums up the others. */
  readonly complaint: string;
}

/**
 * Runs one of Slurm's programs; no shell reads the words.
 * @throws SlurmError SLURM_NOT_THERE when the program is not on this machine
 */
export function runTool(name: string, words: readonly string[], cwd?: string): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: 1 << 28, ...(cwd === undefined ? {} : { cwd }) };
    execFile(name, words, options, (error, stdout, stderr) => {
      if (error && systemErrorCode(error) === 'ENOENT')
        reject(new SlurmError('SLURM_NOT_THERE', 'unavailable', `${name}: is not on this machine; run it where Slurm is, or look with --dry-run`, { cause: error })); // prettier-ignore
      else {
        // Without the program's own name, which every message of ours begins with.
        const said =
          stderr
            .trim()
            .split('\n')
            .at(-1)
            ?.replace(/^[a-z]+: ((error|fatal): )?/, '') ?? '';
        const complaint = error?.killed === true ? `no answer within ${TIMEOUT_MS / 1000} s` : said;
        resolve({ isOk: error === null, stdout, complaint });
      }
    });
  });
}
