import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api';
import { systemErrorCode } from '@efface/io';
import { EffaceError } from '@efface/volume';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { COHORT_FILES } from '../plan/cohort-plan.ts';
import { OFFLINE } from '../table-database.ts';
import { RESULTS_FILES, ResultsError } from './merge-results.ts';

/** SQL that cannot be run; the message is DuckDB's. */
export class QueryError extends EffaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('SQL_INVALID', 'usage', message, options);
  }
}

/** What comes of a query. Values are those of JavaScript: integers as bigint, moments as Date, lists and structs nested. */
export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly isNumber: boolean }[];
  /** Rows in pieces, as they come. @throws QueryError */
  readonly pieces: AsyncIterable<readonly (readonly unknown[])[]>;
}

/**
 * What a query may do: read the results and nothing else, no other file, no extension, no network, and not change what it may do.
 * Nothing is spilled to a disk either: what does not fit into memory fails. The files of the database itself stay within reach of
 * DuckDB's COPY, read-only or not, which is why `only` lets nothing but SELECT through.
 */
const CONFINEMENT = ["SET temp_directory = ''", 'SET enable_external_access = false', 'SET lock_configuration = true'];

/**
 * Hands the result of one SQL statement on the merged results of a cohort to `work`.
 * @throws ResultsError when nothing was merged yet; QueryError
 */
export async function queryResults<T>(
  cohort: string,
  sql: string,
  work: (result: QueryResult) => Promise<T>,
): Promise<T> {
  const path = join(cohort, COHORT_FILES.results, RESULTS_FILES.database);
  await checkThere(path, cohort);
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(path, { ...OFFLINE, access_mode: 'READ_ONLY' }).catch(
    (error: unknown) => {
      throw new ResultsError('RESULTS_INVALID', `${path}: cannot be opened (${messageOf(error)}); run efface cohort merge ${cohort} again`); // prettier-ignore
    },
  );
  const connection = await instance.connect();
  try {
    for (const setting of CONFINEMENT) await connection.run(setting);
    const result = await only(connection, sql);
    return await work({ columns: columnsOf(result), pieces: piecesOf(result) });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function checkThere(path: string, cohort: string): Promise<void> {
  try {
    await access(path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new ResultsError('RESULTS_NOT_THERE', `${cohort}: has no merged results; run efface cohort merge ${cohort}`);
  }
}

/** Runs the only statement of a text, a SELECT (which FROM, DESCRIBE, SHOW and SUMMARIZE are too). */
async function only(connection: DuckDBConnection, sql: string): Promise<DuckDBResult> {
  const { StatementType } = await import('@duckdb/node-api');
  return guarded(async () => {
    const statements = sql.trim() === '' ? undefined : await connection.extractStatements(sql);
    if (statements?.count !== 1) throw new QueryError(`one SQL statement was expected, there are ${statements?.count ?? 0}`); // prettier-ignore
    const statement = await statements.prepare(0);
    if (statement.statementType !== StatementType.SELECT)
      throw new QueryError('results can be read and not changed: a SELECT was expected');
    return await statement.stream();
  });
}

function columnsOf(result: DuckDBResult): QueryResult['columns'] {
  const types = result.columnTypes().map(String);
  const isNumber = (type: string): boolean =>
    /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/.test(type);
  return result.deduplicatedColumnNames().map((name, n) => ({ name, isNumber: isNumber(types[n]) }));
}

async function* piecesOf(result: DuckDBResult): AsyncGenerator<readonly (readonly unknown[])[]> {
  const { JSDuckDBValueConverter } = await import('@duckdb/node-api');
  for (;;) {
    const chunk = await guarded(() => result.fetchChunk());
    if (chunk === null || chunk.rowCount === 0) return;
    yield chunk.convertRows(JSDuckDBValueConverter);
  }
}

/** DuckDB's errors are what is wrong with the query. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EffaceError) throw error;
    throw new QueryError(messageOf(error), { cause: error });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
