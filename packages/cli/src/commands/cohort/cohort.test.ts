import { COHORT_FILES, csvLines, JournalReader, queryResults, readPlan, runShards, workItems } from '@efface/cohort';
import { writeNifti } from '@efface/io';
import { temporaryFolder } from '@efface/io/testing';
import { generateHead } from '@efface/test-data';
import { maskHas, uniformRescale } from '@efface/volume';
import { execFile, fork } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../version.ts';

const MAIN = join(import.meta.dirname, '../../main.ts');
const { path: scratch, remove } = temporaryFolder();
afterAll(remove);
const input = join(scratch, 'in');
const cohort = join(scratch, 'cohort');

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line in a process of its own. */
function efface(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** Rows of a query as objects, integers as numbers. */
async function query<R>(sql: string, folder = cohort): Promise<R[]> {
  return queryResults(folder, sql, async ({ columns, pieces }) => {
    const plain = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);
    const rows: R[] = [];
    for await (const piece of pieces)
      for (const row of piece) rows.push(Object.fromEntries(columns.map(({ name }, n) => [name, plain(row[n])])) as R);
    return rows;
  });
}

/** A coarse CT of somebody, and the structures of the head as labels with their names. */
async function writeHead(seed: number): Promise<void> {
  const { volume, truth } = generateHead({ seed, contrast: 'ct', spacingMm: 4 });
  const [ni, nj, nk] = volume.grid.sizeIjk;
  const labels = new Uint8Array(ni * nj * nk);
  const structures = truth.structures.filter(({ name }) => name !== 'BODY');
  for (const [s, { mask }] of structures.entries())
    for (let n = 0; n < labels.length; n++)
      if (maskHas(mask, n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj)))) labels[n] = s + 1;
  const { grid } = volume;
  await writeNifti(join(input, `head${seed}.nii.gz`), volume);
  await writeNifti(join(input, `organs${seed}.nii.gz`), { grid, type: 'u8', voxels: labels, rescale: uniformRescale(nk, 1, 0), modality: 'OT', unit: 'arbitrary' }); // prettier-ignore
  const names = Object.fromEntries(structures.map(({ name }, s) => [s + 1, name]));
  writeFileSync(join(input, `organs${seed}.labels.json`), JSON.stringify({ encoding: 'values', names }));
}

let ran: Awaited<ReturnType<typeof runShards>>;

