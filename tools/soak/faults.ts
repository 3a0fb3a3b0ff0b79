// The faults, each on a cohort of its own.
import { cohortStatus } from '@efface/cohort';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cohort, type Report, type Running, type Site } from './cohort.ts';

/** What every fault is given. */
export interface FaultContext {
  readonly site: Site;
  readonly whole: Cohort;
  readonly kills: number;
  readonly seed: number;
}

type Outcome = Pick<Report, 'counts' | 'skipped'>;

/** Mulberry32: the moments of a soak can be had again. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function planned(site: Site, name: string): Cohort {
  const cohort = new Cohort(site, name);
  cohort.plan();
  return cohort;
}

/** Processes that a run has started. */
function workersOf({ child }: Running): number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' });
  return stdout.split('\n').filter((text) => text !== '').map(Number); // prettier-ignore
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** A case of the soak takes about a second: a run that is killed sooner than this has done a case or none. */
const [LONG_MS, SHORT_MS] = [2500, 900];

/** kill -9 of the run, of a worker, or of all at once, at random moments, each while work is left. */
async function kills({ site, whole, kills: wanted, seed }: FaultContext): Promise<Outcome> {
  const cohort = planned(site, 'kills');
  const random = randomFrom(seed);
  const counts = {
    'of the run': 0,
    'of a worker': 0,
    'of all': 0,
    runs: 0,
    'with a case in work': 0,
    'workers said to have died': 0,
  };
  for (let n = 0; n < wanted; n++) {
    const { all } = await cohortStatus(cohort.folder);
    assert.ok(all.pending + all.claimed > 0, `everything was done after ${n} kills of ${wanted}: take more cases`);
    const running = cohort.run();
    counts.runs++;
    const mostMs = all.pending > wanted - n ? LONG_MS : SHORT_MS;
    await Promise.race([sleep(200 + (mostMs - 200) * random()), running.ended]);
    if ((await cohortStatus(cohort.folder)).claims.length > 0) counts['with a case in work']++;
    const kind = n % 3;
    const workers = workersOf(running);
    if (kind === 1 && workers.length > 0) {
      killNow(workers[Math.floor(random() * workers.length)]);
      counts['of a worker']++;
      // The run goes on without it; then it is killed too, or else this would be the last kill.
      await Promise.race([sleep(500), running.ended]);
    }
    if (kind === 2) for (const worker of workers) killNow(worker);
    counts[kind === 2 ? 'of all' : 'of the run']++;
    if (running.child.pid !== undefined) killNow(running.child.pid);
    await running.ended;
  }
  const last = await cohort.run().ended;
  counts.runs++;
  for (const name of readdirSync(join(cohort.folder, 'journal')))
    counts['workers said to have died'] += readFileSync(join(cohort.folder, 'journal', name), 'utf8').split('"event":"crash"').length - 1; // prettier-ignore
  // A case over which two workers died is given up, as a poisoned one is, until somebody asks for it again.
  const failed = (await cohortStatus(cohort.folder)).failed;
  assert.equal(last.status, failed.length > 0 ? 8 : 0, last.stderr);
  for (const { failures } of failed) assert.deepEqual(failures.map(({ code }) => code), ['WORKER_DIED']); // prettier-ignore
  if (failed.length > 0) {
    const retried = await cohort.run(['--retry-failed']).ended;
    assert.equal(retried.status, 0, retried.stderr);
  }
  cohort.assertSameAs(whole, failed.map(({ item }) => item)); // prettier-ignore
  return { counts: { ...counts, 'given up after two deaths, then done': failed.length } };
}

