import { failureReasonOf, type Outcome, type RunRequest, runShards, type RunSummary } from '@efface/cohort';
import { listAdapters } from '@efface/compute';
import { isSoftwareAdapter } from '@efface/kernels/backends';
import { EXIT_CODES } from '@efface/volume';
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { type ModelsOptions } from '../../networks.ts';
import { type ComputeOptions, type OutputOptions, UsageError } from '../../options.ts';
import { openProgress } from '../../progress.ts';
import { InterruptedError } from '../../session.ts';
import { VERSION } from '../../version.ts';

/** Options of `efface cohort run`. */
export interface CohortRunOptions extends ComputeOptions, ModelsOptions, OutputOptions {
  readonly shard?: number;
  readonly workers?: number;
  readonly inFlight?: number;
  readonly itemTimeoutMin: number;
  readonly retryFailed?: boolean;
  readonly ortProvider: string;
}

/** Which shard a batch system means by which variable, what it counts from, and what it says in a job that is no array. */
const SHARD_VARIABLES: readonly (readonly [name: string, first: number, noArray?: string])[] = [
  ['SLURM_ARRAY_TASK_ID', 0],
  ['PBS_ARRAY_INDEX', 0],
  ['AWS_BATCH_JOB_ARRAY_INDEX', 0],
  ['JOB_COMPLETION_INDEX', 0],
  ['LSB_JOBINDEX', 1, '0'],
  ['SGE_TASK_ID', 1, 'undefined'],
];

/** The shard of `--shard`, else that of the batch system's array; none where neither is there: then all are run. */
export function shardOf(option: number | undefined, env: NodeJS.ProcessEnv): number | undefined {
  if (option !== undefined) return option;
  for (const [name, first, noArray] of SHARD_VARIABLES) {
    const text = env[name];
    if (text === undefined || text === '' || text === noArray) continue;
    const shard = Number(text) - first;
    if (!Number.isInteger(shard) || shard < 0)
      throw new UsageError(`${name}=${text} is no index of a shard; say --shard`);
    return shard;
  }
  return undefined;
}

/** What a run came to. */
export interface RunFacts extends RunSummary {
  /** The one that was run, where it was one. */
  readonly shard: number | null;
  readonly seconds: number;
  /** Of those done now; null when nothing was left to do. */
  readonly casesPerMinute: number | null;
  /** What failed now. */
  readonly failed: readonly { readonly item: string; readonly reason: string }[];
}

/** Runs shards of a cohort in worker processes until nothing is left or a signal comes. */
export async function runCohort(folder: string, options: CohortRunOptions): Promise<RunFacts> {
  const shard = shardOf(options.shard, process.env);
  const { workers, adapters, threads, inFlight } = await workersOf(options);
  const interrupted = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    interrupted.abort(new InterruptedError(signal));
  };
  process.once('SIGINT', stop);
  // Batch systems may tell the process as well as the script that started it: the second time must not end it by force.
  process.on('SIGTERM', stop);
  const progress = openProgress({ quiet: options.quiet === true, json: options.json === true });
  const failed: { readonly item: string; readonly reason: string }[] = [];
  const request: RunRequest = {
    folder,
    ...(shard === undefined ? {} : { shards: [shard] }),
    workers,
    inFlight,
    startWorker: (n) => startWorker(folder, options, threads, adapters.at(n)),
    retryFailed: options.retryFailed === true,
    itemTimeoutMs: options.itemTimeoutMin * 60_000,
    softwareVersion: VERSION,
    signal: interrupted.signal,
    onOutcome: (outcome, done, total) => {
      if (outcome.verdict === 'fail') failed.push({ item: outcome.item, reason: reasonOf(outcome) });
      progress.step({ stage: `${outcome.item}: ${outcome.verdict}`, done, total });
    },
  };
  const beginNs = process.hrtime.bigint();
  try {
    const summary = await runShards(request);
    const seconds = Number(process.hrtime.bigint() - beginNs) / 1e9;
    const here = summary.total - summary.before;
    const casesPerMinute = here === 0 ? null : (60 * here) / seconds;
    return { ...summary, shard: shard ?? null, seconds, casesPerMinute, failed };
  } finally {
    progress.end();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, stop);
  }
}

/** `efface cohort run`; sets the exit code of the process. */
export async function cohortRun(folder: string, options: CohortRunOptions): Promise<void> {
  const facts = await runCohort(folder, options);
  process.stdout.write(options.json ? `${JSON.stringify(facts, null, 2)}\n` : runText(facts));
  if (facts.verdicts.fail > 0) process.exitCode = EXIT_CODES.someFailed.code;
}

/** A run in words. */
export function runText({ shard, total, before, verdicts, seconds, casesPerMinute, failed }: RunFacts): string {
  const rate =
    casesPerMinute === null
      ? 'nothing was left to do'
      : `${total - before} cases in ${seconds.toFixed(1)} s, ${casesPerMinute.toFixed(1)} a minute`;
  const lines = [
    `${shard === null ? 'all shards' : `shard ${shard}`}: ${verdicts.pass} pass, ${verdicts.review} for review, ${verdicts.fail} failed; ${rate}`,
    ...failed.map(({ item, reason }) => `  ${item}: ${reason}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Why an item failed, in a line. */
export function reasonOf(outcome: Pick<Outcome, 'verdict' | 'failures' | 'groups'>): string {
  const reason = failureReasonOf(outcome);
  return reason === undefined ? 'no reason is known' : `${reason.message.split('\n')[0]} [${reason.code}]`;
}

/**
 * One process a GPU with two items in hand, so that reading and writing overlap with computing; without a GPU one process a core
 * with one thread and one item each: a case is not threads all the way, processes are.
 */
async function workersOf(options: CohortRunOptions): Promise<{
  readonly workers: number;
  readonly adapters: readonly string[];
  readonly threads: number | undefined;
  readonly inFlight: number;
}> {
  const named = options.adapter === undefined ? [] : [options.adapter];
  // By its name Dawn opens the first adapter of several: two workers would share one and leave the other idle.
  const names = options.backend === 'cpu' ? [] : [...new Set(await listAdapters())];
  const hardware = names.filter((name) => !isSoftwareAdapter({ kind: 'webgpu', name }));
  const adapters = named.length > 0 ? named : options.backend === 'webgpu' && hardware.length === 0 ? [] : hardware;
  const isGpu = options.backend === 'webgpu' || adapters.length > 0;
  const cores = availableParallelism();
  const workers = options.workers ?? (isGpu ? Math.max(1, adapters.length) : cores);
  const threads = options.threads ?? (isGpu ? undefined : Math.max(1, Math.floor(cores / workers)));
  // More processes than adapters share them in turn.
  const shared = Array.from({ length: workers }, (_, n) => adapters[n % Math.max(1, adapters.length)]).filter((name) => name !== undefined); // prettier-ignore
  return { workers, adapters: shared, threads, inFlight: options.inFlight ?? (isGpu ? 2 : 1) };
}

function startWorker(
  folder: string,
  options: CohortRunOptions,
  threads: number | undefined,
  adapter: string | undefined,
): ChildProcess {
  const args = ['cohort', 'worker', folder, '--backend', options.backend, '--ort-provider', options.ortProvider];
  if (adapter !== undefined) args.push('--adapter', adapter);
  if (threads !== undefined) args.push('--threads', String(threads));
  if (options.models !== undefined) args.push('--models', options.models);
  // The run's own streams: what a worker has to say comes as a message.
  return fork(process.argv[1], args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}
