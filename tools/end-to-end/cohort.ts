// Many cases: planned, run in processes, stopped and gone on with, told about.
import { writeNifti } from '@efface/io';
import { generateHead } from '@efface/test-data';
import { EXIT_CODES } from '@efface/volume';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, efface, expectExit, scratch, sha256, step } from './harness.ts';

const FOLDER = join(scratch, 'cohort');
const PLAN = [
  '--methods',
  'quickshear,biometric-mask',
  '--cases-per-shard',
  '2',
  '--no-pictures',
  '--verify',
  'off',
  '-q',
];

interface Status {
  readonly all: {
    readonly total: number;
    readonly pass: number;
    readonly review: number;
    readonly fail: number;
    readonly pending: number;
  };
  readonly failed: readonly { readonly item: string; readonly reason: string }[];
}

function statusOf(cohort: string): Status {
  const result = efface('cohort', 'status', cohort, '--json');
  expectExit(result, 'ok', 'status');
  return JSON.parse(result.stdout) as Status;
}

/** Every file below a folder, by its relative name. */
function filesOf(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).sort();
}

/** Outcomes in the journals, by item. */
function outcomes(cohort: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of readdirSync(join(cohort, 'journal')))
    for (const text of readFileSync(join(cohort, 'journal', name), 'utf8')
      .split('\n')
      .slice(0, -1)) {
      const line = JSON.parse(text) as { readonly event: string; readonly item?: string };
      if (line.event === 'outcome') counts.set(line.item ?? '', (counts.get(line.item ?? '') ?? 0) + 1);
    }
  return counts;
}

/** Many cases. */
export async function cohort(): Promise<void> {
  const heads = join(FOLDER, 'in');
  const whole = join(FOLDER, 'whole');
  mkdirSync(heads, { recursive: true });
  for (const seed of [71, 72, 73]) await writeNifti(join(heads, `head-${seed}.nii.gz`), generateHead({ seed, contrast: 'ct', spacingMm: 3 }).volume); // prettier-ignore
  writeFileSync(join(heads, 'broken.nii'), Buffer.from(readFileSync(join(heads, 'head-71.nii.gz')).subarray(0, 700)));

  await step('a cohort: the plan is the same twice, and no other takes its place by itself', () => {
    expectExit(efface('cohort', 'plan', heads, whole, ...PLAN), 'ok', 'plan');
    const before = sha256(join(whole, 'plan.json'));
    expectExit(efface('cohort', 'plan', heads, whole, ...PLAN), 'ok', 'the same plan');
    assert.equal(sha256(join(whole, 'plan.json')), before);
    expectExit(efface('cohort', 'plan', heads, whole, '--methods', 'quickshear', '-q'), 'output', 'another plan');
    expectExit(efface('cohort', 'run', whole, '--shard', '7'), 'inputRefused', 'a shard that is not there');
    expectExit(efface('cohort', 'status', heads), 'inputNotFound', 'no plan');
  });

  await step('a cohort: a broken input fails with its reason, the others are written', () => {
    expectExit(efface('cohort', 'run', whole, '-q'), 'someFailed', 'run');
    const { all, failed } = statusOf(whole);
    assert.deepEqual({ total: all.total, fail: all.fail, pending: all.pending }, { total: 8, fail: 2, pending: 0 });
    assert.equal(all.pass + all.review, 6);
    for (const { item, reason } of failed) assert.match(`${item} ${reason}`, /^broken\/.*broken\.nii.*\[NIFTI_/);
    assert.deepEqual(filesOf(join(whole, 'cases/head-71/quickshear')), ['head-71.nii.gz', 'record.json']);
    assert.ok(!filesOf(whole).some((name) => name.startsWith('cases/broken')));
    expectExit(efface('cohort', 'run', whole, '-q'), 'someFailed', 'nothing left');
    assert.ok([...outcomes(whole).values()].every((count) => count === 1));
  });

  await step('a cohort that is stopped, killed and torn goes on and comes to the same bytes', async () => {
    const stopped = join(FOLDER, 'stopped');
    expectExit(efface('cohort', 'plan', heads, stopped, ...PLAN), 'ok', 'plan');
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const child = spawn(process.execPath, [bundle, 'cohort', 'run', stopped, '--workers', '1'], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
      await new Promise<void>((resolve) => {
        child.stderr.on('data', (text: Buffer) => {
          if (text.includes('"progress"')) resolve();
        });
      });
      child.kill(signal);
      assert.equal(await exit, signal === 'SIGTERM' ? EXIT_CODES.interrupted.code : null);
    }
    const left = statusOf(stopped).all.pending;
    assert.ok(left > 0, 'it was stopped before its end');
    // What a kill in the middle of a line leaves.
    const [journal] = readdirSync(join(stopped, 'journal')).sort();
    appendFileSync(join(stopped, 'journal', journal), '{"event":"outcome","item":"head-7');
    // What another machine has left that died over it.
    mkdirSync(join(stopped, 'cases/head-71/.efface-0123456789ab-01234567-1-89abcdef.new'), { recursive: true });
    truncateSync(join(stopped, 'plan.json'), 0);
    expectExit(efface('cohort', 'run', stopped, '-q'), 'inputCorrupt', 'a damaged plan');
    expectExit(efface('cohort', 'plan', heads, stopped, ...PLAN, '--overwrite'), 'ok', 'the plan again');
    expectExit(efface('cohort', 'run', stopped, '-q'), 'someFailed', 'the rest');
    assert.equal(statusOf(stopped).all.pending, 0);
    const images = filesOf(whole).filter((name) => name.endsWith('.nii.gz'));
    assert.equal(images.length, 6);
    for (const name of images) assert.equal(sha256(join(stopped, name)), sha256(join(whole, name)), name);
    assert.deepEqual(filesOf(join(stopped, 'cases')), filesOf(join(whole, 'cases')));
    assert.deepEqual(readdirSync(join(stopped, 'claims')), []);
  });
}
