import { outputErrorFrom, systemErrorCode } from '@efface/io';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { COHORT_FILES, type WorkItem } from '../plan/cohort-plan.ts';
import { type Runner } from './journal.ts';

/** How often a runner says that it is alive, ms. */
export const HEARTBEAT_MS = 10_000;

/** A runner of another machine that said nothing for so many heartbeats is taken for dead. */
const SILENT_HEARTBEATS = 6;

/** From the creation of a claim to its contents it takes no longer, ms; were it longer, both would do the work. */
const UNWRITTEN_MS = 250;

/** What the names of files begin with whose changing says that their runner lives. */
const BEAT_PREFIX = 'alive-';
/** Two that are in each other's way try again after some part of this, ms. */
const BACK_OFF_MS = 20;

interface Claim {
  readonly runner: Runner;
  /** Of the machine's run: after a reboot no process of before is alive. */
  readonly boot: string;
  /** When the process began, in ticks since boot: its number may be another's by now. */
  readonly startTicks: string;
}

/** Something the claimant must know of: an item of its own, to be given back. */
export interface HeldClaim {
  readonly item: WorkItem;
  readonly path: string;
}

/** Another runner has the item and is alive, as far as can be told. */
export interface ForeignClaim {
  readonly runner: Runner;
}

/**
 * Who works on what, so that runners of one cohort, on one machine or on many with one file system, do not do things twice.
 *
 * A claim is a file `<hash>.<n>` that is created exclusively; the highest `n` holds. Who finds the holder dead creates `n + 1`,
 * which only one can, so nothing is ever taken from a living claim by deleting it. On the same machine a holder is dead when its
 * process is gone. On another one it is dead when its heartbeat file did not change during a minute of the looker's own monotonic
 * clock: no two clocks are compared, so none has to be right. Should a holder be alive all the same, both do the work, write the
 * same bytes and rename them into the same place.
 */
export class Claims implements AsyncDisposable {
  readonly #folder: string;
  readonly #claim: Claim;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #seen = new Map<string, { readonly beat: string; readonly sinceNs: bigint }>();
  readonly #heartbeatMs: number;
  #beats = 0;

  private constructor(folder: string, runner: Runner, heartbeatMs: number) {
    this.#folder = folder;
    this.#claim = { runner, boot: bootId(), startTicks: startTicksOf('self') };
    this.#heartbeatMs = heartbeatMs;
    this.#heartbeat = setInterval(() => void this.#beat(), heartbeatMs);
    this.#heartbeat.unref();
  }

  /** @param heartbeatMs for tests: all runners of a cohort must agree on it */
  static async open(cohort: string, runner: Runner, heartbeatMs = HEARTBEAT_MS): Promise<Claims> {
    const folder = join(cohort, COHORT_FILES.claims);
    try {
      await mkdir(folder, { recursive: true });
    } catch (error) {
      throw outputErrorFrom(error, folder);
    }
    const claims = new Claims(folder, runner, heartbeatMs);
    await claims.#beat();
    return claims;
  }

