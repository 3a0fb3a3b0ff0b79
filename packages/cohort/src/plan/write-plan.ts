import { OutputFile, OutputFolder, writeOutput } from '@efface/io';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { COHORT_FILES, type CohortPlan, PlanError, readPlan } from './cohort-plan.ts';

/** What became of a plan that was to be written. */
export type PlanWritten = 'new' | 'unchanged' | 'replaced';

/** Only the owner may read what new UIDs are derived with. */
const SECRET_MODE = 0o600;

/**
 * Writes a plan into the cohort's folder, which is made. The same plan again changes nothing. Another one takes its place when that
 * is allowed: what was done stays done where files and settings are the same.
 * @param uidKey derives new DICOM UIDs; a random one is made when it is absent
 * @param input what was planned; the folder may not touch it
 * @throws OutputError, PlanError for a damaged plan that is there already
 */
export async function writePlan(
  folder: string,
  plan: CohortPlan,
  { input, uidKey, overwrite }: { readonly input: string; readonly uidKey?: Uint8Array; readonly overwrite: boolean },
): Promise<PlanWritten> {
  const text = `${JSON.stringify(plan, null, 1)}\n`;
  const present = await planAt(folder, overwrite);
  if (present === plan.fingerprint) return 'unchanged';
  if (present !== undefined) {
    const file = await OutputFile.create(join(folder, COHORT_FILES.plan), { overwrite, inputs: [input] });
    await using staged = file;
    await writeOutput(staged.path, text);
    await staged.commit();
    return 'replaced';
  }
  await using output = await OutputFolder.create(folder, { inputs: [input], marker: COHORT_FILES.plan });
  await writeOutput(await output.path(COHORT_FILES.uidKey), uidKey ?? randomBytes(32), { mode: SECRET_MODE });
  await writeOutput(await output.path(COHORT_FILES.plan), text);
  await output.commit();
  return 'new';
}

/** Fingerprint of the plan that is there; '' for a damaged one that may be replaced. */
async function planAt(folder: string, overwrite: boolean): Promise<string | undefined> {
  try {
    return (await readPlan(folder)).fingerprint;
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    if (error.code === 'PLAN_NOT_THERE') return undefined;
    if (overwrite) return '';
    throw error;
  }
}
