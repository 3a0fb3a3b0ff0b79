import { temporaryFolder } from '@efface/io/testing';
import { type FirstOrderFeatures, PYRADIOMICS_FIRST_ORDER_NAMES } from '@efface/kernels';
import { type StructureDrift, summariseDrift } from '@efface/radiomics';
import { parse } from 'csv-parse/sync';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readPlan, type WorkItem, workItems } from '../plan/cohort-plan.ts';
import { CohortView } from '../report/collect-cohort.ts';
import { writeAuditOf } from '../testing/made-audit.ts';
import { decided, recordOf, settle, stopped, writeJournal, writePlanOf } from '../testing/planned-cohort.ts';
import { type Merged, mergeResults } from './merge-results.ts';
import { queryResults } from './query-results.ts';
import { RESULT_TABLE_NAMES, resultsSchema } from './results-schema.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);
let folder = '';
let items: Readonly<Record<string, WorkItem>> = {};
let count = 0;
beforeEach(() => {
  folder = join(scratch, `cohort-${count++}`);
  const plan = writePlanOf(folder, ['a', 'b', 'c', 'd']);
  items = Object.fromEntries(workItems(plan).map((item) => [item.id, item]));
});

const item = (id: string): WorkItem => items[id];

async function rows(sql: string): Promise<unknown[][]> {
  return queryResults(folder, sql, async ({ pieces }) => {
    const all: unknown[][] = [];
    for await (const piece of pieces) all.push(...piece.map((row) => [...row]));
    return all;
  });
}

const csv = (table: string): Record<string, string>[] => parse(readFileSync(join(folder, 'results', `${table}.csv`), 'utf8'), { columns: true }); // prettier-ignore

/** Features that are all of one value but for the kurtosis, which the journal could not write. */
function features(value: number, kurtosis = value): FirstOrderFeatures {
  const keys = Object.keys(PYRADIOMICS_FIRST_ORDER_NAMES) as (keyof FirstOrderFeatures)[];
  return {
    ...(Object.fromEntries(keys.map((key) => [key, value])) as Record<keyof FirstOrderFeatures, number>),
    kurtosis,
  };
}

function drift(patient: string, structure: string, before: number, after: number, changed: number): StructureDrift {
  return { patient, structure, voxelCount: 10, changedVoxelCount: changed, maxChange: Math.abs(after - before), original: features(before), defaced: features(after) }; // prettier-ignore
}

