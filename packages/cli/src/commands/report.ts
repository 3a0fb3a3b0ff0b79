import { REPORT_FOLDER, writeReport } from '@efface/cohort';
import { join } from 'node:path';
import { type OutputOptions } from '../options.ts';
import { openProgress } from '../progress.ts';
import { exitOnSignals } from '../session.ts';

/** Options of `efface report`. */
export interface ReportOptions extends OutputOptions {
  readonly output?: string;
  readonly overwrite?: boolean;
}

/** Writes the report of a cohort and says where it is. */
export async function report(folder: string, options: ReportOptions): Promise<void> {
  const output = options.output ?? join(folder, REPORT_FOLDER);
  exitOnSignals(options.json === true);
  const progress = openProgress({ quiet: options.quiet === true, json: options.json === true });
  const { cases, ways } = await writeReport(folder, output, {
    overwrite: options.overwrite === true,
    onCase: (done, total) => {
      progress.step({ stage: 'pages', done, total });
    },
  }).finally(() => {
    progress.end();
  });
  const index = join(output, 'index.html');
  if (options.json)
    process.stdout.write(`${JSON.stringify({ index, cases: cases.length, ways: ways.map(({ name, counts }) => ({ name, ...counts })) }, null, 2)}\n`); // prettier-ignore
  else process.stdout.write(`${index}: ${cases.length} cases; open it in a browser. It shows original faces.\n`);
}
