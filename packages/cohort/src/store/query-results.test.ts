import { temporaryFolder } from '@efface/io/testing';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workItems } from '../plan/cohort-plan.ts';
import { recordOf, settle, writeJournal, writePlanOf } from '../testing/planned-cohort.ts';
import { mergeResults } from './merge-results.ts';
import { type QueryResult, queryResults } from './query-results.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);
const folder = join(scratch, 'cohort');
const results = join(folder, 'results');
beforeAll(async () => {
  const [item] = workItems(writePlanOf(folder, ['a', 'b']));
  writeJournal(folder, 'one', [settle(folder, item, recordOf('pass', 10))]);
  await mergeResults(folder);
});

async function ask(sql: string): Promise<{ columns: QueryResult['columns']; rows: (readonly unknown[])[] }> {
  return queryResults(folder, sql, async ({ columns, pieces }) => {
    const rows: (readonly unknown[])[] = [];
    for await (const piece of pieces) rows.push(...piece);
    return { columns, rows };
  });
}

describe('a query', () => {
  it('gets columns and rows, names made different, and none where there is none', async () => {
    const { columns, rows } = await ask('SELECT item, shard, count(*) OVER () AS n, shard FROM items ORDER BY item LIMIT 1'); // prettier-ignore
    expect(columns.map(({ name, isNumber }) => [name, isNumber])).toEqual([['item', false], ['shard', true], ['n', true], ['shard:1', true]]); // prettier-ignore
    expect(rows).toEqual([['a/depth-mask', 0n, 4n, 0n]]);
    expect((await ask('SELECT item FROM items WHERE false')).rows).toEqual([]);
    expect((await ask('FROM range(5000)')).rows).toHaveLength(5000);
    expect((await ask('DESCRIBE items')).rows[0].slice(0, 2)).toEqual(['item', 'VARCHAR']);
  });

  it('finds what tables and columns mean', async () => {
    const { rows } = await ask("SELECT comment FROM duckdb_columns() WHERE table_name = 'scores' AND column_name = 'threshold'"); // prettier-ignore
    expect(rows).toEqual([['up to this two are taken for one person']]);
  });

  it.each([
    ['SELECT frum FROM items', /Referenced column "frum" not found/],
    ['SELEC 1', /syntax error/],
    ["SELECT 'x'::int FROM items", /Could not convert string 'x' to INT32/],
    ['', /one SQL statement was expected, there are 0/],
    ['SELECT 1; SELECT 2', /one SQL statement was expected, there are 2/],
  ])('%j is told what is wrong with it', async (sql, message) => {
    await expect(ask(sql)).rejects.toMatchObject({ code: 'SQL_INVALID', exit: 'usage' });
    await expect(ask(sql)).rejects.toThrow(message);
  });

  it('reads and writes nothing but the results', async () => {
    const secret = join(scratch, 'secret.csv');
    writeFileSync(secret, 'a,b\n1,2\n');
    const wal = join(results, 'results.duckdb.wal');
    const before = [readdirSync(results), readdirSync(scratch)];
    const database = readFileSync(join(results, 'results.duckdb'));
    const attempts = [
      `SELECT * FROM read_csv('${secret}')`,
      `SELECT * FROM '${secret}'`,
      `SELECT * FROM read_text('${secret}')`,
      `SELECT * FROM glob('${scratch}/*')`,
      `COPY items TO '${join(scratch, 'out.csv')}'`,
      // The database's own files stay in reach of COPY, though it is open read-only.
      `COPY (SELECT 1) TO '${wal}'`,
      `EXPLAIN ANALYZE COPY (SELECT 1) TO '${wal}'`,
      `COPY (SELECT 1) TO '${join(results, 'results.duckdb')}'`,
      `EXPORT DATABASE '${join(scratch, 'export')}'`,
      `ATTACH '${join(scratch, 'other.duckdb')}'`,
      'INSTALL httpfs',
      'LOAD httpfs',
      'SET enable_external_access = true',
      'SET lock_configuration = false',
      'DELETE FROM items',
      'CREATE TABLE mine AS SELECT 1',
      "CALL enable_logging(storage = 'file')",
    ];
    for (const sql of attempts)
      await expect(ask(sql), sql).rejects.toMatchObject({ code: 'SQL_INVALID', exit: 'usage' });
    expect([readdirSync(results), readdirSync(scratch)]).toEqual(before);
    expect(existsSync(wal)).toBe(false);
    expect(readFileSync(join(results, 'results.duckdb')).equals(database)).toBe(true);
    expect((await ask('SELECT count(*) FROM items')).rows).toEqual([[4n]]);
  });

  it('of what was not merged, or is no database, says what to do', async () => {
    const query = (cohort: string): Promise<void> => queryResults(cohort, 'SELECT 1', async () => undefined);
    await expect(query(scratch)).rejects.toMatchObject({ code: 'RESULTS_NOT_THERE', exit: 'inputNotFound' });
    await expect(query(scratch)).rejects.toThrow(/run efface cohort merge/);
    const broken = join(scratch, 'broken');
    writePlanOf(broken, ['a']);
    await mergeResults(broken);
    writeFileSync(
      join(broken, 'results/results.duckdb'),
      'no database, but a text that is long enough for one to be looked for in it',
    );
    await expect(query(broken)).rejects.toMatchObject({ code: 'RESULTS_INVALID', exit: 'inputCorrupt' });
  });
});
