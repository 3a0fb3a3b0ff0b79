import type { DuckDBAppender, DuckDBConnection, DuckDBInstance, DuckDBTimestampValue } from '@duckdb/node-api';
import { type Cell, type ColumnType, type Table, type TableColumn } from './tables.ts';

const SQL_TYPES = { text: 'VARCHAR', integer: 'BIGINT', number: 'DOUBLE', time: 'TIMESTAMP' } as const;

/** What DuckDB may do by itself: nothing is fetched, since what writes Parquet is part of the library. */
export const OFFLINE = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' } as const;

/** Tables in a DuckDB file, or in memory, to which rows are appended one by one, and which are exported then. */
export class TableDatabase implements Disposable {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #momentOf: (micros: bigint) => DuckDBTimestampValue;
  readonly #appenders = new Map<string, { readonly types: readonly ColumnType[]; readonly appender: DuckDBAppender }>();

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    momentOf: (micros: bigint) => DuckDBTimestampValue,
  ) {
    this.#instance = instance;
    this.#connection = connection;
    this.#momentOf = momentOf;
  }

  /** @param path does not exist yet; in memory when absent */
  static async create(path = ':memory:'): Promise<TableDatabase> {
    const { DuckDBInstance, DuckDBTimestampValue } = await import('@duckdb/node-api');
    // One thread: rows stay in their order, and an export is the same bytes again.
    const instance = await DuckDBInstance.create(path, { ...OFFLINE, threads: '1' });
    return new TableDatabase(instance, await instance.connect(), (micros) => new DuckDBTimestampValue(micros));
  }

  /** Makes an empty table. Its meaning and those of its columns are kept as SQL comments. */
  async add(table: string, columns: readonly TableColumn[], meaning?: string): Promise<void> {
    const definitions = columns.map(({ name, type }) => `${identifier(name)} ${SQL_TYPES[type]}`);
    await this.#connection.run(`CREATE TABLE ${identifier(table)} (${definitions.join(', ')})`);
    if (meaning !== undefined) await this.#connection.run(`COMMENT ON TABLE ${identifier(table)} IS ${literal(meaning)}`); // prettier-ignore
    for (const { name, meaning: own } of columns)
      if (own !== undefined)
        await this.#connection.run(`COMMENT ON COLUMN ${identifier(table)}.${identifier(name)} IS ${literal(own)}`);
    const appender = await this.#connection.createAppender(table);
    this.#appenders.set(table, { appender, types: columns.map(({ type }) => type) });
  }

  /** Appends a row of a table that was added, cells in the order of its columns. */
  append(table: string, cells: readonly Cell[]): void {
    const own = this.#appenders.get(table);
    if (!own) throw new RangeError(`there is no table ${table}`);
    own.types.forEach((type, n) => this.#appendCell(own.appender, cells[n], type));
    own.appender.endRow();
  }

  /** Ends appending: from now on the tables can be asked and exported. */
  finish(): void {
    for (const { appender } of this.#appenders.values()) appender.closeSync();
    this.#appenders.clear();
  }

  /** Writes a table to a file that does not exist yet. */
  async export(table: string, path: string, format: 'parquet' | 'csv'): Promise<void> {
    const options = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet';
    await this.#connection.run(`COPY ${identifier(table)} TO ${literal(path)} (${options})`);
  }

  /** Rows of a query of our own, as objects; counts come as bigint. */
  async rows<R>(sql: string, values: readonly (string | number)[] = []): Promise<R[]> {
    return (await this.#connection.runAndReadAll(sql, [...values])).getRowObjectsJS() as R[];
  }

  #appendCell(appender: DuckDBAppender, cell: Cell, type: ColumnType): void {
    if (cell === undefined) appender.appendNull();
    else if (type === 'text') appender.appendVarchar(String(cell));
    else if (type === 'integer') appender.appendBigInt(BigInt(cell));
    else if (type === 'number') appender.appendDouble(Number(cell));
    else appender.appendTimestamp(this.#momentOf(BigInt(Date.parse(String(cell))) * 1000n));
  }

  [Symbol.dispose](): void {
    this.finish();
    this.#connection.closeSync();
    // Writes what is still in the log into the file, and lets go of both.
    this.#instance.closeSync();
  }
}

/** Writes a table as Parquet, by DuckDB. @param path does not exist yet */
export async function writeParquet(path: string, { columns, rows }: Table): Promise<void> {
  using database = await TableDatabase.create();
  await database.add('rows', columns);
  for (const row of rows) database.append('rows', row);
  database.finish();
  await database.export('rows', path, 'parquet');
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
