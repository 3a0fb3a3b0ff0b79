import { type CaseRecord, RECORD_SCHEMA } from '@efface/report';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COHORT_FILES, type CohortConfig, type CohortPlan, type PlannedInput, sealPlan, type WorkItem } from '../plan/cohort-plan.ts'; // prettier-ignore
import { type ItemGroup, type Outcome, type Review, type Runner } from '../run/journal.ts';

/** Settings of a cohort by two methods. */
export const TWO_WAYS: CohortConfig = {
  ways: [
    { name: 'quickshear', method: { method: 'quickshear', rule: 'robust', bufferMm: 10, bufferVoxels: 10, keepOutMm: 5, ears: false } },
    { name: 'depth-mask', method: { method: 'depth-mask', keepOutMm: 5, ears: false } as CohortConfig['ways'][number]['method'] },
  ],
  verify: 'off',
  seed: 0,
  pictures: false,
  drift: true,
  protect: [],
  open: { allowUnknownOrientation: false, allowResample: false, keepSourceReferences: false, allowUncleaned: false },
  template: { sha256: '' },
}; // prettier-ignore

/** Somebody with one file. */
export function plannedInput(id: string, sha256 = 'a'.repeat(64)): PlannedInput {
  return { id, subject: id, session: '', path: `${id}.nii`, files: [{ path: `${id}.nii`, sizeBytes: 100, sha256 }] };
}

/** A plan of inputs of these names, written into a folder that is made. */
export function writePlanOf(folder: string, ids: readonly string[], config = TWO_WAYS): CohortPlan {
  const plan = sealPlan({
    software: 'test',
    root: folder,
    kind: 'manifest',
    config,
    casesPerShard: 2,
    inputs: ids.map((id) => plannedInput(id)),
    leftOut: [],
  });
  mkdirSync(join(folder, COHORT_FILES.journal), { recursive: true });
  writeFileSync(join(folder, COHORT_FILES.plan), JSON.stringify(plan));
  return plan;
}

export const RUNNER: Runner = { host: 'a-host', pid: 1, token: 'one' };

/** A record of a CT of one image, in which a verdict was reached. */
export function recordOf(verdict: CaseRecord['verdict'], alteredMl: number): CaseRecord {
  const findings = {
    pass: [],
    review: [['FACE_PARTLY_KEPT', 'review']],
    fail: [['FACE_NOT_REMOVED', 'fail']],
  } as const;
  return {
    schema: RECORD_SCHEMA,
    verdict,
    findings: findings[verdict].map(([code, severity]) => ({ code, severity, message: `because of ${code}` })),
    method: 'quickshear',
    rule: 'robust',
    parameters: { bufferMm: 10, ears: false },
    measured: { brainMl: 1400 },
    images: [
      {
        label: 'head.nii',
        modality: 'CT',
        sizeIjk: [10, 20, 30],
        spacingMm: [1, 2, 3],
        storedType: 'i16',
        alteredVoxels: alteredMl * 1000,
        alteredMl,
        alteredBodyMl: alteredMl / 2,
        keptBack: [{ what: 'brain', nVoxels: 7 }, { what: 'padding', nVoxels: 5 }],
        recognition: {
          faceSeenShareBefore: 1,
          faceSeenShareAfter: verdict === 'pass' ? 0 : 0.5,
          descriptorDistance: 0.8,
          descriptorDistanceThreshold: 0.6,
          shapeDistanceMm: 3,
          shapeDistanceThresholdMm: 2,
        },
        input: [],
        output: [],
        warnings: [{ code: 'ODD', message: 'is odd' }],
      },
    ],
    companions: [],
    software: { efface: 'test', node: 'v0', platform: 'none' },
    backend: { kind: 'cpu', name: 'a processor', driver: '', threads: 1 },
    recognition: { mode: 'fast', networks: [] },
    seed: 0,
    timingsMs: { plan: 100, total: 200 },
    peakRssBytes: 1,
    finishedAt: '2023-01-01T00:00:00.000Z',
  }; // prettier-ignore
}

/** An outcome of an item with one case; its output lies in the cohort's folder from now on. */
export function settle(
  folder: string,
  { id, key, shard }: WorkItem,
  record: CaseRecord,
  more: Partial<Outcome> & Partial<Pick<ItemGroup, 'drift' | 'dose'>> = {},
): Outcome {
  const { drift, dose, ...own } = more;
  const output = `${COHORT_FILES.cases}/${id}`;
  mkdirSync(join(folder, output), { recursive: true });
  writeFileSync(join(folder, output, 'record.json'), JSON.stringify(record));
  const group: ItemGroup = { name: 'head', output, record, ...(drift ? { drift } : {}), ...(dose ? { dose } : {}) };
  return {
    event: 'outcome', item: id, key, shard, attempt: 1, verdict: record.verdict, groups: [group], failures: [], leftOut: [],
    durationMs: 1000, runner: RUNNER, at: '2023-01-01T00:00:01.000Z', ...own,
  }; // prettier-ignore
}

/** An outcome of an item that was stopped before there was a record. */
export function stopped({ id, key, shard }: WorkItem, code: string, attempt = 1): Outcome {
  return {
    event: 'outcome', item: id, key, shard, attempt, verdict: 'fail', groups: [], failures: [{ code, message: `is ${code}` }],
    leftOut: [], durationMs: 10, runner: RUNNER, at: '2023-01-01T00:00:01.000Z',
  }; // prettier-ignore
}

export function decided({ id, key }: WorkItem, decision: Review['decision'], comment: string, at: string): Review {
  return { event: 'review', item: id, key, decision, comment, at };
}

/** Writes lines as a journal of its own; a text is written as it is. */
export function writeJournal(folder: string, name: string, lines: readonly (object | string)[]): void {
  const text = lines.map((line) => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)).join('');
  writeFileSync(join(folder, COHORT_FILES.journal, `${name}.jsonl`), text);
}
