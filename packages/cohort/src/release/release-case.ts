import { type OutputFolder, outputErrorFrom, sha256OfFile, systemErrorCode } from '@efface/io';
import { type CaseRecord, type RecordFile } from '@efface/report';
import { type Dirent } from 'node:fs';
import { copyFile, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type WorkItem } from '../plan/cohort-plan.ts';
import { PICTURES_FOLDER } from '../report/collect-cohort.ts';
import { type ItemGroup, type Outcome } from '../run/journal.ts';

/** A file of a release; the path is relative to it. */
export interface ReleasedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Why a case does not leave. */
export interface NotReleased {
  readonly code: 'RELEASE_NO_IMAGE' | 'RELEASE_FILE_MISSING' | 'RELEASE_FILE_CHANGED' | 'RELEASE_FILE_UNKNOWN';
  readonly message: string;
}

const RECORD = 'record.json';

/** Copies one case to `<input>/<way>/` of the output, or says why not; then nothing of it is there. @throws OutputError */
export async function releaseCase(
  cohort: string,
  item: WorkItem,
  outcome: Outcome | undefined,
  output: OutputFolder,
): Promise<{ readonly verdict: Outcome['verdict']; readonly files: readonly ReleasedFile[] } | NotReleased> {
  if (!outcome || outcome.verdict === 'fail') return { code: 'RELEASE_NO_IMAGE', message: `${item.id}: left no image` };
  const files: ReleasedFile[] = [];
  for (const group of outcome.groups) {
    const below = `${item.id}${outcome.groups.length === 1 ? '' : `/${group.name}`}`;
    const copied = await copyGroup(join(cohort, ...group.output.split('/')), group, below, output);
    if (!Array.isArray(copied)) {
      const begun = dirname(await output.path(`${item.id}/${RECORD}`));
      await rm(begun, { recursive: true, force: true });
      // Other ways of the input do not leave: its folder is empty now.
      await rmdir(dirname(begun));
      return copied;
    }
    files.push(...copied);
  }
  return { verdict: outcome.verdict, files };
}

async function copyGroup(
  source: string,
  { record }: ItemGroup,
  below: string,
  output: OutputFolder,
): Promise<ReleasedFile[] | NotReleased> {
  const wanted = [...record.images, ...record.companions].flatMap(({ output: files }) => [...files]);
  const found = await filesOf(source);
  if (!found.includes(RECORD) || !(await isRecord(join(source, RECORD), record)))
    return { code: 'RELEASE_FILE_CHANGED', message: `${below}/${RECORD}: is not the record that was journaled` };
  const files: ReleasedFile[] = [];
  for (const relative of found.sort()) {
    const path = `${below}/${relative}`;
    const copy = await output.path(path);
    try {
      await copyFile(join(source, relative), copy);
    } catch (error) {
      throw outputErrorFrom(error, copy);
    }
    // The copy is what leaves, so it is the copy that is looked at.
    const file = { path, sizeBytes: (await stat(copy)).size, sha256: await sha256OfFile(copy) };
    if (relative !== RECORD) {
      const at = wanted.findIndex((own) => isSame(own, relative, file));
      if (at < 0) return unexpected(path, wanted, relative);
      wanted.splice(at, 1);
    }
    files.push(file);
  }
  const [missing] = wanted;
  if (wanted.length > 0) return { code: 'RELEASE_FILE_MISSING', message: `${below}: ${missing.name} is not there` };
  return files;
}

function isSame({ name, sizeBytes, sha256 }: RecordFile, relative: string, file: ReleasedFile): boolean {
  return relative.split('/').at(-1) === name && sizeBytes === file.sizeBytes && sha256 === file.sha256;
}

function unexpected(path: string, wanted: readonly RecordFile[], relative: string): NotReleased {
  return wanted.some(({ name }) => name === relative.split('/').at(-1))
    ? { code: 'RELEASE_FILE_CHANGED', message: `${path}: is not the file that was recorded` }
    : { code: 'RELEASE_FILE_UNKNOWN', message: `${path}: is in no record` };
}

async function isRecord(path: string, record: CaseRecord): Promise<boolean> {
  try {
    return isDeepStrictEqual(JSON.parse(await readFile(path, 'utf8')), record);
  } catch {
    return false;
  }
}

/** Files of a case with '/' between the parts of their names, without its pictures. Links are not among them. */
async function filesOf(folder: string, below = ''): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(join(folder, below), { withFileTypes: true });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
  const files: string[] = [];
  for (const entry of entries) {
    const name = `${below}${entry.name}`;
    if (entry.isDirectory()) {
      if (name !== PICTURES_FOLDER) files.push(...(await filesOf(folder, `${name}/`)));
    } else if (entry.isFile()) files.push(name);
  }
  return files;
}
