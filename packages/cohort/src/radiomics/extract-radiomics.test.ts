import { DuckDBInstance } from '@duckdb/node-api';
import { temporaryFolder } from '@efface/io/testing';
import { openBackend } from '@efface/kernels/backends';
import { DEFAULT_PARAMETERS } from '@efface/radiomics';
import { sharedPath } from '@efface/test-data';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { openImage } from '../structures/structure-groups.ts';
import { writeParquet } from '../table-database.ts';
import { csvOf, type Table } from '../tables.ts';
import { extractRadiomics, radiomicsTable } from './extract-radiomics.ts';

const data = sharedPath('oracles/pyradiomics/data');

describe.skipIf(data === undefined)(`PyRadiomics' brain${data === undefined ? ' (skipped: no ../shared)' : ''}`, () => {
  it('has its columns and its values, through the files', async () => {
    await using backend = await openBackend('cpu', { threads: 1 });
    const path = join(data ?? '', 'brain1_image.nrrd');
    const parameters = { ...DEFAULT_PARAMETERS, settings: { ...DEFAULT_PARAMETERS.settings, voxelArrayShift: 2000 } };
    const structures = join(data ?? '', 'brain1_label.nrrd');
    const request = { image: await openImage(path), structures, parameters, convention: 'pyradiomics' as const };
    const rows = await extractRadiomics(backend, request);
    const [row] = parse<Record<string, string>>(csvOf(radiomicsTable(path, rows, request)), { columns: true });
    const baseline: string[][] = parse(readFileSync(join(data ?? '', 'baseline/baseline_firstorder.csv'))); // prettier-ignore
    const at = baseline[0].indexOf('brain1');
    const expected = baseline.filter(([name]) => name.startsWith('original_firstorder_'));
    expect(expected).toHaveLength(18);
    for (const cells of expected) {
      const value = Number(cells[at]);
      expect(Math.abs(Number(row[cells[0]]) - value) / Math.abs(value), cells[0]).toBeLessThan(1e-9);
    }
    expect(row).toMatchObject({ Image: path, Mask: structures, Label: '1', Structure: 'brain1_label' });
  });
});

describe('tables', () => {
  const table: Table = {
    columns: [
      { name: 'a "name"', type: 'text' },
      { name: 'count', type: 'integer' },
      { name: 'value', type: 'number' },
    ],
    rows: [
      ['it\'s; "this", that', 3, 0.1 + 0.2],
      [undefined, undefined, 1e-300],
    ],
  };

  it('are the same in CSV', () => {
    expect(parse(csvOf(table))).toEqual([
      ['a "name"', 'count', 'value'],
      ['it\'s; "this", that', '3', '0.30000000000000004'],
      ['', '', '1e-300'],
    ]);
  });

  it('are the same in Parquet', async () => {
    const folder = temporaryFolder();
    const path = join(folder.path, "it's.parquet");
    await writeParquet(path, table);
    expect(readFileSync(path).toString('latin1', 0, 4)).toBe('PAR1');
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const read = await connection.runAndReadAll(`SELECT * FROM read_parquet('${path.replaceAll("'", "''")}')`);
    expect(read.columnNames()).toEqual(['a "name"', 'count', 'value']);
    expect(read.getRows()).toEqual([
      ['it\'s; "this", that', 3n, 0.1 + 0.2],
      [null, null, 1e-300],
    ]);
    folder.remove();
  });
});
