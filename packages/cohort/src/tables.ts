import type { DuckDBAppender } from '@duckdb/node-api';
import { stringify } from 'csv-stringify/sync';

/** One cell; undefined is an empty one. */
export type Cell = string | number | undefined;

/** Rows under named columns. */
export interface Table {
  readonly columns: readonly { readonly name: string; readonly type: 'text' | 'integer' | 'number' }[];
  readonly rows: readonly (readonly Cell[])[];
}

const SQL_TYPES = { text: 'VARCHAR', integer: 'BIGINT', number: 'DOUBLE' } as const;

/** A table as CSV with a line of names; numbers with all their digits. */
export function csvOf({ columns, rows }: Table): string {
  return stringify([columns.map(({ name }) => name), ...rows.map((row) => row.map((cell) => cell ?? ''))]);
}

/** Writes a table as Parquet, by DuckDB. @param path does not exist yet */
export async function writeParquet(path: string, { columns, rows }: Table): Promise<void> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  // Nothing is fetched: what writes Parquet is part of the library.
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' });
  const connection = await instance.connect();
  try {
    const types = columns.map(({ name, type }) => `"${name.replaceAll('"', '""')}" ${SQL_TYPES[type]}`);
    await connection.run(`CREATE TABLE rows (${types.join(', ')})`);
    const appender = await connection.createAppender('rows');
    for (const row of rows) {
      columns.forEach(({ type }, n) => append(appender, row[n], type));
      appender.endRow();
    }
    appender.closeSync();
    await connection.run(`COPY rows TO '${path.replaceAll("'", "''")}' (FORMAT parquet)`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function append(appender: DuckDBAppender, cell: Cell, type: Table['columns'][number]['type']): void {
  if (cell === undefined) appender.appendNull();
  else if (type === 'text') appender.appendVarchar(String(cell));
  else if (type === 'integer') appender.appendBigInt(BigInt(cell));
  else appender.appendDouble(Number(cell));
}
