import { InputNotFoundError, inputErrorFrom } from '@efface/io';
import { EffaceError, type Modality } from '@efface/volume';
import { CsvError, parse } from 'csv-parse/sync';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';

/** One scan or photograph of a person. */
export interface SubjectSource {
  /** Who; the same name in both sets is the same person. */
  readonly subject: string;
  /** Which of several scans; '' where nothing is said. */
  readonly session: string;
  /** What was done to the scan; '' where nothing is said. */
  readonly method: string;
  /** A file, or a folder that holds one image. */
  readonly path: string;
  readonly kind: 'scan' | 'photograph';
  /** Which image, where the path holds several (`OpenOptions.series`); default: the one a plan is made on. */
  readonly series?: string;
  /** What was imaged, where the file does not say. */
  readonly modality?: Modality;
}

/** A manifest that cannot be used; the message names file, line and column. */
export class ManifestError extends EffaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('MANIFEST_INVALID', 'inputCorrupt', message, options);
  }
}

const PHOTOGRAPHS = new Set(['.png', '.jpg', '.jpeg']);
const COLUMNS = ['subject', 'session', 'method', 'path'] as const;

const kindOf = (path: string): SubjectSource['kind'] =>
  PHOTOGRAPHS.has(extname(path).toLowerCase()) ? 'photograph' : 'scan';

/** A file's or folder's name without what says its format. */
function subjectOf(name: string): string {
  return name.replace(/\.(nii(\.gz)?|dcm|ima|png|jpe?g)$/i, '');
}

/**
 * The scans and photographs of a set. A folder has one file or folder a subject, whose name is the subject's; a CSV file
 * is a manifest with the columns subject, session, method and path, relative to the manifest; subject and path must be
 * there. Sorted by subject, then session.
 * @throws InputNotFoundError for a path that is not there or a folder with nothing in it; ManifestError
 */
export async function listSubjects(path: string): Promise<SubjectSource[]> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw inputErrorFrom(error, path);
  }
  const found = isFolder ? await subjectsOfFolder(path) : await subjectsOfManifest(path);
  if (found.length === 0) throw new InputNotFoundError('INPUT_EMPTY', `${path}: holds no scan and no photograph`);
  return found.sort((a, b) => compare(a.subject, b.subject) || compare(a.session, b.session));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function subjectsOfFolder(path: string): Promise<SubjectSource[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter(({ name }) => !name.startsWith('.'))
    .map(({ name }) => ({
      subject: subjectOf(name),
      session: '',
      method: '',
      path: join(path, name),
      kind: kindOf(name),
    }));
}

async function subjectsOfManifest(path: string): Promise<SubjectSource[]> {
  if (extname(path).toLowerCase() !== '.csv')
    throw new ManifestError(`${path}: a folder, or a manifest in CSV (${COLUMNS.join(', ')}), was expected`);
  let rows: Record<string, string>[];
  try {
    rows = parse(await readFile(path), { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw inputErrorFrom(error, path);
    throw new ManifestError(`${path}: is no CSV table (${whereItFails(error)})`, { cause: error });
  }
  return rows.map((row, n) => {
    // A table without a first row of names has a patient in it; so the column is counted, not named.
    const unknown = Object.keys(row).findIndex((column) => !(COLUMNS as readonly string[]).includes(column));
    if (unknown >= 0)
      throw new ManifestError(
        `${path}: column ${unknown + 1} is none that is known; the columns are ${COLUMNS.join(', ')}`,
      );
    const { subject = '', session = '', method = '' } = row;
    const file = row['path'] ?? '';
    // Lines are counted from 1 and the first holds the names.
    if (subject === '' || file === '')
      throw new ManifestError(`${path}: line ${n + 2} has no ${subject === '' ? 'subject' : 'path'}`);
    return { subject, session, method, path: resolve(dirname(path), file), kind: kindOf(file) };
  });
}

/** Where a parser stopped: what it says beside that repeats the text. */
export function whereItFails(error: unknown): string {
  if (error instanceof CsvError) return `${error.code}${typeof error['lines'] === 'number' ? ` in line ${error['lines']}` : ''}`; // prettier-ignore
  return (error instanceof Error ? /at position \d+( \(line \d+ column \d+\))?/.exec(error.message)?.[0] : undefined) ?? 'it ends early or has a stray character'; // prettier-ignore
}

/** The name of a scan in tables: subject, session and method where they are said. */
export function sourceName({ subject, session, method }: SubjectSource): string {
  return [subject, session, method].filter((part) => part !== '').join('/') || basename(subject);
}
