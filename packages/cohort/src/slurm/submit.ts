import { OutputFile, outputErrorFrom } from '@efface/io';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { checkSoftware, readPlan, shardCount } from '../plan/cohort-plan.ts';
import { latestJobs, readJobs, recordJob, SLURM_FOLDER, SLURM_SCHEMA, type SlurmJob } from './job-list.ts';
import { isUnfinished, jobStates } from './job-states.ts';
import { arrayScript, type ClusterJob, mergeScript } from './sbatch-scripts.ts';
import { checkSettings, SlurmError, type SlurmSettings } from './settings.ts';
import { runTool } from './slurm-tools.ts';

/** A cohort that is to be run by Slurm. */
export interface SubmitRequest {
  /** The cohort's folder, which every node must see under the same path. */
  readonly folder: string;
  readonly command: readonly string[];
  /** Of the efface that `command` starts, where it is known: every task would refuse a plan of another. */
  readonly softwareVersion?: string;
  readonly runArguments: readonly string[];
  readonly settings: SlurmSettings;
  /** Write the scripts and submit nothing. */
  readonly dryRun: boolean;
}

/** The scripts, and the jobs when they were submitted. */
export interface Submission {
  readonly scripts: readonly { readonly path: string; readonly text: string }[];
  readonly shards: number;
  readonly array?: SlurmJob;
  readonly merge?: SlurmJob;
}

/**
 * Writes `slurm/array.sbatch` and `slurm/merge.sbatch` into the cohort's folder, submits both, the merge behind the array, and
 * writes down their numbers. The same plan and settings give the same scripts.
 * @throws SlurmError, PlanError, OutputError
 */
export async function submitToSlurm(request: SubmitRequest): Promise<Submission> {
  const { folder, command, softwareVersion, runArguments, settings, dryRun } = request;
  checkSettings(settings);
  const plan = await readPlan(folder);
  if (softwareVersion !== undefined) checkSoftware(folder, plan, softwareVersion);
  const cohort = resolve(folder);
  const job: ClusterJob = { cohort, shards: shardCount(plan), command, runArguments, settings };
  if (!dryRun) await refuseWhileQueued(cohort);
  const home = join(cohort, SLURM_FOLDER);
  const scripts = [
    { path: join(home, 'array.sbatch'), text: arrayScript(job) },
    { path: join(home, 'merge.sbatch'), text: mergeScript(job) },
  ];
  for (const { path, text } of scripts) await writeScript(home, path, text);
  const { shards } = job;
  if (dryRun) return { scripts, shards };

  const describe = (kind: SlurmJob['kind']): Omit<SlurmJob, 'job'> => ({ schema: SLURM_SCHEMA, kind, shards, plan: plan.fingerprint, at: new Date().toISOString() }); // prettier-ignore
  const array = { ...describe('array'), ...(await sbatch(home, ['array.sbatch'])) };
  await recordJob(cohort, array);
  const merge = { ...describe('merge'), after: array.job, ...(await mergeBehind(home, array)) };
  await recordJob(cohort, merge);
  return { scripts, shards, array, merge };
}

/** Two arrays would not do anything twice, but wait for each other. */
async function refuseWhileQueued(cohort: string): Promise<void> {
  const { array, merge } = latestJobs(await readJobs(cohort));
  if (!array) return;
  const { tasks } = await jobStates(array, merge);
  const left = [...tasks.values()].filter(isUnfinished).length;
  if (left > 0)
    throw new SlurmError('SLURM_QUEUED', 'output', `${cohort}: job ${array.job} of this cohort has ${left} tasks that wait or run; let them end, or end them with scancel ${array.job}`); // prettier-ignore
}

async function writeScript(home: string, path: string, text: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true });
  } catch (error) {
    throw outputErrorFrom(error, home);
  }
  await using file = await OutputFile.create(path, { overwrite: true });
  try {
    await writeFile(file.path, text);
  } catch (error) {
    throw outputErrorFrom(error, path);
  }
  await file.commit();
}

async function mergeBehind(home: string, array: SlurmJob): Promise<{ job: string }> {
  try {
    const on = array.cluster === undefined ? [] : [`--clusters=${array.cluster}`];
    // Failed cases, and failed tasks, are what a merge has to tell of.
    return await sbatch(home, [...on, `--dependency=afterany:${array.job}`, 'merge.sbatch']);
  } catch (error) {
    if (!(error instanceof SlurmError)) throw error;
    throw new SlurmError('SLURM_REFUSED', 'unavailable', `${error.message}; the array is in the queue as job ${array.job} and goes on without a merge: merge by hand when it has ended`, { cause: error }); // prettier-ignore
  }
}

/** Submits a script from its own folder, which its logs are named relative to. */
async function sbatch(home: string, words: readonly string[]): Promise<{ job: string; cluster?: string }> {
  const { isOk, stdout, complaint } = await runTool('sbatch', ['--parsable', ...words], home);
  const [, job, cluster] = /^(\d+)(?:;([\w.-]+))?$/m.exec(stdout) ?? [];
  if (isOk && job !== undefined) return { job, ...(cluster === undefined ? {} : { cluster }) };
  const hint = /Invalid job array/.test(complaint)
    ? ' (more shards than the cluster’s MaxArraySize allows? plan with more --cases-per-shard)'
    : '';
  throw new SlurmError('SLURM_REFUSED', 'unavailable', `sbatch ${words.at(-1)}: ${complaint || 'gave no job number'}${hint}`); // prettier-ignore
}
