import { inputErrorFrom, outputErrorFrom, systemErrorCode } from '@efface/io';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { SlurmError } from './settings.ts';

export const SLURM_SCHEMA = 'efface-slurm/1';

/** In the cohort's folder: scripts, logs and the list of jobs. */
export const SLURM_FOLDER = 'slurm';

const JOBS_FILE = 'jobs.jsonl';

const job = z.object({
  schema: z.literal(SLURM_SCHEMA),
  kind: z.enum(['array', 'merge']),
  /** Slurm's number. */
  job: z.string().regex(/^\d+$/),
  /** Where there are several. */
  cluster: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/).optional(),
  /** Of a merge: the array it waits for. */
  after: z.string().optional(),
  shards: z.int().positive(),
  /** Fingerprint of the plan. */
  plan: z.string(),
  at: z.string(),
}); // prettier-ignore

/** A job that was submitted. */
export type SlurmJob = z.infer<typeof job>;

const pathOf = (cohort: string): string => join(cohort, SLURM_FOLDER, JOBS_FILE);

/** Writes down a job; it is on the disk when this resolves. @throws OutputError */
export async function recordJob(cohort: string, added: SlurmJob): Promise<void> {
  const path = pathOf(cohort);
  try {
    await using handle = await open(path, 'a+');
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    // What a full disk cut off ends its own line only.
    const isTorn = size > 0 && last.toString() !== '\n';
    await handle.appendFile(`${isTorn ? '\n' : ''}${JSON.stringify(added)}\n`);
    await handle.sync();
  } catch (error) {
    throw outputErrorFrom(error, path);
  }
}

/**
 * The jobs of a cohort, the oldest first; none when it was never submitted. A torn line is passed over.
 * @throws SlurmError for a line that is whole and no job, InputNotFoundError for a file that cannot be read
 */
export async function readJobs(cohort: string): Promise<SlurmJob[]> {
  const path = pathOf(cohort);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw inputErrorFrom(error, path);
  }
  return text.split('\n').flatMap((line, n) => {
    let found: unknown;
    try {
      found = JSON.parse(line);
    } catch {
      return [];
    }
    const parsed = job.safeParse(found);
    if (parsed.success) return [parsed.data];
    const [{ path: at, message }] = parsed.error.issues;
    throw new SlurmError('SLURM_JOBS_DAMAGED', 'inputCorrupt', `${path}: line ${n + 1}: ${at.join('.')}: ${message}; mend or remove the line`); // prettier-ignore
  });
}

/** The array that was submitted last, and the merge that waits for it. */
export function latestJobs(jobs: readonly SlurmJob[]): { readonly array?: SlurmJob; readonly merge?: SlurmJob } {
  const array = jobs.findLast(({ kind }) => kind === 'array');
  const merge = array && jobs.findLast(({ kind, after }) => kind === 'merge' && after === array.job);
  return { ...(array ? { array } : {}), ...(merge ? { merge } : {}) };
}
