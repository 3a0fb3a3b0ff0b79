import {
  auditCohort,
  mergeResults,
  type PortraitCount,
  readPlan,
  studyTables,
  thresholdsFor,
  writeStudy,
} from '@efface/cohort';
import { ATTACKERS } from '@efface/reidentify';
import { markdownTables } from '@efface/report';
import { EXIT_CODES } from '@efface/volume';
import { join } from 'node:path';
import { cliCalibration, type NetworkOptions, openCliNetworks } from '../networks.ts';
import { type OutputOptions } from '../options.ts';
import { openProgress } from '../progress.ts';
import { exitOnSignals, withCliBackend } from '../session.ts';
import { VERSION } from '../version.ts';
import { type CohortPlanOptions, planCohort, planText } from './cohort/plan.ts';
import { type CohortRunOptions, runCohort, runText } from './cohort/run.ts';

/** Options of `efface study`. */
export type StudyOptions = CohortPlanOptions &
  CohortRunOptions &
  NetworkOptions &
  OutputOptions & { readonly portraits: PortraitCount };

/** Every method on every case, both judgements, a merge and the tables of it; what was done before is not done again. */
export async function study(input: string, output: string, options: StudyOptions): Promise<void> {
  const say = (text: string): void => {
    if (!options.json) process.stdout.write(text);
  };
  say(planText(await planCohort(input, output, options)));
  const run = await runCohort(output, options);
  say(runText(run));
  exitOnSignals(options.json === true);
  const calibration = await cliCalibration(options);
  const progress = openProgress({ quiet: options.quiet === true, json: options.json === true });
  try {
    await using opened = await openCliNetworks(options, options.threads);
    const audits = await withCliBackend(options, (backend) =>
      auditCohort(backend, opened.networks, output, {
        thresholds: thresholdsFor(calibration, options.portraits, opened.networks),
        portraits: options.portraits,
        attackers: ATTACKERS,
        models: opened.models,
        provider: options.ortProvider,
        softwareVersion: VERSION,
        onStep: (stage, done, total) => {
          progress.step({ stage, done, total });
        },
      }),
    );
    progress.end();
    const { summary, folder: results } = await mergeResults(output);
    const tables = studyTables(summary, audits, opened.networks.recogniser.name);
    await writeStudy(output, await readPlan(output), tables);
    process.stdout.write(
      options.json ? `${JSON.stringify({ run, tables }, null, 2)}\n` : `\n${markdownTables(tables)}`,
    );
    say(
      `\n${join(output, 'study')}: these tables; ${results}: what they are made of; ${join(output, 'audits')}: it shows original faces\n`,
    );
    if (run.verdicts.fail > 0) process.exitCode = EXIT_CODES.someFailed.code;
  } finally {
    progress.end();
  }
}
