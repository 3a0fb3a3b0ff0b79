// What every step uses: the bundle run as a stranger would run it, a folder for what it leaves, a count of what held.
import { EXIT_CODES } from '@efface/volume';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
export const bundle = join(root, 'packages/cli/dist/efface.mjs');
export const scratch = mkdtempSync(join(tmpdir(), 'efface-e2e-'));

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function efface(...args: string[]): Result {
  return spawnSync(process.execPath, [bundle, ...args], { encoding: 'utf8', cwd: scratch, maxBuffer: 1 << 26 });
}

export function expectExit(result: Result, reason: keyof typeof EXIT_CODES, what: string): void {
  const { status, stdout, stderr } = result;
  assert.equal(status, EXIT_CODES[reason].code, `${what}: exit ${status}\n${stdout}\n${stderr}`);
  // Graphics drivers print traces of their own in C++; those are not ours to silence.
  assert.doesNotMatch(stderr, /\n\s+at .*\.(mjs|js|ts):\d+/, `${what}: a stack trace is no message`);
}

export function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

export interface Record {
  readonly verdict: string;
  readonly images: readonly { readonly alteredVoxels: number }[];
}

export function recordOf(folder: string): Record {
  return JSON.parse(readFileSync(join(folder, 'record.json'), 'utf8')) as Record;
}

/** Steps that held, and that could not be taken. */
export const counts = { passed: 0, skipped: 0 };

/** Runs a step; one that does not hold ends everything. */
export async function step(name: string, run: () => void | Promise<void>): Promise<void> {
  const start = performance.now();
  await run();
  counts.passed++;
  console.log(`ok    ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}

export const head = join(scratch, 'demo/generated-head-1.nii.gz');
export const input = join(scratch, 'head.nii.gz');
