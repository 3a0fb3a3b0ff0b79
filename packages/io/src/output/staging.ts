import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemErrorCode } from '../input-errors.ts';

/**
 * Names of things in the making: hidden, beside their place (so on the same file system), of one length whatever the
 * place is called, and telling who makes them:
 * `.efface-<hash of the place's name>-<hash of the machine's name>-<process>-<random>.<new|old>`.
 */
export interface StagingName {
  readonly placeHash: string;
  readonly hostHash: string;
  readonly pid: number;
  readonly kind: 'new' | 'old';
}

const STAGING_PATTERN = /^\.efface-([0-9a-f]{12})-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.(new|old)(?:\..*)?$/;

const shortHash = (text: string, digits: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digits);

/** Name for something that will be, or was, at the place called `placeName`. */
export function stagingName(placeName: string, kind: 'new' | 'old', pid: number = process.pid): string {
  const random = randomBytes(4).toString('hex');
  return `.efface-${shortHash(placeName, 12)}-${shortHash(hostname(), 8)}-${pid}-${random}.${kind}`;
}

/** The parts of a staging name, or undefined for any other name. */
export function parseStagingName(name: string): StagingName | undefined {
  const match = STAGING_PATTERN.exec(name);
  if (!match) return undefined;
  return { placeHash: match[1], hostHash: match[2], pid: Number(match[3]), kind: match[4] as 'new' | 'old' };
}

/**
 * Clears what processes that are no more left beside a place: unfinished outputs are removed; a former output whose
 * replacement never arrived is put back, one that was replaced is removed. Leftovers of other machines (on a shared
 * file system) and of living processes stay.
 */
export async function sweepStale(parent: string, placeName: string): Promise<void> {
  const placeHash = shortHash(placeName, 12);
  const hostHash = shortHash(hostname(), 8);
  for (const name of await readdir(parent)) {
    const parts = parseStagingName(name);
    if (parts?.placeHash !== placeHash || parts.hostHash !== hostHash || isAlive(parts.pid)) continue;
    const leftover = join(parent, name);
    const place = join(parent, placeName);
    if (parts.kind === 'old' && !(await exists(place))) await rename(leftover, place);
    else await rm(leftover, { recursive: true, force: true });
  }
}

/**
 * Removes what is in the making in a folder, whoever makes it and wherever: for those who know that nobody works there any more,
 * since what another machine has left is cleared by nothing else.
 * @returns how many outputs were removed
 */
export async function clearStaged(parent: string): Promise<number> {
  const staged = (await readdir(parent)).filter((name) => parseStagingName(name)?.kind === 'new');
  for (const name of staged) await rm(join(parent, name), { recursive: true, force: true, maxRetries: 3 });
  return staged.length;
}

/** Is something there, be it a dangling link? */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else is alive as well.
    return systemErrorCode(error) === 'EPERM';
  }
}

/** Staged things of this process that are neither committed nor aborted. */
const live = new Map<string, () => void>();

/** From now on `abortAll` removes `path` and calls `onAbort`. */
export function registerStaging(path: string, onAbort: () => void): void {
  live.set(path, onAbort);
}

/** `abortAll` no longer knows `path`. */
export function unregisterStaging(path: string): void {
  live.delete(path);
}

/**
 * Removes everything this process has begun and not committed; for signal handlers, hence synchronous. What is at its
 * place already stays.
 * @returns number of outputs dropped
 */
export function abortAll(): number {
  const dropped = live.size;
  for (const [path, onAbort] of live) {
    onAbort();
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }
  live.clear();
  return dropped;
}
