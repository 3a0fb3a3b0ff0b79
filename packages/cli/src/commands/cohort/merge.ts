import { type Merged, mergeResults, RESULTS_FILES, summaryTables } from '@efface/cohort';
import { EXIT_CODES } from '@efface/volume';
import { join } from 'node:path';
import { type OutputOptions } from '../../options.ts';
import { exitOnSignals } from '../../session.ts';
import { alignedText } from './aligned-text.ts';

/** How many cases are named one by one; `--json` and the tables have all. */
const MOST_NAMED = 20;

/** Merges the results of a cohort; exit code 8 when a case failed or has no outcome yet. */
export async function cohortMerge(folder: string, { json }: Pick<OutputOptions, 'json'>): Promise<void> {
  exitOnSignals(json === true);
  const merged = await mergeResults(folder);
  const { folder: results, summary, failed, missing, torn } = merged;
  if (json) process.stdout.write(`${JSON.stringify({ results, ...summary, failed, missing, torn }, null, 2)}\n`);
  else process.stdout.write(mergedText(folder, merged));
  if (failed.length > 0 || missing.length > 0) process.exitCode = EXIT_CODES.someFailed.code;
}

function mergedText(cohort: string, { folder, summary, failed, missing, torn }: Merged): string {
  const [verdicts] = summaryTables(summary);
  const lines = [
    ...alignedText(verdicts.columns, verdicts.rows),
    ...named(failed.map(({ item, code, message }) => `failed: ${item}: ${message.split('\n')[0]} [${code}]`)),
    ...named(missing.map((item) => `no outcome yet: ${item}`)),
    ...torn.map(({ file, line }) => `journal/${file}: line ${line} is torn or not ended and does not count`),
  ];
  if (failed.length > 0 || missing.length > 0)
    lines.push(`${failed.length} cases failed (efface cohort retry ${cohort}), ${missing.length} have no outcome yet (efface cohort run ${cohort})`); // prettier-ignore
  lines.push(
    `${join(folder, RESULTS_FILES.page)}: summary; beside it ${RESULTS_FILES.database}, Parquet, CSV and ${RESULTS_FILES.schema}`,
  );
  return `${lines.join('\n')}\n`;
}

function named(lines: readonly string[]): string[] {
  const more = lines.length - MOST_NAMED;
  return more > 0 ? [...lines.slice(0, MOST_NAMED), `… and ${more} more`] : [...lines];
}