/** A small file system in memory. */
function mountSmall(path: string, bytes: number): boolean {
  mkdirSync(path, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${Math.ceil(bytes / 1024)}k`, 'tmpfs', path]).status === 0;
}

/** Bytes of all files below a folder. */
function sizeOf(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.map((name) => statSync(join(folder, name))).reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0); // prettier-ignore
}

async function fullDisk({ site, whole }: FaultContext): Promise<Outcome> {
  const disk = join(site.scratch, 'disk');
  // Half of the cohort finds room on it.
  if (!mountSmall(disk, sizeOf(whole.folder) / 2))
    return { counts: {}, skipped: 'file systems cannot be mounted here' };
  try {
    const cohort = planned(site, join(disk, 'cohort'));
    const full = await cohort.run().ended;
    assert.equal(full.status, 6, full.stderr);
    assert.match(full.stderr, /disk or quota is full/);
    const before = cohort.images().size;
    for (const [name, hash] of cohort.images()) assert.equal(hash, whole.images().get(name));
    assert.equal(spawnSync('mount', ['-o', 'remount,size=500m', disk]).status, 0);
    const rest = await cohort.run().ended;
    assert.equal(rest.status, 0, rest.stderr);
    cohort.assertSameAs(whole);
    return { counts: { 'written before it was full': before, 'written in all': site.cases } };
  } finally {
    spawnSync('umount', [disk]);
  }
}

async function readOnlyDisk({ site, whole }: FaultContext): Promise<Outcome> {
  const disk = join(site.scratch, 'read-only');
  if (!mountSmall(disk, 500 * 2 ** 20)) return { counts: {}, skipped: 'file systems cannot be mounted here' };
  try {
    const cohort = planned(site, join(disk, 'cohort'));
    assert.equal(spawnSync('mount', ['-o', 'remount,ro', disk]).status, 0);
    const refused = await cohort.run().ended;
    assert.equal(refused.status, 6, refused.stderr);
    assert.equal(spawnSync('mount', ['-o', 'remount,rw', disk]).status, 0);
    const rest = await cohort.run().ended;
    assert.equal(rest.status, 0, rest.stderr);
    cohort.assertSameAs(whole);
    return { counts: { refused: 1, 'written in all': site.cases } };
  } finally {
    spawnSync('umount', [disk]);
  }
}

/** Inputs go away while the run is at others; they come back and are done again. */
async function vanishingInput({ site, whole }: FaultContext): Promise<Outcome> {
  const heads = join(site.scratch, 'vanishing-heads');
  mkdirSync(heads);
  for (const name of readdirSync(site.heads)) copyFileSync(join(site.heads, name), join(heads, name));
  const cohort = new Cohort(site, 'vanishing');
  cohort.plan(heads);
  const names = readdirSync(heads).sort();
  const gone = names.slice(-3);
  const changed = names[names.length - 4];
  const running = cohort.run();
  await sleep(300);
  for (const name of gone) rmSync(join(heads, name));
  appendFileSync(join(heads, changed), 'x');
  const { status, stderr } = await running.ended;
  assert.equal(status, 8, stderr);
  const failed = [...cohort.outcomes()].filter(([, verdicts]) => verdicts.includes('fail'));
  assert.equal(failed.length, gone.length + 1);
  for (const name of [...gone, changed]) copyFileSync(join(site.heads, name), join(heads, name));
  const retried = await cohort.run(['--retry-failed']).ended;
  assert.equal(retried.status, 0, retried.stderr);
  cohort.assertSameAs(whole, failed.map(([item]) => item)); // prettier-ignore
  return { counts: { gone: gone.length, changed: 1, 'failed, then done': failed.length } };
}

/** Two runs of the same shards at a time, and with another clock. */
async function twoRunners({ site, whole }: FaultContext, wrapper: readonly string[] = []): Promise<Outcome> {
  const cohort = planned(site, wrapper.length === 0 ? 'two' : 'clock');
  const both = await Promise.all([cohort.run(['--workers', '1']), cohort.run(['--workers', '1'], wrapper)].map(({ ended }) => ended)); // prettier-ignore
  for (const { status, stderr } of both) assert.equal(status, 0, stderr);
  cohort.assertSameAs(whole);
  const shares = readdirSync(join(cohort.folder, 'journal')).map((name) => readFileSync(join(cohort.folder, 'journal', name), 'utf8').split('"event":"outcome"').length - 1); // prettier-ignore
  assert.equal(shares.reduce((sum, n) => sum + n, 0), site.cases); // prettier-ignore
  return { counts: { runners: 2, 'most done by one': Math.max(...shares), 'done by the other': Math.min(...shares) } };
}

async function jumpingClock(context: FaultContext): Promise<Outcome> {
  if (spawnSync('faketime', ['--version']).status !== 0) return { counts: {}, skipped: 'faketime is not installed (Debian: faketime)' }; // prettier-ignore
  return twoRunners(context, ['faketime', '-f', '+3d x50']);
}

/** A case that kills whoever works on it: the others go on, and it is said. */
async function poisonedCase({ site, whole }: FaultContext): Promise<Outcome> {
  const cohort = planned(site, 'poisoned');
  const [head, way] = [`head-${String(Math.floor(site.cases / 2)).padStart(4, '0')}`, 'quickshear'];
  const poison = `${head}/${way}`;
  const running = cohort.run(['--workers', '1']);
  const killed = new Set<number>();
  let isOver = false;
  const ended = running.ended.finally(() => (isOver = true));
  while (!isOver) {
    // What is in the making is named by who makes it.
    const workers = workersOf(running);
    for (const name of globSync(`cases/${head}/.efface-*.new`, { cwd: cohort.folder })) {
      const worker = Number(/-(\d+)-[0-9a-f]{8}\.new$/.exec(name)?.[1]);
      if (!workers.includes(worker)) continue;
      killNow(worker);
      killed.add(worker);
    }
    await sleep(5);
  }
  const { status, stderr } = await ended;
  assert.equal(status, 8, stderr);
  const outcomes = cohort.outcomes();
  assert.deepEqual(outcomes.get(poison), ['fail']);
  assert.equal([...outcomes.values()].filter(([verdict]) => verdict !== 'fail').length, site.cases - 1);
  const retried = await cohort.run(['--retry-failed']).ended;
  assert.equal(retried.status, 0, retried.stderr);
  cohort.assertSameAs(whole, [poison]);
  return { counts: { 'workers killed': killed.size, 'cases that went on': site.cases - 1 } };
}

/** Journals lose their tails, as a power cut may leave them. */
async function tornJournal({ site, whole }: FaultContext): Promise<Outcome> {
  const cohort = planned(site, 'torn');
  const first = await cohort.run().ended;
  assert.equal(first.status, 0, first.stderr);
  const [name] = readdirSync(join(cohort.folder, 'journal'));
  const path = join(cohort.folder, 'journal', name);
  truncateSync(path, statSync(path).size - 2000);
  const lost = site.cases - cohort.outcomes().size;
  assert.ok(lost >= 1);
  const again = await cohort.run().ended;
  assert.equal(again.status, 0, again.stderr);
  cohort.assertSameAs(whole);
  return { counts: { 'outcomes lost': lost, 'done again': lost } };
}

export const FAULTS: Readonly<Record<string, (context: FaultContext) => Promise<Outcome>>> = {
  kills,
  'full-disk': fullDisk,
  'read-only-disk': readOnlyDisk,
  'vanishing-input': vanishingInput,
  'two-runners': (context) => twoRunners(context),
  'jumping-clock': jumpingClock,
  'poisoned-case': poisonedCase,
  'torn-journal': tornJournal,
};
