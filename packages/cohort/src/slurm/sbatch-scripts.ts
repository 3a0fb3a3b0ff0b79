import { EXIT_CODES } from '@efface/volume';
import { type SlurmSettings } from './settings.ts';

/** Seconds before the end of its time in which a task is told to stop. */
const NOTICE_S = 60;

/**
 * How often a task whose time was up queues itself again. A shard goes on where it stopped; one with a case that takes longer than
 * the whole time would go on for ever.
 */
const REQUEUES_ALLOWED = 20;

/** What the scripts of a cohort are made of. */
export interface ClusterJob {
  /** Absolute path of the cohort's folder, the same on every node. */
  readonly cohort: string;
  readonly shards: number;
  /** Words that start efface on a node. */
  readonly command: readonly string[];
  /** Further words of `efface cohort run`. */
  readonly runArguments: readonly string[];
  readonly settings: SlurmSettings;
}

/** A word as the shell reads it back, whatever it holds. */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

const wordsOf = (words: readonly string[]): string => words.map(shellQuote).join(' ');

/** The same for array and merge. Paths stand in no `#SBATCH` line: logs are named relative to the folder of the scripts. */
function header(name: string, log: string, { settings }: ClusterJob, own: readonly string[]): string[] {
  const { partition, account, time, mem, sbatchArguments = [] } = settings;
  return [
    `--job-name=${name}`,
    `--output=${log}`,
    '--open-mode=append',
    '--requeue',
    '--nodes=1',
    '--ntasks=1',
    ...own,
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    ...(mem === undefined ? [] : [`--mem=${mem}`]),
    ...sbatchArguments,
  ].map((option) => `#SBATCH ${option}`);
}

/**
 * The script of the array: task `k` runs shard `k`. The task ends with efface's exit code.
 *
 * Two ways of being stopped are told apart. SIGTERM comes from `scancel`, a preemption or a node that is drained; Slurm itself
 * decides whether the task comes back (`--requeue`). SIGUSR1 says that the time is nearly up: efface is stopped, exits with 75, and
 * the task puts itself back into the queue. So a cancelled task stays cancelled.
 */
export function arrayScript(job: ClusterJob): string {
  const { cohort, shards, command, runArguments, settings } = job;
  const { arrayLimit, gres, cpusPerTask } = settings;
  const own = [
    `--array=0-${shards - 1}${arrayLimit === undefined ? '' : `%${arrayLimit}`}`,
    `--signal=B:USR1@${NOTICE_S}`,
    ...(gres === undefined ? [] : [`--gres=${gres}`]),
    ...(cpusPerTask === undefined ? [] : [`--cpus-per-task=${cpusPerTask}`]),
  ];
  return `#!/bin/bash
${header('efface', 'shard-%a.log', job, own).join('\n')}
# Written by \`efface cohort submit\`. By hand: cd to the folder of this file, then sbatch array.sbatch

efface=(${wordsOf(command)})
cohort=${shellQuote(cohort)}

again=1 timeIsUp=0
# Slurm sends TERM to efface as well, but for \`scancel --batch\`; being told twice does no harm.
trap 'again=1; kill -TERM "$pid" 2>/dev/null' TERM
trap 'again=1; timeIsUp=1; kill -TERM "$pid" 2>/dev/null' USR1

"\${efface[@]}" cohort run "$cohort" --shard "$SLURM_ARRAY_TASK_ID"${runArguments.map((word) => ` ${shellQuote(word)}`).join('')} &
pid=$!
# A signal ends \`wait\`, not efface.
while [ "$again" = 1 ]; do
  again=0
  wait "$pid"
  code=$?
done

if [ "$code" = ${EXIT_CODES.interrupted.code} ] && [ "$timeIsUp" = 1 ]; then
  if [ "\${SLURM_RESTART_COUNT:-0}" -lt ${REQUEUES_ALLOWED} ]; then
    # Not by SLURM_JOB_ID: for one task of an array that is the number of the whole.
    scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
  else
    echo 'efface: the time was up ${REQUEUES_ALLOWED} times; ask for more time or fewer cases a shard' >&2
  fi
fi
exit "$code"
`;
}

/** The script that merges what the array did, whatever its tasks ended with. The shell gives its place to efface, so that signals reach it. */
export function mergeScript(job: ClusterJob): string {
  return `#!/bin/bash
${header('efface-merge', 'merge.log', job, []).join('\n')}
# Written by \`efface cohort submit\`. By hand: cd to the folder of this file, then sbatch merge.sbatch

efface=(${wordsOf(job.command)})
exec "\${efface[@]}" cohort merge ${shellQuote(job.cohort)}
`;
}
