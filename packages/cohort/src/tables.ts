import { stringify } from 'csv-stringify/sync';

/** One cell; undefined is an empty one. */
export type Cell = string | number | undefined;

/** `time` is a moment in ISO 8601, UTC. */
export type ColumnType = 'text' | 'integer' | 'number' | 'time';

/** A named column; its meaning goes where a format has a place for it. */
export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly meaning?: string;
}

/** Rows under named columns, few enough to be held. Those that are not go to a `TableDatabase`. */
export interface Table {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A table as CSV with a line of names; numbers with all their digits. */
export function csvOf({ columns, rows }: Table): string {
  return csvLines([columns.map(({ name }) => name), ...rows]);
}

/** Rows as CSV; undefined is an empty cell. */
export function csvLines(rows: readonly (readonly Cell[])[]): string {
  return stringify(rows.map((row) => row.map((cell) => cell ?? '')));
}
