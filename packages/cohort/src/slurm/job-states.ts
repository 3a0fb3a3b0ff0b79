import { type SlurmJob } from './job-list.ts';
import { SlurmError } from './settings.ts';
import { runTool } from './slurm-tools.ts';

/** A task of an array, or a job, as Slurm sees it. */
export interface JobState {
  /** Slurm's word, such as PENDING, RUNNING, COMPLETED, FAILED. */
  readonly state: string;
  /** Why it waits or ended. */
  readonly reason?: string;
  readonly node?: string;
  /** Where the cluster keeps accounts. */
  readonly exitCode?: number;
}

/** What Slurm knows of a cohort's jobs. */
export interface SlurmStates {
  /** By shard; one that is missing has left the queue and no account is kept. */
  readonly tasks: ReadonlyMap<number, JobState>;
  readonly merge?: JobState;
  /** Why less is known than could be. */
  readonly notes: readonly string[];
}

const ENDED: ReadonlySet<string> = new Set(
  'BOOT_FAIL CANCELLED COMPLETED DEADLINE FAILED NODE_FAIL OUT_OF_MEMORY PREEMPTED REVOKED TIMEOUT'.split(' '),
);

/** Whether a job with this state may still do something. */
export function isUnfinished({ state }: JobState): boolean {
  return !ENDED.has(state);
}

/** States by job number, and of arrays by `<job>_<task>`. */
type States = ReadonlyMap<string, JobState>;

/**
 * Asks squeue, and sacct where accounts are kept, what became of an array and the merge behind it. What cannot be asked is a note,
 * no error: journals say how the cases stand.
 */
export async function jobStates(array: SlurmJob, merge: SlurmJob | undefined): Promise<SlurmStates> {
  const numbers = [array, ...(merge ? [merge] : [])].map(({ job }) => job).join(',');
  const cluster = array.cluster === undefined ? [] : [`--clusters=${array.cluster}`];
  const notes: string[] = [];
  const ask = async (tool: string, words: readonly string[], nothing: RegExp): Promise<string> => {
    try {
      const { isOk, stdout, complaint } = await runTool(tool, words);
      if (!isOk && !nothing.test(complaint)) notes.push(`${tool}: ${complaint}`);
      return stdout;
    } catch (error) {
      if (!(error instanceof SlurmError)) throw error;
      if (tool === 'squeue') notes.push('Slurm is not on this machine: what its jobs do is not shown');
      return '';
    }
  };
  const queued = parseQueue(await ask('squeue', [...cluster, '--noheader', '--array', '--states=all', `--jobs=${numbers}`, '--format=%F|%K|%T|%N|%r'], /Invalid job id/)); // prettier-ignore
  // It is a site's choice to keep no accounts.
  const accounts = notes.length > 0 ? new Map<string, JobState>() : parseAccounts(await ask('sacct', [...cluster, '--noheader', '--parsable2', '--allocations', `--jobs=${numbers}`, '--format=JobID,State,ExitCode,NodeList'], /accounting storage is disabled/i)); // prettier-ignore
  const stateOf = (name: string): JobState | undefined => {
    const [now, kept] = [queued.get(name), accounts.get(name)];
    return now && kept?.state === now.state ? { ...kept, ...now } : (now ?? kept);
  };
  const tasks = new Map<number, JobState>();
  for (let shard = 0; shard < array.shards; shard++) {
    const state = stateOf(`${array.job}_${shard}`);
    if (state) tasks.set(shard, state);
  }
  const merging = merge && stateOf(merge.job);
  return { tasks, ...(merging ? { merge: merging } : {}), notes };
}

/** Lines `job|task|state|nodes|reason` of squeue; the task is N/A for a job that is no array. */
export function parseQueue(text: string): States {
  const states = new Map<string, JobState>();
  for (const line of text.split('\n')) {
    const [job, task, state, node, ...rest] = line.split('|');
    if (!/^\d+$/.test(job) || state === undefined) continue;
    const reason = rest.join('|');
    const name = /^\d+$/.test(task) ? `${job}_${task}` : job;
    states.set(name, {
      state,
      ...(reason === '' || reason === 'None' ? {} : { reason }),
      ...(node === '' ? {} : { node }),
    });
  }
  return states;
}

/** Lines `job|state|exit code:signal|nodes` of sacct. Tasks that have not begun share a line, which squeue knows better. */
export function parseAccounts(text: string): States {
  const states = new Map<string, JobState>();
  for (const line of text.split('\n')) {
    const [name, state, exit, node] = line.split('|');
    if (!/^\d+(_\d+)?$/.test(name) || node === undefined) continue;
    const code = Number(exit.split(':')[0]);
    states.set(name, {
      // Who cancelled follows the word.
      state: state.split(' ')[0],
      ...(Number.isInteger(code) ? { exitCode: code } : {}),
      ...(node === '' || node === 'None assigned' ? {} : { node }),
    });
  }
  return states;
}
