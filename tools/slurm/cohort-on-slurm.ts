// What becomes of a cohort on a real Slurm: tasks are killed, told that their time is up, and cancelled, each in the middle of a case.
import { openNifti, writeNifti } from '@efface/io';
import { generateHead } from '@efface/test-data';
import { EXIT_CODES } from '@efface/volume';
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bundle, counts, efface, expectExit, scratch, sha256, step } from '../end-to-end/harness.ts';
import { clusterEnvironment, startCluster, stopCluster } from './cluster.ts';

/** A name that every careless quoting breaks on. */
const COHORT = `it's "100%" $(exit 1) a cohort`;

/** Shards of one case each, in the order of their names: a damaged file, two quick heads, three that take their time. */
const CASES = ['broken', 'head-1', 'head-2', 'head-3', 'head-4', 'head-5'] as const;
const [KILLED, TIMED_OUT, CANCELLED] = [3, 4, 5];

const PATIENCE_MS = 120_000;

const run = promisify(execFile);

/** Starts a cluster, runs a generated cohort on it and looks at what is left. Prints what held. */
export async function testCohortOnSlurm(folder: string): Promise<void> {
  if (!existsSync(bundle)) throw new Error(`${bundle}: is not there; make it with npm run build`);
  try {
    await startCluster(folder);
    Object.assign(process.env, clusterEnvironment(folder));
    try {
      await planCohorts();
      await firstSubmission();
      await secondSubmission();
      await sameAsLocally();
    } finally {
      await stopCluster(folder);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`\nSlurm: ${counts.passed} passed, 0 failed, ${counts.skipped} skipped`);
}

const inCohort = (...parts: string[]): string => join(scratch, COHORT, ...parts);

async function planCohorts(): Promise<void> {
  mkdirSync(join(scratch, 'in'));
  for (const [n, name] of CASES.entries()) {
    const spacing = n < KILLED ? 4 : 2;
    const { volume } = generateHead({ seed: n + 1, contrast: 't1', spacingMm: [spacing, spacing, spacing] });
    await writeNifti(join(scratch, 'in', `${name}.nii`), volume);
  }
  truncateSync(join(scratch, 'in/broken.nii'), 20_000);
  writeFileSync(join(scratch, 'key'), 'a secret for generated people');
  for (const folder of [COHORT, 'local'])
    expectExit(efface('cohort', 'plan', 'in', folder, '--cases-per-shard', '1', '--verify', 'off', '--no-drift', '--uid-key-file', 'key', '--quiet'), 'ok', 'plan'); // prettier-ignore
}

async function firstSubmission(): Promise<void> {
  const submit = ['cohort', 'submit', COHORT, '--array-limit', '2', '--time', '30'];
  await step('a dry run writes scripts that bash can read, the same every time, and submits nothing', () => {
    const [first, again] = [0, 1].map(() => {
      expectExit(efface(...submit, '--dry-run'), 'ok', 'dry run');
      return ['array.sbatch', 'merge.sbatch'].map((name) => readFileSync(inCohort('slurm', name), 'utf8'));
    });
    assert.deepEqual(first, again);
    for (const script of first) execFileSync('bash', ['-n'], { input: script });
    assert.equal(queue(), '');
    assert.ok(!existsSync(inCohort('slurm/jobs.jsonl')));
  });

  await step('what is no word of a partition is refused before anything is submitted', () => {
    expectExit(efface(...submit, '--partition', 'main\n#SBATCH --uid=0'), 'usage', 'partition');
    expectExit(efface(...submit, '--partition', 'nowhere'), 'unavailable', 'a partition Slurm does not know');
    assert.equal(queue(), '');
  });

  const job = submitted(...submit, '--sbatch-arg=--hold');
  await step('nothing is submitted while tasks are in the queue; status shows them', async () => {
    expectExit(efface(...submit), 'output', 'submitted twice');
    const { stdout } = efface('cohort', 'status', COHORT);
    assert.match(stdout, /^shard 5 .* pending \(JobHeldUser\)$/m, stdout);
    assert.match(stdout, new RegExp(`^Slurm job ${job}: 6 pending; merge \\d+: pending`, 'm'), stdout);
    for (const held of [job, ...jobsOf('merge')]) await run('scontrol', ['release', held]);
  });

  await step(
    'a task killed in the middle of a case leaves no outcome; one whose time is up comes back by itself; one that is cancelled does not',
    async () => {
      // prettier-ignore
      // All three are waited for, so that none goes on behind a failure of another.
      const ends = await Promise.allSettled([killMidCase(job), timeOutMidCase(job), cancelMidCase(job)]);
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
      assert.equal(logOf(TIMED_OUT).match(/\[INTERRUPTED\]/g)?.length, 1, logOf(TIMED_OUT));
      assert.equal(logOf(CANCELLED).match(/\[INTERRUPTED\]/g)?.length, 1, logOf(CANCELLED));
    },
  );

  await step('the array ends, the failed case fails its task, the merge follows', async () => {
    await ended(job);
    const states = taskStates(job);
    const expected = ['FAILED', 'COMPLETED', 'COMPLETED', 'COMPLETED', 'COMPLETED', 'CANCELLED'];
    for (const [shard, state] of states.entries())
      if (state !== expected[shard])
        console.log(`shard ${shard}: exit code ${exitCodeOf(`${job}_${shard}`)}\n${logOf(shard)}`);
    assert.deepEqual(states, expected);
    assert.equal(exitCodeOf(`${job}_0`), EXIT_CODES.someFailed.code);
    const { stdout } = efface('cohort', 'status', COHORT);
    assert.match(stdout, /^shard 0 .* failed \(on \S+, NonZeroExitCode\)$/m, stdout);
    assert.match(stdout, /no task is left in the queue and 1 cases are not done/, stdout);
  });
}

async function secondSubmission(): Promise<void> {
  await step('submitted again, what is left is done, and nothing else', async () => {
    const before = outcomes().length;
    const job = submitted('cohort', 'submit', COHORT);
    await ended(job);
    assert.equal(outcomes().length, before + 1);
    const { all } = JSON.parse(efface('cohort', 'status', COHORT, '--json').stdout) as { readonly all: unknown };
    assert.deepEqual(all, { total: 6, pass: 5, review: 0, fail: 1, claimed: 0, pending: 0 });
  });

  const commands = efface('cohort', '--help').stdout;
  if (/^ +merge /m.test(commands))
    await step('the merge says that a case failed: exit 8', () => {
      const merge = jobsOf('merge').at(-1) ?? '';
      assert.equal(exitCodeOf(merge), EXIT_CODES.someFailed.code, readFileSync(inCohort('slurm/merge.log'), 'utf8'));
      assert.match(readFileSync(inCohort('slurm/merge.log'), 'utf8'), /broken/);
    });
  else {
    counts.skipped++;
    console.log('skip  the exit code of the merge: this efface has no cohort merge');
  }

  await step('no case has two outcomes, no claim is left, no temporary file', () => {
    const items = outcomes();
    assert.deepEqual(
      items.sort(),
      CASES.map((name) => `${name}/quickshear`),
    );
    assert.deepEqual(readdirSync(inCohort('claims')).filter((name) => !name.startsWith('alive-')), []); // prettier-ignore
    const left = readdirSync(inCohort(), { recursive: true, encoding: 'utf8' }).filter((path) => basename(path).startsWith('.')); // prettier-ignore
    assert.deepEqual(left, []);
  });
}

async function sameAsLocally(): Promise<void> {
  await step('images and pictures are, to the byte, those of a run without Slurm', async () => {
    expectExit(efface('cohort', 'run', 'local', '--backend', 'cpu', '--quiet'), 'someFailed', 'local run');
    const hashes = (folder: string): Record<string, string> => {
      const home = join(scratch, folder, 'cases');
      // Records tell how long it took.
      const files = globSync('**/*.{nii,png}', { cwd: home }).sort();
      return Object.fromEntries(files.map((file) => [file, sha256(join(home, file))]));
    };
    const local = hashes('local');
    assert.deepEqual(hashes(COHORT), local);
    const images = Object.keys(local).filter((file) => file.endsWith('.nii'));
    assert.equal(images.length, 5);
    // Heads that went in unaltered would be the same as well.
    for (const file of images) {
      const [before, after] = [join(scratch, 'in', basename(file)), join(scratch, 'local/cases', file)];
      assert.notDeepEqual((await openNifti(after)).volume.voxels, (await openNifti(before)).volume.voxels);
    }
  });
}

/** Ends the processes of a task as a node without memory does, with no time to clear up, and puts the task back. */
async function killMidCase(job: string): Promise<void> {
  const { task, worker, runner, step } = await midCase(job, KILLED);
  // Not by scancel: it misses a worker whose parent died first, and that one clears up.
  for (const pid of [runner, worker]) process.kill(pid, 'SIGKILL');
  await until(`${task} to end`, () => stateOf(task) !== 'RUNNING' && !existsSync(`/proc/${step}`));
  assert.equal(staged(KILLED).length, 1, 'what was in the making lies there still');
  assert.ok(!outcomes().includes(`${CASES[KILLED]}/quickshear`));
  await run('scontrol', ['requeue', task]);
  await startNow(task);
}

/** Sends the batch script what Slurm sends it a minute before the time limit. */
async function timeOutMidCase(job: string): Promise<void> {
  const { task, worker, step } = await midCase(job, TIMED_OUT);
  await run('scancel', ['--batch', '--signal=USR1', task]);
  await goOnWhenTold(worker);
  // It asks Slurm itself to be queued again. Its step tells its exit code last: told after a second start, it would end that one.
  await until(`the first step of ${task} to be gone`, () => !existsSync(`/proc/${step}`));
  await startNow(task);
  assert.deepEqual(staged(TIMED_OUT), []);
}

async function cancelMidCase(job: string): Promise<void> {
  const { task, worker } = await midCase(job, CANCELLED);
  await run('scancel', [task]);
  await goOnWhenTold(worker);
  await until(`${task} to end`, () => stateOf(task) === 'CANCELLED');
  assert.deepEqual(staged(CANCELLED), []);
}

/** A task that waits in the middle of its case, and its processes, each the parent of the one before. */
interface MidCase {
  readonly task: string;
  readonly worker: number;
  readonly runner: number;
  /** Slurm's own, between its node and the script. */
  readonly step: number;
}

/** Waits until a task has begun to write its case, and holds its worker there, however slow the rest of the machine is. */
async function midCase(job: string, shard: number): Promise<MidCase> {
  await until(`shard ${shard} to work on its case`, () => staged(shard).length > 0, 5);
  // What is in the making is named by who makes it.
  const worker = Number(/-(\d+)-[0-9a-f]{8}\.new$/.exec(staged(shard)[0])?.[1]);
  process.kill(worker, 'SIGSTOP');
  const runner = parentOf(worker);
  return { task: `${job}_${shard}`, worker, runner, step: parentOf(parentOf(runner)) };
}

const parentOf = (pid: number): number =>
  Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

/** Lets a worker go on once SIGTERM waits for it. */
async function goOnWhenTold(worker: number): Promise<void> {
  const status = `/proc/${worker}/status`;
  await until(`process ${worker} to be told to stop`, () => {
    if (!existsSync(status)) return true;
    const pending = /^ShdPnd:\s*([0-9a-f]+)$/m.exec(readFileSync(status, 'utf8'))?.[1] ?? '0';
    return (BigInt(`0x${pending}`) & SIGTERM_BIT) !== 0n || !isStopped(worker);
  }, 20); // prettier-ignore
  if (existsSync(status)) process.kill(worker, 'SIGCONT');
}

/** Of the masks in proc(5)'s status. */
const SIGTERM_BIT = 1n << BigInt(constants.signals.SIGTERM - 1);

function isStopped(pid: number): boolean {
  return /^State:\s*T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/** Slurm lets a task that comes back wait for two minutes, so that a node that failed is known to; a test need not. */
async function startNow(task: string): Promise<void> {
  await until(`${task} to be queued again`, () => stateOf(task) === 'PENDING');
  await run('scontrol', ['update', `jobid=${task}`, 'StartTime=now']);
}

/** What a case has in the making. */
function staged(shard: number): string[] {
  const folder = inCohort('cases', CASES[shard]);
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('.efface-')) : [];
}

function submitted(...args: string[]): string {
  const result = efface(...args);
  expectExit(result, 'ok', 'submit');
  return jobsOf('array').at(-1) ?? '';
}

function jobsOf(kind: string): string[] {
  const lines = readFileSync(inCohort('slurm/jobs.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as { kind: string; job: string }).filter((job) => job.kind === kind).map(({ job }) => job); // prettier-ignore
}

/** Waits for an array and the merge behind it. */
async function ended(array: string): Promise<void> {
  const merge = jobsOf('merge').at(-1) ?? '';
  await until(`job ${array} to end`, () => queue(array) === '');
  await until(`job ${merge} to end`, () => queue(merge) === '');
}

function queue(job?: string): string {
  const only = job === undefined ? [] : [`--jobs=${job}`];
  return execFileSync('squeue', ['--noheader', '--array', '--format=%i %T', ...only], { encoding: 'utf8' }).trim();
}

function stateOf(task: string): string {
  return execFileSync('squeue', ['--noheader', '--array', '--states=all', `--jobs=${task}`, '--format=%T'], { encoding: 'utf8' }).trim(); // prettier-ignore
}

function taskStates(job: string): string[] {
  return CASES.map((_, shard) => stateOf(`${job}_${shard}`));
}

function exitCodeOf(job: string): number {
  const shown = execFileSync('scontrol', ['--oneliner', 'show', 'job', job], { encoding: 'utf8' });
  return Number(/ ExitCode=(\d+):/.exec(shown)?.[1]);
}

function logOf(shard: number): string {
  return readFileSync(inCohort('slurm', `shard-${shard}.log`), 'utf8');
}

/** Every outcome in the journals, by its item. */
function outcomes(): string[] {
  const lines = globSync('*.jsonl', { cwd: inCohort('journal') }).flatMap((name) => readFileSync(inCohort('journal', name), 'utf8').trimEnd().split('\n')); // prettier-ignore
  return lines.map((line) => JSON.parse(line) as { event: string; item: string }).filter(({ event }) => event === 'outcome').map(({ item }) => item); // prettier-ignore
}

async function until(what: string, isSo: () => boolean, everyMs = 200): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}; the queue:\n${queue()}`);
    await sleep(everyMs);
  }
}
