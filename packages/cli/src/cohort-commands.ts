import { type Command, Option } from 'commander';
import { type CohortPlanOptions } from './commands/cohort/plan.ts';
import { type CohortQueryOptions } from './commands/cohort/query.ts';
import { type CohortRunOptions } from './commands/cohort/run.ts';
import { type CohortWorkerOptions } from './commands/cohort/worker.ts';
import { type StudyOptions } from './commands/study.ts';
import { METHOD_NAMES, methodDetailOptions } from './method-commands.ts';
import { addSubmitCommand } from './slurm-commands.ts';
import { modelsOption, networkOptions } from './networks.ts';
import {
  computeOptions,
  fileOptions,
  integerBetween,
  numberBetween,
  outputOptions,
  type OutputOptions,
  withOptions,
} from './options.ts';

const COHORT_FOLDER = 'folder of `efface cohort plan`';
const JSON_OPTION = (): Option => new Option('--json', 'print JSON');

/** Options of what makes a plan. */
function planOptions(methods: string): Option[] {
  return [
    new Option('--methods <list>', 'separated by commas, see `efface methods`; auto is one too').default(methods),
    ...methodDetailOptions(),
    new Option('--cases-per-shard <n>', 'inputs of a shard').argParser(integerBetween(1, 100_000)).default(8),
    new Option('--verify <how>', 'try to recognise the patient: 9 portraits before and after, 81, or not at all')
      .choices(['fast', 'full', 'off'])
      .default('fast'),
    new Option('--no-pictures', 'do not render the heads before and after'),
    new Option('--no-drift', 'do not measure what happened to structures and dose'),
    ...networkOptions().filter(({ long }) => long === '--recogniser' || long === '--calibration'),
    ...fileOptions(),
    new Option(
      '--uid-key-file <file>',
      'DICOM: file with a secret; the same key gives the same new UIDs (default: one is made)',
    ),
    new Option('--keep-source-references', 'DICOM: keep references to the original instances'),
    new Option('--allow-uncleaned', 'DICOM: also write objects that may show the face in ways nobody looked at'),
    new Option('--overwrite', 'replace another plan; what it has in common with the new one stays done'),
  ];
}

/** How a plan is run. */
function runOptions(): Option[] {
  return [
    new Option('--shard <k>', 'one shard, from 0 (default: that of the batch system’s array job, else all)').argParser(integerBetween(0, 1e9)), // prettier-ignore
    new Option('--workers <n>', 'processes (default: one a GPU; without one, one a core)').argParser(integerBetween(1, 1024)), // prettier-ignore
    new Option('--in-flight <n>', 'cases a process has in hand at a time (default: 2 on a GPU, else 1)').argParser(integerBetween(1, 16)), // prettier-ignore
    new Option('--item-timeout-min <min>', 'a process that takes longer over a case is taken for hung').argParser(numberBetween(0.01, 10_000)).default(30), // prettier-ignore
    ...networkOptions().filter(({ long }) => long === '--ort-provider' || long === '--models'),
    ...computeOptions(),
  ];
}

