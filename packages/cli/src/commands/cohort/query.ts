import { csvLines, type QueryResult, queryResults } from '@efface/cohort';
import { systemErrorCode } from '@efface/io';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { alignedText } from './aligned-text.ts';

/** Options of `efface cohort query`. */
export interface CohortQueryOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** More rows than these nobody reads, and their widths would have to be known before the first is printed. */
const MOST_ROWS = 1000;

/** Prints the result of a query on the merged results: an aligned table, JSON or CSV. */
export async function cohortQuery(folder: string, sql: string, { json, csv }: CohortQueryOptions): Promise<void> {
  await queryResults(folder, sql, async (result) => {
    const text = json ? jsonOf(result) : csv ? csvOf(result) : tableOf(result);
    try {
      await pipeline(Readable.from(text), process.stdout, { end: false });
    } catch (error) {
      // Whoever read it, `head` for example, has enough.
      if (systemErrorCode(error) !== 'EPIPE') throw error;
    }
  });
}

async function* tableOf({ columns, pieces }: QueryResult): AsyncGenerator<string> {
  const rows: string[][] = [];
  let isCut = false;
  for await (const piece of pieces) {
    for (const row of piece) rows.push(row.map((value) => (value === null ? 'NULL' : textOf(value)).replaceAll(/\s+/g, ' '))); // prettier-ignore
    isCut = rows.length > MOST_ROWS;
    if (isCut) break;
  }
  const lines = alignedText(columns.map(({ name }) => name), rows.slice(0, MOST_ROWS), columns.map(({ isNumber }) => isNumber)); // prettier-ignore
  if (isCut) lines.push(`… and more than these ${MOST_ROWS} rows: --csv and --json print all`);
  yield `${lines.join('\n')}\n`;
}

async function* csvOf({ columns, pieces }: QueryResult): AsyncGenerator<string> {
  yield csvLines([columns.map(({ name }) => name)]);
  for await (const piece of pieces) yield csvLines(piece.map((row) => row.map((value) => (value === null ? undefined : textOf(value))))); // prettier-ignore
}

/** An array with an object a row, a line each. */
async function* jsonOf({ columns, pieces }: QueryResult): AsyncGenerator<string> {
  let before = '[\n';
  for await (const piece of pieces)
    for (const row of piece) {
      const object = Object.fromEntries(columns.map(({ name }, n) => [name, row[n]]));
      yield `${before}${JSON.stringify(object, plainValue)}`;
      before = ',\n';
    }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return JSON.stringify(value, plainValue);
}

/** What JSON has no form for: integers beyond 2⁵³ and what is no finite number become text. */
function plainValue(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
