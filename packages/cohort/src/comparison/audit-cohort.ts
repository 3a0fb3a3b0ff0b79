import { type Backend } from '@efface/compute';
import { inputErrorFrom, OutputFolder, systemErrorCode, writeOutput } from '@efface/io';
import { type FaceModel, type FaceNetworks, fastGrid, HELD_OUT_GRID, type InferenceProvider, STANDARD_GRID } from '@efface/reidentify'; // prettier-ignore
import { AUDIT_SCHEMA, type AuditRecord } from '@efface/report';
import { EffaceError } from '@efface/volume';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type AuditRequest } from '../audit/audit.ts';
import { type PortraitCount, type Thresholds } from '../audit/calibration.ts';
import { AUDIT_FILE, writeAudit } from '../audit/write-audit.ts';
import { COHORT_FILES, type CohortPlan, readPlan, workItems } from '../plan/cohort-plan.ts';
import { JournalReader, standingOf } from '../run/journal.ts';
import { settledOutcomes } from '../run/run-shards.ts';
import { cohortHeads } from './cohort-heads.ts';

/** Says which audits lie beside it, and of what plan they are. */
const LIST_FILE = 'audits.json';
const LIST_SCHEMA = 'efface-audits/1';

const list = z.object({
  schema: z.literal(LIST_SCHEMA),
  /** Fingerprint of the plan. */
  plan: z.string(),
  /** Each is the name of a folder. */
  modalities: z.array(z.enum(['CT', 'MR', 'PT', 'OT'])),
});

/** How the heads of a cohort are audited. */
export interface AuditCohortOptions {
  readonly thresholds: Thresholds;
  readonly portraits: PortraitCount;
  readonly attackers: AuditRequest['attackers'];
  readonly models: readonly FaceModel[];
  readonly provider: InferenceProvider;
  readonly softwareVersion: string;
  /** Who is looked at, then what is matched. */
  readonly onStep?: (what: string, done: number, total: number) => void;
}

/** An audit of all images of one modality of a cohort. */
export interface CohortAudit {
  readonly modality: string;
  readonly record: AuditRecord;
}

/**
 * Audits every modality of a cohort of which there are two heads or more and something was written. Writes `audits/`: a folder a
 * modality, whose pages show original faces. Older ones are replaced.
 * @throws PlanError, InputNotFoundError, OutputError
 */
export async function auditCohort(
  backend: Backend,
  networks: FaceNetworks,
  folder: string,
  options: AuditCohortOptions,
): Promise<readonly CohortAudit[]> {
  const plan = await readPlan(folder);
  const standing = standingOf(await new JournalReader(folder).refresh());
  const outcomes = await settledOutcomes(folder, workItems(plan), standing);
  await using output = await OutputFolder.create(join(folder, COHORT_FILES.audits), {
    overwrite: true,
    marker: LIST_FILE,
  });
  const audits: CohortAudit[] = [];
  for (const { modality, known, unknown } of await cohortHeads(folder, plan, outcomes)) {
    if (known.length < 2 || unknown.length === 0) continue;
    const record = await writeAudit(
      backend,
      networks,
      await output.path(modality),
      {
        known,
        unknown,
        thresholds: options.thresholds,
        open: plan.config.open as NonNullable<AuditRequest['open']>,
        ...(options.attackers ? { attackers: options.attackers } : {}),
        ...(options.portraits === '9' ? { grids: { known: fastGrid(STANDARD_GRID), unknown: fastGrid(HELD_OUT_GRID) } } : {}), // prettier-ignore
        onPerson: ({ set }, done, total) => options.onStep?.(`${modality}: ${set}`, done, total),
        onMatch: (set, attacker, done, total) => options.onStep?.(`${modality}: ${set} by ${attacker}`, done, total),
      },
      { ...options, overwrite: false },
    );
    audits.push({ modality, record });
  }
  const found = { schema: LIST_SCHEMA, plan: plan.fingerprint, modalities: audits.map(({ modality }) => modality) };
  await writeOutput(await output.path(LIST_FILE), `${JSON.stringify(found, null, 2)}\n`);
  await output.commit();
  return audits;
}

/** Modalities of which audits of this plan lie in a cohort's folder; none where they are of another plan. @throws EffaceError */
export async function auditedModalities(
  folder: string,
  plan: Pick<CohortPlan, 'fingerprint'>,
): Promise<readonly string[]> {
  const path = join(folder, COHORT_FILES.audits, LIST_FILE);
  const text = await textOf(path);
  if (text === undefined) return [];
  const parsed = list.safeParse(jsonOf(text));
  if (!parsed.success) throw damaged(path);
  return parsed.data.plan === plan.fingerprint ? parsed.data.modalities : [];
}

/** Reads the audit of a modality that `auditedModalities` named. @throws EffaceError */
export async function readAudit(folder: string, modality: string): Promise<AuditRecord> {
  const path = join(folder, COHORT_FILES.audits, modality, AUDIT_FILE);
  const found = jsonOf((await textOf(path)) ?? '') as AuditRecord | undefined;
  if (found?.schema !== AUDIT_SCHEMA) throw damaged(path);
  return found;
}

function damaged(path: string): EffaceError {
  return new EffaceError('AUDIT_DAMAGED', 'inputCorrupt', `${path}: is not what efface study wrote; run it again, or remove the folder ${COHORT_FILES.audits}`); // prettier-ignore
}

/** Undefined when there is no such file. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw inputErrorFrom(error, path);
  }
}

/** Undefined when it is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
