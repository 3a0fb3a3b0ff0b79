import { inputErrorFrom } from '@efface/io';
import { type Modality } from '@efface/volume';
import { parse } from 'csv-parse/sync';
import { readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import * as z from 'zod';
import { ManifestError, whereItFails } from '../audit/subjects.ts';
import { type FoundInput, type FoundInputs } from './found-inputs.ts';

const optional = z.string().optional();
const ROW = z.strictObject({
  subject: z.string().min(1),
  session: optional,
  /** A file, or a folder with one study. */
  path: z.string().min(1),
  modality: z.enum(['CT', 'MR', 'PT', 'OT', '']).optional(),
  structures: optional,
  dose: optional,
});

const COLUMNS = Object.keys(ROW.shape).join(', ');

/**
 * The images of a CSV or JSON manifest. Columns or keys: subject, path and, where they are known, session, modality,
 * structures and dose. Paths are relative to the manifest.
 * @throws InputNotFoundError, ManifestError with file, row and column
 */
export async function readCohortManifest(path: string): Promise<FoundInputs> {
  const rows = await readRows(path);
  if (rows.length === 0) throw new ManifestError(`${path}: has no row`);
  const root = dirname(resolve(path));
  const seen = new Map<string, number>();
  const inputs = rows.map((row, n): FoundInput => {
    const parsed = ROW.safeParse(row);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      // A table without a first row of names has a patient in it; so no cell is repeated.
      const [at, why] =
        issue.code === 'unrecognized_keys'
          ? ['', `column ${columnOf(row, issue.keys[0])} is none that is known`]
          : [issue.path.join('.'), issue.message];
      throw new ManifestError(`${path}: row ${n + 1}: ${at === '' ? '' : `${at}: `}${why}; the columns are ${COLUMNS}`); // prettier-ignore
    }
    const { subject, session = '', path: image, modality = '', structures = '', dose = '' } = parsed.data;
    const name = session === '' ? subject : `${subject}_${session}`;
    const other = seen.get(`${name}\0${image}`);
    if (other !== undefined) throw new ManifestError(`${path}: row ${n + 1} repeats row ${other + 1}`);
    seen.set(`${name}\0${image}`, n);
    return {
      name,
      subject,
      session,
      path: resolve(root, image),
      ...(modality === '' ? {} : { modality: modality satisfies Modality }),
      ...(structures === '' ? {} : { structures: resolve(root, structures) }),
      ...(dose === '' ? {} : { dose: resolve(root, dose) }),
    };
  });
  return { kind: 'manifest', root, inputs, leftOut: [] };
}

/** Place of a column or key in its row, from 1 on. */
function columnOf(row: unknown, key: string): number {
  return Object.keys(row as object).indexOf(key) + 1;
}

async function readRows(path: string): Promise<readonly unknown[]> {
  const ending = extname(path).toLowerCase();
  if (ending !== '.csv' && ending !== '.json')
    throw new ManifestError(`${path}: a folder, or a manifest in CSV or JSON (${COLUMNS}), was expected`);
  try {
    const text = await readFile(path, 'utf8');
    const found: unknown =
      ending === '.csv'
        ? parse(text, { columns: true, bom: true, trim: true, skip_empty_lines: true })
        : JSON.parse(text);
    if (Array.isArray(found)) return found as unknown[];
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw inputErrorFrom(error, path);
    const reason = whereItFails(error);
    throw new ManifestError(`${path}: is no ${ending === '.csv' ? 'CSV table' : 'JSON'} (${reason})`, { cause: error });
  }
  throw new ManifestError(`${path}: a list of rows was expected`);
}