/** Two people, one of them with structures, and a file that is no image, by two methods. */
beforeAll(async () => {
  mkdirSync(input);
  for (const seed of [1, 2]) await writeHead(seed);
  writeFileSync(join(input, 'broken.nii.gz'), 'this is no image');
  writeFileSync(
    join(input, 'people.csv'),
    'subject,session,path,modality,structures\nP1,before,head1.nii.gz,CT,organs1.nii.gz\nP2,,head2.nii.gz,CT,\nP3,,broken.nii.gz,CT,\n',
  );
  const options = ['--methods', 'quickshear,depth-mask', '--verify', 'off', '--no-pictures', '--quiet', '--cases-per-shard', '2']; // prettier-ignore
  const planned = await efface('cohort', 'plan', join(input, 'people.csv'), cohort, ...options);
  if (planned.code !== 0) throw new Error(planned.stderr);
  ran = await runShards({
    folder: cohort,
    startWorker: () => fork(MAIN, ['cohort', 'worker', cohort, '--backend', 'cpu', '--threads', '1'], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
    workers: 2,
    inFlight: 1,
    retryFailed: false,
    itemTimeoutMs: 120_000,
    softwareVersion: VERSION,
  }); // prettier-ignore
});

describe('a cohort', () => {
  it('is run by worker processes, and merged: what failed is told, with exit code 8', async () => {
    expect(ran).toEqual({ total: 6, before: 0, verdicts: { pass: 4, review: 0, fail: 2 } });
    const { code, stdout } = await efface('cohort', 'merge', cohort);
    expect(code).toBe(8);
    expect(stdout).toMatch(/failed: P3\/quickshear: .*broken\.nii\.gz: is no NIfTI file.* \[NIFTI_WRONG_MAGIC\]/);
    expect(stdout).toContain('2 cases failed (efface cohort retry');
    expect(stdout).toMatch(/quickshear +3 +0 +2 of 3, 66\.7 % \[9\.4, 99\.2\]/);
    expect(readdirSync(cohort).sort()).toEqual(['cases', 'claims', 'journal', 'plan.json', 'results', 'uid-key']);
    expect(readdirSync(join(cohort, 'claims'))).toEqual([]);
  });

  it('has in its tables what its records say', async () => {
    interface Row { item: string; verdict: string; altered_ml: number; altered_body_ml: number; subject: string; session: string | null; size_k: number; software: string; brain: number } // prettier-ignore
    const rows = await query<Row>(
      `SELECT cases.*, value AS brain FROM cases JOIN measures USING (item, image_group) WHERE name = 'brainMl' ORDER BY cases.rowid`,
    );
    const done = workItems(await readPlan(cohort)).filter(({ input: { subject } }) => subject !== 'P3');
    expect(rows.map(({ item }) => item)).toEqual(done.map(({ id }) => id));
    expect(rows.map(({ session }) => session)).toEqual(['before', 'before', null, null]);
    for (const row of rows) {
      interface Written { verdict: string; images: { alteredMl: number; alteredBodyMl: number; sizeIjk: number[] }[]; measured: { brainMl: number } } // prettier-ignore
      const record = JSON.parse(readFileSync(join(cohort, COHORT_FILES.cases, row.item, 'record.json'), 'utf8')) as Written; // prettier-ignore
      const [{ alteredMl, alteredBodyMl, sizeIjk }] = record.images;
      expect([row.verdict, row.altered_ml, row.altered_body_ml, row.size_k, row.brain]).toEqual([record.verdict, alteredMl, alteredBodyMl, sizeIjk[2], record.measured.brainMl]); // prettier-ignore
      expect(row.software).toBe(VERSION);
    }
    // An input is looked at by the first way that needs it, and by the other one too where another worker has that.
    const stages = await query<{ stage: string; inputs: number; n: number }>(
      `SELECT stage, count(DISTINCT input) AS inputs, count(*) AS n FROM timings JOIN items USING (item)
       WHERE stage IN ('anatomy', 'drift', 'item', 'dose') GROUP BY stage ORDER BY stage`,
    );
    expect(stages.map(({ stage, inputs }) => [stage, inputs])).toEqual([['anatomy', 2], ['drift', 1], ['item', 3]]); // prettier-ignore
    expect(stages.slice(1).map(({ n }) => n)).toEqual([2, 6]);
  });

  it('has the drift that `efface drift` measures on the same pair', async () => {
    const out = join(scratch, 'drift');
    const pair = [join(input, 'head1.nii.gz'), join(cohort, 'cases/P1_before/quickshear/head1.nii.gz')];
    const { code, stderr } = await efface('drift', ...pair, '--structures', join(input, 'organs1.nii.gz'), '--modality', 'CT', '--backend', 'cpu', '-o', out); // prettier-ignore
    expect(stderr).toBe('');
    expect(code).toBe(0);
    type Row = Readonly<Record<string, string | number | null>>;
    const found = await query<Row>(
      "SELECT * FROM features JOIN drift USING (item, image_group, structure, drawing) WHERE item = 'P1_before/quickshear' ORDER BY features.rowid",
    );
    expect(found.length).toBe(12 * 19);
    const columns = ['structure', 'feature', 'original', 'defaced', 'difference', 'study_percent', 'log_ratio', 'voxels', 'changed_voxels', 'changed_share', 'max_change', 'overwritten']; // prettier-ignore
    const lines = csvLines(found.map((row) => ['1', ...columns.map((name) => row[name] ?? undefined)]));
    const [, ...expected] = readFileSync(join(out, 'drift.csv'), 'utf8').split('\n');
    expect(lines.split('\n')).toEqual(expected);
    // The cut goes through the face: jaw and tongue are not what they were, the brain is.
    const changed = new Map(found.map((row) => [row['structure'], row['overwritten']]));
    expect([changed.get('Brain'), changed.get('Bone_Mandible')]).toEqual(['untouched', 'partly']);
  });

  it('is asked in tables, JSON and CSV', async () => {
    const sql = 'SELECT way, verdict, count(*) AS n, NULL AS nothing FROM items GROUP BY ALL ORDER BY ALL';
    const table = await efface('cohort', 'query', cohort, sql);
    expect(table.stdout).toBe(
      'way         verdict  n  nothing\ndepth-mask  fail     1     NULL\ndepth-mask  pass     2     NULL\nquickshear  fail     1     NULL\nquickshear  pass     2     NULL\n',
    );
    const csv = await efface('cohort', 'query', cohort, sql, '--csv');
    expect(csv.stdout.split('\n').slice(0, 2)).toEqual(['way,verdict,n,nothing', 'depth-mask,fail,1,']);
    const json = await efface('cohort', 'query', cohort, "SELECT 9007199254740993 AS big, 'inf'::double AS most, [1::bigint] AS list, TIMESTAMP '2023-01-02' AS t", '--json'); // prettier-ignore
    expect(JSON.parse(json.stdout)).toEqual(
      [{ big: '9007199254740993', most: 'Infinity', list: [1], t: '2023-01-02T00:00:00.000Z' }],
    ); // prettier-ignore
    const wrong = await efface('cohort', 'query', cohort, 'SELECT frum FROM items');
    expect([wrong.code, wrong.stderr.includes('"frum" not found')]).toEqual([2, true]);
  });

  it('that is retried does again what failed, and only that', async () => {
    const again = join(scratch, 'again');
    cpSync(cohort, again, { recursive: true });
    const { code, stdout, stderr } = await efface(
      'cohort',
      'retry',
      again,
      '--backend',
      'cpu',
      '--workers',
      '1',
      '--quiet',
      '--json',
    );
    expect(stderr).toBe('');
    expect(code).toBe(8);
    expect(JSON.parse(stdout)).toMatchObject({ total: 6, before: 4, verdicts: { pass: 4, review: 0, fail: 2 } });
    const outcomes = (await new JournalReader(again).refresh()).filter((line) => line.event === 'outcome');
    expect(outcomes.filter(({ attempt }) => attempt === 2).map(({ item }) => item).sort()).toEqual(['P3/depth-mask', 'P3/quickshear']); // prettier-ignore
    expect(outcomes).toHaveLength(8);
    expect((await efface('cohort', 'merge', again)).code).toBe(8);
    const attempts = await query('SELECT item, attempt FROM items WHERE attempt > 1 ORDER BY item', again);
    expect(attempts).toEqual([{ item: 'P3/depth-mask', attempt: 2 }, { item: 'P3/quickshear', attempt: 2 }]); // prettier-ignore
    // What did not fail gives the same bytes.
    const same = (table: string): boolean => readFileSync(join(again, 'results', table)).equals(readFileSync(join(cohort, 'results', table))); // prettier-ignore
    expect(['cases.csv', 'features.parquet', 'drift.csv', 'measures.parquet'].map(same)).toEqual([true, true, true, true]); // prettier-ignore
  });
});
