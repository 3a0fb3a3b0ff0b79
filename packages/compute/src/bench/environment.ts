import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Backend } from '../backend.ts';
import type { BenchAdapter, BenchRecord } from './record.ts';

/** Versions that every record of a run carries. */
export function benchVersions(): Pick<BenchRecord, 'node' | 'dawn' | 'commit' | 'dirty'> {
  const { version } = createRequire(import.meta.url)('webgpu/package.json') as { readonly version: string };
  return {
    node: process.version,
    dawn: `webgpu ${version}`,
    commit: git('rev-parse', 'HEAD'),
    dirty: git('status', '--porcelain', '--untracked-files=no') !== '',
  };
}

/** What a backend runs on, for its records. */
export function benchAdapter({ info }: Backend): BenchAdapter {
  const { kind, name, vendor, architecture, device, driver, threads } = info;
  return { backend: kind, name, vendor, architecture, device, driver, threads };
}

function git(...args: readonly string[]): string {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
