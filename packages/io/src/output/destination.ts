import { type Stats } from 'node:fs';
import { lstat, mkdir, readdir, realpath, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { systemErrorCode } from '../input-errors.ts';
import { OutputError, outputErrorFrom } from './errors.ts';

/** Options of an output file or folder. */
export interface OutputOptions {
  /** Replace what is there. Default false. */
  readonly overwrite?: boolean;
  /** Paths that are read: the output may be none of them, lie in none of them and contain none of them. */
  readonly inputs?: readonly string[];
}

/** A checked place to write to. */
export interface Destination {
  /** Real path of the folder that will hold it. */
  readonly parent: string;
  readonly name: string;
  /** parent/name. */
  readonly path: string;
  /** What is there now. */
  readonly existing?: Stats;
  /** Folders that had to be made, outermost first; `removeMade` takes them away again when they stayed empty. */
  readonly made: readonly string[];
}

/**
 * Resolves a destination: makes missing parent folders, follows links in the parents (never at the place itself) and
 * checks it against the inputs by device and inode, so that links, mounts and letter case cannot fool it.
 * @throws OutputError
 */
export async function resolveDestination(destination: string, options: OutputOptions): Promise<Destination> {
  if (destination === '' || destination.includes('\0'))
    throw new OutputError('OUTPUT_BAD_NAME', JSON.stringify(destination), 'is no usable path');
  const absolute = resolve(destination);
  const name = basename(absolute);
  if (name === '') throw new OutputError('OUTPUT_BAD_NAME', absolute, 'the root folder cannot be the output');
  let made: readonly string[] = [];
  try {
    made = await makeFolders(dirname(absolute));
    const parent = await realpath(dirname(absolute));
    const path = join(parent, name);
    const existing = await lstatIfThere(path);
    if (existing?.isSymbolicLink())
      throw new OutputError('OUTPUT_SYMLINK', path, 'is a symbolic link; name the place it stands for');
    for (const input of options.inputs ?? []) await checkApart(path, parent, existing, input);
    return { parent, name, path, made, ...(existing ? { existing } : {}) };
  } catch (error) {
    await removeMade(made);
    throw outputErrorFrom(error, absolute);
  }
}

/** Makes a folder and its missing parents; returns those made, outermost first. */
async function makeFolders(folder: string): Promise<string[]> {
  const first = await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    const code = systemErrorCode(error);
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
    throw new OutputError('OUTPUT_UNWRITABLE', folder, 'cannot be made into a folder: a file is in the way', {
      cause: error,
    });
  });
  if (first === undefined) return [];
  const made: string[] = [];
  for (let path = folder; path.length >= first.length; path = dirname(path)) made.unshift(path);
  return made;
}

/** Takes away made folders that are still empty. */
export async function removeMade(made: readonly string[]): Promise<void> {
  for (const folder of made.toReversed()) {
    try {
      await rmdir(folder);
    } catch {
      // Somebody else uses it by now.
      return;
    }
  }
}

async function lstatIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const isSame = (a: Stats, b: Stats): boolean => a.dev === b.dev && a.ino === b.ino;

async function checkApart(path: string, parent: string, existing: Stats | undefined, input: string): Promise<void> {
  const inputPath = await realpath(input);
  const inputStat = await stat(inputPath);
  if (existing && isSame(existing, inputStat))
    throw new OutputError('OUTPUT_IS_INPUT', path, 'is the input itself; inputs are never changed');
  if (inputStat.isDirectory() && (await hasAncestor(parent, inputStat)))
    throw new OutputError('OUTPUT_IS_INPUT', path, `lies inside the input ${input}; choose a place outside of it`);
  if (existing?.isDirectory() && (await hasAncestor(dirname(inputPath), existing)))
    throw new OutputError('OUTPUT_IS_INPUT', path, `contains the input ${input}; choose another place`);
}

/** Is `folder` (a real path) or one of its parents the thing described by `wanted`? */
async function hasAncestor(folder: string, wanted: Stats): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    if (isSame(await stat(path), wanted)) return true;
    if (dirname(path) === path) return false;
  }
}

/** Is it a folder without anything in it? */
export async function isEmptyFolder(path: string): Promise<boolean> {
  return (await readdir(path)).length === 0;
}

/**
 * The parts of a relative name that is safe to write below a folder: not absolute, no '..', no empty part, no NUL, no
 * backslash or drive (they separate on other systems).
 * @throws OutputError OUTPUT_BAD_NAME
 */
export function safeParts(relative: string): string[] {
  const parts = relative.split('/');
  const isBad = (part: string): boolean => part === '' || part === '.' || part === '..';
  if (isAbsolute(relative) || /[\0\\]|^[A-Za-z]:/.test(relative) || parts.some(isBad))
    throw new OutputError('OUTPUT_BAD_NAME', JSON.stringify(relative), 'is no name inside the output folder');
  return parts;
}
