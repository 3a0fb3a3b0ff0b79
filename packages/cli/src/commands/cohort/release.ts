import { releaseCohort } from '@efface/cohort';
import { EXIT_CODES } from '@efface/volume';
import { type OutputOptions } from '../../options.ts';
import { openProgress } from '../../progress.ts';
import { exitOnSignals } from '../../session.ts';
import { VERSION } from '../../version.ts';

/** Options of `efface cohort release`. */
export interface ReleaseOptions extends OutputOptions {
  readonly passed?: boolean;
  readonly way?: string;
  readonly overwrite?: boolean;
}

/** Copies what was accepted to where it is handed on from; sets the exit code of the process. */
export async function release(folder: string, destination: string, options: ReleaseOptions): Promise<void> {
  const { way, passed = false, overwrite = false } = options;
  exitOnSignals(options.json === true);
  const progress = openProgress({ quiet: options.quiet === true, json: options.json === true });
  const { cases, problems } = await releaseCohort(folder, destination, {
    passed,
    ...(way === undefined ? {} : { way }),
    overwrite,
    softwareVersion: VERSION,
    onCase: (done, total) => {
      progress.step({ stage: 'copy and hash', done, total });
    },
  }).finally(() => {
    progress.end();
  });
  const nFiles = cases.reduce((sum, { files }) => sum + files.length, 0);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ destination, cases: cases.length, files: nFiles, problems }, null, 2)}\n`); // prettier-ignore
  else {
    const lines = [
      `${destination}: ${cases.length} cases, ${nFiles} files, each as its record says`,
      ...problems.map(({ message, code }) => `not released: ${message} [${code}]`),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  if (problems.length > 0) process.exitCode = EXIT_CODES.someFailed.code;
}