describe('a merge', () => {
  it('has a row for every item of the plan, in its order, whatever became of it', async () => {
    writeJournal(folder, 'one', [
      stopped(item('d/quickshear'), 'NIFTI_TRUNCATED'),
      settle(folder, item('b/quickshear'), recordOf('review', 20)),
      settle(folder, item('a/quickshear'), recordOf('pass', 10)),
    ]);
    const merged = await mergeResults(folder);
    expect(await rows('SELECT item, verdict, failure_code, shard FROM items ORDER BY rowid LIMIT 5')).toEqual([
      ['a/quickshear', 'pass', null, 0n],
      ['a/depth-mask', null, null, 0n],
      ['b/quickshear', 'review', null, 0n],
      ['b/depth-mask', null, null, 0n],
      ['c/quickshear', null, null, 1n],
    ]);
    expect(merged.failed).toEqual([{ item: 'd/quickshear', code: 'NIFTI_TRUNCATED', message: 'is NIFTI_TRUNCATED' }]);
    expect(merged.missing).toEqual(['a/depth-mask', 'b/depth-mask', 'c/quickshear', 'c/depth-mask', 'd/depth-mask']);
    expect(csv('cases').map((row) => [row['item'], row['altered_ml'], row['finding_codes']])).toEqual([
      ['a/quickshear', '10.0', ''],
      ['b/quickshear', '20.0', 'FACE_PARTLY_KEPT'],
    ]);
    expect(await rows("SELECT source, severity, code FROM findings WHERE item = 'b/quickshear' ORDER BY rowid")).toEqual([
      ['case', 'review', 'FACE_PARTLY_KEPT'],
      ['image', 'note', 'ODD'],
    ]); // prettier-ignore
    expect(await rows("SELECT size_k, spacing_j_mm, kept_back_voxels, label FROM images WHERE item = 'a/quickshear'")).toEqual([[30n, 2, 12n, 'head.nii']]); // prettier-ignore
    expect(await rows("SELECT score, value, threshold, unit FROM scores WHERE item = 'a/quickshear' ORDER BY score")).toEqual([
      ['descriptor_distance', 0.8, 0.6, '1'],
      ['shape_distance', 3, 2, 'mm'],
    ]); // prettier-ignore
    expect(await rows("SELECT kind, name, value, value_text FROM measures WHERE item = 'a/quickshear' ORDER BY name")).toEqual([
      ['measured', 'brainMl', 1400, null],
      ['parameter', 'bufferMm', 10, null],
      ['parameter', 'ears', null, 'false'],
    ]); // prettier-ignore
  });

  it('counts the highest attempt of this plan, the latest decision, and nothing whose output is gone', async () => {
    const a = item('a/quickshear');
    writeJournal(folder, 'one', [
      settle(folder, a, recordOf('review', 30), { attempt: 2 }),
      settle(folder, item('b/quickshear'), recordOf('pass', 1)),
      settle(folder, item('c/quickshear'), recordOf('pass', 1), { key: 'of another plan' }),
      decided(a, 'reject', 'ears', '2023-02-02T00:00:00.000Z'),
      JSON.stringify(stopped(item('d/quickshear'), 'TORN')).slice(0, 50),
    ]);
    writeJournal(folder, 'two', [
      stopped(a, 'FIRST'),
      decided(a, 'accept', '', '2023-02-01T00:00:00.000Z'),
      '{"no": "line"}\n',
    ]);
    rmSync(join(folder, 'cases/b/quickshear'), { recursive: true });
    const { torn, missing, failed } = await mergeResults(folder);
    expect(await rows('SELECT item, attempt, verdict, decision FROM items WHERE verdict IS NOT NULL')).toEqual([
      ['a/quickshear', 2n, 'review', 'reject'],
    ]);
    expect(await rows('SELECT * FROM reviews')).toEqual([
      ['a/quickshear', 'reject', 'ears', new Date('2023-02-02T00:00:00.000Z')],
    ]);
    expect([missing.length, failed]).toEqual([7, []]);
    expect(torn).toEqual([{ file: 'two.jsonl', line: 3 }, { file: 'one.jsonl', line: 5 }]); // prettier-ignore
  });

  it('gives rates with exact intervals, reasons, spreads and faces', async () => {
    const verdicts = ['pass', 'pass', 'pass', 'fail'] as const;
    writeJournal(folder, 'one', [
      ...verdicts.map((verdict, n) => settle(folder, item(`${'abcd'[n]}/quickshear`), recordOf(verdict, 10 * (n + 1)))),
      stopped(item('a/depth-mask'), 'NIFTI_TRUNCATED'),
    ]);
    const { ways } = (await mergeResults(folder)).summary;
    const [quickshear, depthMask] = ways;
    expect([quickshear.counts.open, depthMask.counts.open]).toEqual([0, 3]);
    // P(X ≥ 3 of 4) = 4p³ − 3p⁴ is 2.5 % at the lower end; P(X ≤ 3) = 1 − p⁴ is 2.5 % at the upper.
    const { low, high } = quickshear.pass.interval;
    expect(4 * low ** 3 - 3 * low ** 4).toBeCloseTo(0.025, 10);
    expect(high).toBeCloseTo(0.975 ** 0.25, 10);
    // None of 4: (1 − p)⁴ is 2.5 %.
    expect(quickshear.review).toMatchObject({ count: 0, of: 4, interval: { low: 0 } });
    expect(quickshear.review.interval.high).toBeCloseTo(1 - 0.025 ** 0.25, 10);
    expect(quickshear.failures).toEqual([{ code: 'FACE_NOT_REMOVED', items: 1 }]);
    expect(depthMask.failures).toEqual([{ code: 'NIFTI_TRUNCATED', items: 1 }]);
    // Of 10, 20, 30: the failed 40 wrote nothing.
    expect(quickshear.alteredMl).toEqual([10, 15, 20, 25, 30]);
    expect([quickshear.faceSeenBefore.count, quickshear.faceSeenAfter.count, quickshear.faceSeenAfter.of]).toEqual([3, 0, 3]); // prettier-ignore
    expect(quickshear.stages).toEqual([
      { stage: 'item', n: 4, median: 1, quartile1: 1, quartile3: 1 },
      { stage: 'plan', n: 4, median: 0.1, quartile1: 0.1, quartile3: 0.1 },
      { stage: 'total', n: 4, median: 0.2, quartile1: 0.2, quartile3: 0.2 },
    ]);
    expect(depthMask).toMatchObject({ alteredMl: undefined, drift: [], dose: [], faceSeenBefore: { of: 0 } });
    const page = readFileSync(join(folder, 'results/summary.md'), 'utf8');
    expect(page).toContain('| quickshear | 4 | 0 | 3 of 4, 75.0 % [19.4, 99.4] |');
    expect(page).toContain('| depth-mask | NIFTI_TRUNCATED | 1 |');
    expect(JSON.parse(readFileSync(join(folder, 'results/summary.json'), 'utf8'))).toMatchObject({ schema: 'efface-results/1', inputs: 4 }); // prettier-ignore
  });

  it('counts as the report does', async () => {
    const verdicts = ['pass', 'review', 'fail'] as const;
    writeJournal(folder, 'one', verdicts.map((verdict, n) => settle(folder, item(`${'abc'[n]}/quickshear`), recordOf(verdict, n)))); // prettier-ignore
    const { ways } = (await mergeResults(folder)).summary;
    const site = await (await CohortView.open(folder)).site();
    expect(ways[0].faceSeenAfter).toMatchObject({ count: 1, of: 2 });
    for (const [n, way] of site.ways.entries()) expect(ways[n]).toMatchObject(way);
  });

  it('has the audits of a study of this plan', async () => {
    const { fingerprint } = await readPlan(folder);
    writeAuditOf(folder, 'of another plan');
    await mergeResults(folder);
    expect(await rows('SELECT count(*) FROM audit_persons')).toEqual([[0n]]);
    writeAuditOf(folder, fingerprint);
    await mergeResults(folder);
    expect(await rows('SELECT * FROM audit_persons ORDER BY rowid')).toEqual([
      ['CT', 'known', 'a', null, null, null],
      ['CT', 'known', 'b', '2', null, 'NOT_A_HEAD'],
      ['CT', 'quickshear', 'a', null, 'quickshear', null],
    ]); // prettier-ignore
    expect(await rows('SELECT "set", detector, face_seen_share FROM audit_detections ORDER BY rowid')).toEqual([['known', 'net', 1], ['quickshear', 'net', 0.25]]); // prettier-ignore
    expect(await rows('SELECT attacker, nearest_subject, nearest_distance, own_distance, own_rank FROM audit_matches ORDER BY rowid')).toEqual([
      ['net, mean', 'b', 0.5, 0.75, 2n],
      ['geometry', 'b', null, null, null],
    ]); // prettier-ignore
    expect(await rows('SELECT persons_seen, persons, pictures_seen, pictures, pictures_high FROM audit_detection_rates')).toEqual([[0n, 1n, 2n, 9n, 0.6]]); // prettier-ignore
    expect(await rows('SELECT attacker, rank1, rank1_of, rank1_high, rank5, chance, threshold, impostors_accepted, mcnemar_p FROM audit_attacks')).toEqual([
      ['net, mean', 0n, 1n, 0.975, 1n, 0.5, -0.4, 1n, 1],
    ]); // prettier-ignore
    expect(await rows('SELECT set_a, set_b, subjects, only_a, only_b FROM audit_comparisons')).toEqual([['quickshear', 'reface', 2n, 1n, 0n]]); // prettier-ignore
    writeAuditOf(folder, fingerprint, { schema: 'other' });
    await expect(mergeResults(folder)).rejects.toMatchObject({ code: 'AUDIT_DAMAGED', exit: 'inputCorrupt' });
  });

  it('summarises drift from its tables as from the drifts themselves', async () => {
    const drifts = [
      drift('a/quickshear', 'Parotid_L', 2, 3, 4),
      drift('a/quickshear', 'Brain', 5, 5, 0),
      drift('b/quickshear', 'Parotid_L', 4, 1, 10),
      drift('c/quickshear', 'Parotid_L', 8, 9, 1),
      drift('c/quickshear', 'Zygoma', -8, 9, 1),
    ];
    // Drawn by a second file too: in the tables, and counted once.
    const again = drift('b/quickshear', 'Parotid_L', 4, 2, 9);
    const of = (id: string): { drift: { drifts: StructureDrift[]; empty: string[] } } => ({
      drift: {
        drifts: [...drifts, again].filter(({ patient }) => patient === id),
        empty: id === 'a/quickshear' ? ['Eye_L'] : [],
      },
    });
    writeJournal(folder, 'one', ['a/quickshear', 'b/quickshear', 'c/quickshear'].map((id) => settle(folder, item(id), recordOf('pass', 1), of(id)))); // prettier-ignore
    const { summary } = await mergeResults(folder);
    expect(summary.ways[0].drift).toEqual(summariseDrift(drifts));
    expect(summary.ways[1].drift).toEqual([]);
    expect(await rows("SELECT drawing, defaced FROM features WHERE item = 'b/quickshear' AND feature = 'Energy' ORDER BY drawing")).toEqual([[0n, 1], [1n, 2]]); // prettier-ignore
    expect(await rows("SELECT feature, original, defaced, difference, study_percent, log_ratio FROM features WHERE item = 'a/quickshear' AND structure = 'Parotid_L' AND feature = 'Energy'")).toEqual([['Energy', 2, 3, 1, -50, Math.log(1.5)]]); // prettier-ignore
    expect(await rows('SELECT structure, voxels, changed_share, overwritten FROM drift ORDER BY rowid LIMIT 4')).toEqual([
      ['Parotid_L', 10n, 0.4, 'partly'],
      ['Brain', 10n, 0, 'untouched'],
      ['Eye_L', 0n, null, null],
      ['Parotid_L', 10n, 1, 'fully'],
    ]); // prettier-ignore
  });

  it('keeps what was no number as unknown', async () => {
    const odd = { ...drift('a', 'Brain', 1, 2, 3), original: features(1, NaN) };
    const dose = [{ structure: 'Brain', metric: 'D95%', unit: 'Gy', before: null, after: 3 }, { structure: 'Brain', metric: 'Dmean', unit: 'Gy', before: 2, after: 3 }]; // prettier-ignore
    writeJournal(folder, 'one', [settle(folder, item('a/quickshear'), recordOf('pass', 1), { drift: { drifts: [odd], empty: [] }, dose })]); // prettier-ignore
    const { summary } = await mergeResults(folder);
    expect(summary.ways[0].drift).toEqual([]);
    const unknown = await rows("SELECT original, defaced, difference, study_percent, log_ratio FROM features WHERE feature = 'Kurtosis'"); // prettier-ignore
    expect(unknown).toEqual([[null, 2, null, null, null]]);
    expect(await rows('SELECT metric, before, after, difference FROM dose')).toEqual([
      ['D95%', null, 3, null],
      ['Dmean', 2, 3, 1],
    ]);
    expect(summary.ways[0].dose).toEqual([{ structure: 'Brain', metric: 'Dmean', unit: 'Gy', n: 1, median: 1, quartile1: 1, quartile3: 1 }]); // prettier-ignore
  });

  it('writes the same bytes again, whole, in the place of the last', async () => {
    const outcomes = ['a', 'b', 'c'].map((id, n) =>
      settle(folder, item(`${id}/quickshear`), recordOf('pass', n + 0.125)),
    );
    writeJournal(folder, 'one', outcomes);
    await mergeResults(folder);
    const results = join(folder, 'results');
    const names = readdirSync(results).filter((name) => name !== 'results.duckdb').sort(); // prettier-ignore
    const bytes = (): string[] => names.map((name) => readFileSync(join(results, name), 'base64'));
    const first = bytes();
    expect(names).toEqual([...RESULT_TABLE_NAMES.flatMap((name) => [`${name}.csv`, `${name}.parquet`]), 'schema.json', 'summary.json', 'summary.md'].sort()); // prettier-ignore
    // The order in which things were done decides nothing.
    rmSync(join(folder, 'journal/one.jsonl'));
    writeJournal(folder, 'two', outcomes.toReversed());
    writeFileSync(join(results, 'note.txt'), 'of an older merge');
    await mergeResults(folder);
    expect(bytes()).toEqual(first);
    expect(readdirSync(folder).sort()).toEqual(['cases', 'journal', 'plan.json', 'results']);
    expect(existsSync(join(results, 'note.txt'))).toBe(false);
    // Empty tables and all: Parquet has the columns of the schema.
    for (const table of resultsSchema().tables) {
      const described = await parquetColumns(join(results, `${table.name}.parquet`));
      expect(described).toEqual(table.columns.map(({ name }) => name));
      expect(readFileSync(join(results, `${table.name}.csv`), 'utf8').split('\n')[0]).toBe(described.join(','));
    }
  });

  it('replaces no folder that is not a merge’s', async () => {
    mkdirSync(join(folder, 'results'));
    writeFileSync(join(folder, 'results/mine.txt'), '');
    await expect(mergeResults(folder)).rejects.toMatchObject({ code: 'OUTPUT_NOT_OURS', exit: 'output' });
    expect(readdirSync(join(folder, 'results'))).toEqual(['mine.txt']);
    await expect(mergeResults(join(scratch, 'nowhere'))).rejects.toMatchObject({ code: 'PLAN_NOT_THERE' });
  });

  it('of a cohort nobody has begun has no outcome', async () => {
    rmSync(join(folder, 'journal'), { recursive: true });
    const merged: Merged = await mergeResults(folder);
    expect([merged.missing.length, merged.failed.length, merged.summary.ways[0].pass.of]).toEqual([8, 0, 0]);
  });
});

/** Columns of a Parquet file as DuckDB reads them. */
async function parquetColumns(path: string): Promise<string[]> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(`SELECT * FROM read_parquet('${path}')`)).columnNames();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
