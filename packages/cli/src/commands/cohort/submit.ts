import { type SlurmSettings, submitToSlurm } from '@efface/cohort';
import { resolve } from 'node:path';
import { type ModelsOptions } from '../../networks.ts';
import { type ComputeOptions, type OutputOptions, UsageError } from '../../options.ts';
import { VERSION } from '../../version.ts';

/** Options of `efface cohort submit`. */
export interface CohortSubmitOptions
  extends ComputeOptions, ModelsOptions, Pick<OutputOptions, 'json'>, Omit<SlurmSettings, 'sbatchArguments'> {
  readonly engine: 'slurm';
  readonly sbatchArg: readonly string[];
  readonly command?: string;
  readonly workers?: number;
  readonly inFlight?: number;
  readonly itemTimeoutMin?: number;
  readonly ortProvider: string;
  readonly dryRun?: boolean;
}

/** Hands a plan to Slurm, or shows what would be handed over. */
export async function cohortSubmit(folder: string, options: CohortSubmitOptions): Promise<void> {
  const { partition, account, time, mem, cpusPerTask, gres, arrayLimit, sbatchArg } = options;
  const submission = await submitToSlurm({
    folder,
    command: commandOf(options.command),
    ...(options.command === undefined ? { softwareVersion: VERSION } : {}),
    runArguments: runArgumentsOf(options),
    settings: {
      ...(partition === undefined ? {} : { partition }),
      ...(account === undefined ? {} : { account }),
      ...(time === undefined ? {} : { time }),
      ...(mem === undefined ? {} : { mem }),
      ...(cpusPerTask === undefined ? {} : { cpusPerTask }),
      ...(gres === undefined ? {} : { gres }),
      ...(arrayLimit === undefined ? {} : { arrayLimit }),
      sbatchArguments: sbatchArg,
    },
    dryRun: options.dryRun === true,
  });
  const { scripts, shards, array, merge } = submission;
  if (options.json)
    process.stdout.write(`${JSON.stringify({ shards, array: array?.job ?? null, merge: merge?.job ?? null, scripts }, null, 2)}\n`); // prettier-ignore
  else if (array && merge)
    process.stdout.write(
      `job ${array.job}: ${shards} shards; job ${merge.job}: the merge behind them\nnext: efface cohort status ${folder}\n`,
    );
  else process.stdout.write(`${scripts.map(({ path, text }) => `${path}:\n\n${text}`).join('\n')}\nnothing was submitted\n`); // prettier-ignore
}

/** The words that start efface on a node: those of this process, which lie on a file system that nodes share. */
function commandOf(command: string | undefined): string[] {
  if (command === undefined) return [process.execPath, resolve(process.argv[1])];
  const words = command.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) throw new UsageError('--command: is empty; say what starts efface on a node');
  return words;
}

/**
 * What the tasks tell `efface cohort run`. A task that was given no device computes on the CPU, whatever the node has, with as many
 * processes as it was given cores.
 */
function runArgumentsOf(options: CohortSubmitOptions): string[] {
  const { gres, cpusPerTask = 1, adapter, threads, inFlight, itemTimeoutMin, ortProvider, models } = options;
  const isCpu = gres === undefined && options.backend === 'auto' && adapter === undefined;
  const backend = isCpu ? 'cpu' : options.backend;
  const workers = options.workers ?? (backend === 'cpu' ? cpusPerTask : undefined);
  const words: (readonly [string, string | number | undefined])[] = [
    ['--backend', backend],
    ['--adapter', adapter],
    ['--threads', threads],
    ['--workers', workers],
    ['--in-flight', inFlight],
    ['--item-timeout-min', itemTimeoutMin],
    ['--ort-provider', ortProvider],
    ['--models', models === undefined ? undefined : resolve(models)],
  ];
  return words.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
}
