import { inputErrorFrom } from '@efface/io';
import { parse } from 'csv-parse/sync';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ManifestError, whereItFails } from '../audit/subjects.ts';
import type { DriftCase } from './measure-drift.ts';

const REQUIRED = ['patient', 'original', 'defaced', 'structures'] as const;
const COLUMNS: readonly string[] = [...REQUIRED, 'altered'];

/**
 * The patients of a CSV manifest with the columns patient, original, defaced, structures and, where it is known, altered;
 * paths are relative to the manifest.
 * @throws ManifestError, InputNotFoundError
 */
export async function readDriftManifest(path: string): Promise<DriftCase[]> {
  let text: Buffer;
  try {
    text = await readFile(path);
  } catch (error) {
    throw inputErrorFrom(error, path);
  }
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    throw new ManifestError(`${path}: is no CSV table (${whereItFails(error)})`, { cause: error });
  }
  if (rows.length === 0) throw new ManifestError(`${path}: has no patient`);
  const seen = new Set<string>();
  return rows.map((row, n) => {
    const unknown = Object.keys(row).findIndex((column) => !COLUMNS.includes(column));
    if (unknown >= 0)
      throw new ManifestError(
        `${path}: column ${unknown + 1} is none that is known; the columns are ${COLUMNS.join(', ')}`,
      );
    // Lines are counted from 1 and the first holds the names.
    const missing = REQUIRED.find((column) => (row[column] ?? '') === '');
    if (missing !== undefined) throw new ManifestError(`${path}: line ${n + 2} has no ${missing}`);
    if (seen.has(row['patient'])) throw new ManifestError(`${path}: line ${n + 2} names a patient for the second time`);
    seen.add(row['patient']);
    const file = (column: string): string => resolve(dirname(path), row[column]);
    return {
      patient: row['patient'],
      original: file('original'),
      defaced: file('defaced'),
      structures: file('structures'),
      ...((row['altered'] ?? '') === '' ? {} : { altered: file('altered') }),
    };
  });
}
