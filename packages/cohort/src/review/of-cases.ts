import { lstat, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { COHORT_FILES } from '../plan/cohort-plan.ts';

/** Whether something really lies among the cohort's cases: it is no link, and no folder on the way to it leads out of them. */
export async function isOfCases(folder: string, path: string): Promise<boolean> {
  try {
    const home = await realpath(join(folder, COHORT_FILES.cases));
    const real = await realpath(path);
    return real.startsWith(home + sep) && !(await lstat(path)).isSymbolicLink();
  } catch {
    return false;
  }
}