/** Adds `efface cohort …`: many cases, in shards, killed and resumed at will. */
export function addCohortCommands(program: Command): void {
  const cohort = program
    .command('cohort')
    .description('many cases: plan them, run the plan here or in shards on many machines, look how it stands');

  withOptions(
    cohort
      .command('plan')
      .description('find and hash the inputs and write down what is to be done with them')
      .argument('<in>', 'folder of DICOM studies or NIfTI files, BIDS dataset, or manifest (CSV, JSON)')
      .argument('<out>', 'folder to create: the plan, and later everything else of the cohort')
      .addHelpText(
        'after',
        `
A manifest has the columns subject, path and, where they are known, session, modality, structures, dose; paths are relative to
it. In a folder every NIfTI file is a case, and so is every folder directly in it that holds DICOM; those are numbered, since
their names are often those of patients: the plan says which is which.`,
      ),
    [...planOptions('quickshear'), ...outputOptions()],
  ).action(async (input: string, output: string, options: CohortPlanOptions) => {
    const { cohortPlan } = await import('./commands/cohort/plan.ts');
    await cohortPlan(input, output, options);
  });

  withOptions(
    cohort
      .command('run')
      .description('do what is left of a plan, or of one shard; stop it and start it again at will')
      .argument('<cohort>', COHORT_FOLDER),
    [...runOptions(), new Option('--retry-failed', 'do again what failed'), ...outputOptions()],
  ).action(async (folder: string, options: CohortRunOptions) => {
    const { cohortRun } = await import('./commands/cohort/run.ts');
    await cohortRun(folder, options);
  });

  withOptions(
    cohort
      .command('retry')
      .description('do again what failed, and what is left; the same as `run --retry-failed`')
      .argument('<cohort>', COHORT_FOLDER),
    [...runOptions(), ...outputOptions()],
  ).action(async (folder: string, options: CohortRunOptions) => {
    const { cohortRun } = await import('./commands/cohort/run.ts');
    await cohortRun(folder, { ...options, retryFailed: true });
  });

  cohort
    .command('status')
    .description('how a cohort stands: by method and shard, what is in work and by whom, what failed and why')
    .argument('<cohort>', COHORT_FOLDER)
    .addOption(JSON_OPTION())
    .action(async (folder: string, options: { readonly json?: boolean }) => {
      const { showStatus } = await import('./commands/cohort/status.ts');
      await showStatus(folder, options);
    });

  withOptions(
    program
      .command('study')
      .description('compare methods: every method on every case, recognition and drift, and the tables of it')
      .argument('<in>', 'as for `efface cohort plan`')
      .argument('<out>', 'folder to create, or to go on with')
      .addHelpText(
        'after',
        `
The tables are those of the 2023 study and ours with intervals: study/study.md, tables/*.csv, index.html; efface report shows them too.
results/ has what they are made of. audits/ shows original faces. Structures come from the studies (RT Structure Sets,
segmentations) or from the column structures of a manifest.`,
      ),
    [
      ...planOptions(METHOD_NAMES.join(',')),
      ...runOptions().filter(({ long }) => long !== '--shard'),
      new Option('--retry-failed', 'do again what failed'),
      new Option('--portraits <n>', 'of each head in the audits: 81 (9 cameras, 9 lights) or 9').choices(['81', '9']).default('9'), // prettier-ignore
      ...outputOptions(),
    ],
  ).action(async (input: string, output: string, options: StudyOptions) => {
    const { study } = await import('./commands/study.ts');
    await study(input, output, options);
  });

  withOptions(
    cohort
      .command('merge')
      .description('make tables of all results (DuckDB, Parquet, CSV) and a summary, in results/')
      .argument('<cohort>', COHORT_FOLDER),
    [JSON_OPTION()],
  ).action(async (folder: string, options: Pick<OutputOptions, 'json'>) => {
    const { cohortMerge } = await import('./commands/cohort/merge.ts');
    await cohortMerge(folder, options);
  });

  withOptions(
    cohort
      .command('query')
      .description('ask the merged results; docs/results-store.md says what the tables hold')
      .argument('<cohort>', COHORT_FOLDER)
      .argument('<sql>', 'one statement, e.g. "SELECT way, verdict, count(*) FROM items GROUP BY ALL"'),
    [JSON_OPTION(), new Option('--csv', 'print CSV').conflicts('json')],
  ).action(async (folder: string, sql: string, options: CohortQueryOptions) => {
    const { cohortQuery } = await import('./commands/cohort/query.ts');
    await cohortQuery(folder, sql, options);
  });

  withOptions(cohort.command('worker', { hidden: true }).argument('<cohort>'), [
    ...networkOptions().filter(({ long }) => long === '--ort-provider'),
    modelsOption(),
    ...computeOptions(),
  ]).action(async (folder: string, options: CohortWorkerOptions) => {
    const { cohortWorker } = await import('./commands/cohort/worker.ts');
    await cohortWorker(folder, options);
  });

  addSubmitCommand(cohort);
}
