import { type Command, Option } from 'commander';
import { type CohortSubmitOptions } from './commands/cohort/submit.ts';
import { networkOptions } from './networks.ts';
import { computeOptions, integerBetween, numberBetween, withOptions } from './options.ts';

/** Adds `efface cohort submit`. */
export function addSubmitCommand(cohort: Command): void {
  withOptions(
    cohort
      .command('submit')
      .description('hand a plan to a batch system: an array job with a task a shard, and behind it the merge')
      .argument('<cohort>', 'folder of `efface cohort plan`, under the same path on every node')
      .addHelpText(
        'after',
        `
Scripts, logs and the numbers of the jobs are in <cohort>/slurm. A task that is preempted, loses its node or runs out of time goes on
where it stopped; one that is cancelled stays cancelled. Submitted again, only what is left is done. efface cohort status shows the jobs.`,
      ),
    [
      new Option('--engine <name>', 'the batch system').choices(['slurm']).default('slurm'),
      new Option('--gres <list>', 'devices of a task, such as gpu:1 (default: none, tasks compute on the CPU)'),
      new Option('--array-limit <n>', 'tasks that may run at a time').argParser(integerBetween(1, 1e6)),
      new Option('--partition <names>', 'where to run'),
      new Option('--account <name>', 'who pays'),
      new Option('--time <limit>', 'of a task, such as 4:00:00'),
      new Option('--mem <size>', 'of a task, such as 16G'),
      new Option('--cpus-per-task <n>', 'cores of a task').argParser(integerBetween(1, 1024)),
      new Option('--sbatch-arg <option>', 'another option of sbatch as --name=value; again for more')
        .argParser((argument: string, before: readonly string[]) => [...before, argument])
        .default([] as readonly string[], 'none'),
      new Option('--command <words>', 'what starts efface on a node, split at blanks (default: as it was started here)'), // prettier-ignore
      new Option('--workers <n>', 'processes of a task (default: one a GPU; without --gres, --cpus-per-task)').argParser(integerBetween(1, 1024)), // prettier-ignore
      new Option('--in-flight <n>', 'cases a process has in hand at a time').argParser(integerBetween(1, 16)),
      new Option('--item-timeout-min <min>', 'a process that takes longer over a case is taken for hung').argParser(numberBetween(0.01, 10_000)), // prettier-ignore
      ...networkOptions().filter(({ long }) => long === '--ort-provider' || long === '--models'),
      ...computeOptions(),
      new Option('--dry-run', 'write the scripts and print them; submit nothing'),
      new Option('--json', 'print JSON'),
    ],
  ).action(async (folder: string, options: CohortSubmitOptions) => {
    const { cohortSubmit } = await import('./commands/cohort/submit.ts');
    await cohortSubmit(folder, options);
  });
}
