import {
  isUnfinished, type JobState, jobStates, latestJobs, readJobs, type SlurmJob, type SlurmStates, type StatusCounts,
} from '@efface/cohort'; // prettier-ignore

/** The jobs a cohort was submitted as, and what Slurm says of them. */
export interface SlurmStanding {
  readonly array: SlurmJob;
  readonly merge?: SlurmJob;
  readonly states: SlurmStates;
}

/** Asks Slurm about a cohort that was submitted to it; undefined for one that was not. */
export async function slurmOf(folder: string): Promise<SlurmStanding | undefined> {
  const { array, merge } = latestJobs(await readJobs(folder));
  return array && { array, ...(merge ? { merge } : {}), states: await jobStates(array, merge) };
}

/** What JSON says of it. */
export function slurmFacts({ array, merge, states }: SlurmStanding): object {
  return {
    array: array.job,
    merge: merge?.job ?? null,
    tasks: [...states.tasks].map(([shard, state]) => ({ shard, ...state })),
    mergeState: states.merge ?? null,
    notes: states.notes,
  };
}

/** The job of a shard, to be put behind its row. */
export function taskText({ states }: SlurmStanding, shard: number): string {
  const state = states.tasks.get(shard);
  return state === undefined ? '' : `  ${stateText(state)}`;
}

function stateText({ state, reason, node, exitCode }: JobState): string {
  const hasFailed = exitCode !== undefined && exitCode !== 0;
  const details = [
    ...(node === undefined ? [] : [`on ${node}`]),
    ...(hasFailed ? [`exit ${exitCode}`] : []),
    // Of a task that was cancelled it says why it had waited.
    ...(reason === undefined || hasFailed || state === 'CANCELLED' ? [] : [reason]),
  ];
  return `${state.toLowerCase()}${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
}

/** Lines about the jobs as a whole. */
export function slurmLines({ array, merge, states }: SlurmStanding, { claimed, pending }: StatusCounts): string[] {
  const tasks = [...states.tasks.values()];
  const counts = new Map<string, number>();
  for (const { state } of tasks) counts.set(state, (counts.get(state) ?? 0) + 1);
  const gone = array.shards - tasks.length;
  const told = [
    ...[...counts].sort().map(([state, count]) => `${count} ${state.toLowerCase()}`),
    ...(gone === 0 || states.notes.length > 0 ? [] : [`${gone} no longer in the queue`]),
  ];
  const merging = states.merge ? `; merge ${merge?.job}: ${stateText(states.merge)}` : '';
  const lines = told.length === 0 ? [] : [`Slurm job ${array.job}: ${told.join(', ')}${merging}`];
  lines.push(...states.notes);
  if (states.notes.length === 0 && !tasks.some(isUnfinished) && claimed + pending > 0)
    lines.push(
      `no task is left in the queue and ${claimed + pending} cases are not done: submit again, or run them here`,
    );
  return lines;
}