  /** Takes an item, or says who has it. @throws OutputError */
  async take(item: WorkItem): Promise<HeldClaim | ForeignClaim> {
    const stem = stemOf(item);
    for (;;) {
      const highest = await this.#highest(stem);
      const judged = highest === 0 ? '' : await this.#textOf(`${stem}.${highest}`);
      // Given back between the two looks.
      if (judged === undefined) continue;
      const holder = parseClaim(judged);
      if (holder && !(await this.#isDead(holder))) return { runner: holder.runner };
      const path = join(this.#folder, `${stem}.${highest + 1}`);
      if (!(await this.#create(path))) continue;
      if (await this.#isStill(stem, highest, judged)) return { item, path };
      await rm(path, { force: true });
      await sleep(Math.random() * BACK_OFF_MS);
    }
  }

  /**
   * Whether a new claim stands on what was judged: nobody is above it, and below is the dead claim that was seen. Between look and
   * creation that one may have been taken over and given back, and its name, or a lower one, be somebody's by now.
   */
  async #isStill(stem: string, below: number, judged: string): Promise<boolean> {
    if ((await this.#highest(stem)) !== below + 1) return false;
    return below === 0 || (await readText(join(this.#folder, `${stem}.${below}`))) === judged;
  }

  /** Gives an item back, done or not. */
  async release({ item, path }: HeldClaim): Promise<void> {
    const stem = stemOf(item);
    // Older ones first: were the newest gone before them, an old one would hold again.
    const names = (await readdir(this.#folder)).filter((name) => name.startsWith(`${stem}.`)).sort(byGeneration);
    for (const name of names) {
      const own = join(this.#folder, name);
      await rm(own, { force: true });
      if (own === path) return;
    }
  }

  /** Clears what dead runners of this machine left of items that nobody needs to claim any more, and their signs of life. */
  async sweep(settled: Iterable<WorkItem>): Promise<void> {
    const names = await readdir(this.#folder);
    const stems = new Set([...settled].map(stemOf));
    for (const name of names) {
      const isBeat = name.startsWith(BEAT_PREFIX);
      if (!isBeat && !stems.has(name.split('.')[0])) continue;
      const text = await readText(join(this.#folder, name));
      const claim = text === undefined ? undefined : parseClaim(text);
      if (claim && this.#isGone(claim)) await rm(join(this.#folder, name), { force: true });
    }
  }

  /** Whether nobody, here or elsewhere, has a claim. */
  async areFree(): Promise<boolean> {
    return (await readdir(this.#folder)).every((name) => name.startsWith(BEAT_PREFIX));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heartbeat);
    await rm(this.#heartbeatPath(this.#claim.runner), { force: true });
  }

  async #highest(stem: string): Promise<number> {
    const names = (await readdir(this.#folder)).filter((name) => name.startsWith(`${stem}.`));
    return names.reduce((most, name) => Math.max(most, generationOf(name)), 0);
  }

  /** What is written in a claim, if it is there. One that says nothing yet is looked at again: its writer may be about to. */
  async #textOf(name: string): Promise<string | undefined> {
    const path = join(this.#folder, name);
    const text = await readText(path);
    if (text === undefined || parseClaim(text)) return text;
    await sleep(UNWRITTEN_MS);
    return readText(path);
  }

  /** Whether a runner of this machine is certainly no more. */
  #isGone({ runner, boot, startTicks }: Claim): boolean {
    if (runner.host !== this.#claim.runner.host || boot === '' || this.#claim.boot === '') return false;
    return boot !== this.#claim.boot || startTicksOf(String(runner.pid)) !== startTicks;
  }

  async #isDead(claim: Claim): Promise<boolean> {
    const { runner, boot } = claim;
    if (runner.token === this.#claim.runner.token) return false;
    if (this.#isGone(claim)) return true;
    if (runner.host === this.#claim.runner.host && boot !== '') return false;
    const beat = await readFile(this.#heartbeatPath(runner), 'utf8').catch(() => 'none');
    const now = process.hrtime.bigint();
    const seen = this.#seen.get(runner.token);
    if (seen?.beat !== beat) {
      this.#seen.set(runner.token, { beat, sinceNs: now });
      return false;
    }
    return now - seen.sinceNs > BigInt(SILENT_HEARTBEATS * this.#heartbeatMs) * 1_000_000n;
  }

  async #create(path: string): Promise<boolean> {
    try {
      const handle = await open(path, 'wx');
      try {
        await handle.writeFile(JSON.stringify(this.#claim));
        await handle.sync();
      } finally {
        await handle.close();
      }
      return true;
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return false;
      throw outputErrorFrom(error, path);
    }
  }

  async #beat(): Promise<void> {
    // A count, not a time: it only has to change. Should a beat be lost, the next one comes.
    const beat = JSON.stringify({ ...this.#claim, beats: ++this.#beats });
    await writeFile(this.#heartbeatPath(this.#claim.runner), beat).catch(() => undefined);
  }

  #heartbeatPath({ token }: Runner): string {
    return join(this.#folder, `${BEAT_PREFIX}${token}`);
  }
}

/** Who holds which items, by their ids, whether the holder lives or not. */
export async function claimedItems(cohort: string, items: readonly WorkItem[]): Promise<Map<string, Runner>> {
  const folder = join(cohort, COHORT_FILES.claims);
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [] as string[];
    throw error;
  });
  const newest = new Map<string, string>();
  for (const name of names.sort(byGeneration)) newest.set(name.split('.')[0], name);
  const claimed = new Map<string, Runner>();
  for (const item of items) {
    const name = newest.get(stemOf(item));
    const text = name === undefined ? undefined : await readText(join(folder, name));
    const claim = text === undefined ? undefined : parseClaim(text);
    if (claim) claimed.set(item.id, claim.runner);
  }
  return claimed;
}

/** Contents of a claim; undefined when it was given back meanwhile. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined for what its writer died over before it had said who it is. */
function parseClaim(text: string): Claim | undefined {
  try {
    return JSON.parse(text) as Claim;
  } catch {
    return undefined;
  }
}

function stemOf({ id, key }: WorkItem): string {
  return createHash('sha256').update(`${id}@${key}`).digest('hex').slice(0, 24);
}

const generationOf = (name: string): number => Number(name.slice(name.lastIndexOf('.') + 1)) || 0;
const byGeneration = (a: string, b: string): number => generationOf(a) - generationOf(b);

/** Differs after every boot; '' where the system does not say. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** When a process began, in clock ticks since boot; '' for one that is not there. Field 22 of proc(5)'s stat. */
function startTicksOf(pid: string): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in brackets and may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return '';
  }
}
