// Outputs that exist, inputs that are bad, processes that are killed.
import assert from 'node:assert/strict';
import { EXIT_CODES } from '@efface/volume';
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { bundle, efface, expectExit, input, scratch, step } from './harness.ts';

/** Outputs that exist, inputs that are bad, processes that are killed. */
export async function faults(): Promise<void> {
  await step('an existing output is refused, and replaced when asked', () => {
    expectExit(efface('deface', input, 'out', '--quiet'), 'output', 'existing output');
    expectExit(efface('deface', input, 'out', '--quiet', '--overwrite', '--no-pictures'), 'ok', 'overwrite');
    assert.ok(!existsSync(join(scratch, 'out/qc')));
  });

  await step('a dry run writes nothing', () => {
    expectExit(efface('deface', input, 'dry', '--dry-run', '--quiet'), 'ok', 'dry run');
    assert.ok(!existsSync(join(scratch, 'dry')));
  });

  await step('bad input: a clear error, the right code, no output', () => {
    const bad = (name: string): string => join(scratch, name);
    copyFileSync(input, bad('truncated.nii.gz'));
    truncateSync(bad('truncated.nii.gz'), 20_000);
    writeFileSync(bad('text.nii'), 'this is no image\n'.repeat(100));
    mkdirSync(bad('empty'));
    mkdirSync(bad('loop'));
    symlinkSync('../loop', bad('loop/again'));
    const cases = [
      ['truncated.nii.gz', 'inputCorrupt'],
      ['text.nii', 'inputCorrupt'],
      ['empty', 'inputNotFound'],
      ['loop', 'inputNotFound'],
      ['missing.nii', 'inputNotFound'],
    ] as const;
    for (const [name, reason] of cases) {
      expectExit(efface('deface', bad(name), 'bad', '--quiet'), reason, name);
      assert.ok(!existsSync(bad('bad')), name);
    }
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await step(`${signal} in the middle leaves no half output`, async () => {
      const child = spawn(process.execPath, [bundle, 'deface', input, 'killed', '--json'], {
        cwd: scratch,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
      child.stderr.once('data', () => child.kill(signal));
      const code = await exit;
      if (signal === 'SIGTERM') {
        assert.equal(code, EXIT_CODES.interrupted.code);
        assert.deepEqual(
          readdirSync(scratch).filter((name) => name.includes('killed')),
          [],
        );
      }
      assert.ok(!existsSync(join(scratch, 'killed')));
      expectExit(efface('deface', input, 'killed', '--quiet', '--no-pictures'), 'ok', 'the next run');
      assert.deepEqual(
        readdirSync(scratch).filter((name) => name.includes('killed')),
        ['killed'],
      );
      rmSync(join(scratch, 'killed'), { recursive: true });
    });
  }
}
