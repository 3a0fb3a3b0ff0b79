import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unpackSoftwareGpu } from '../software-gpu/unpack.ts';

const isSupported =
  process.platform === 'linux' && process.arch === 'x64' && spawnSync('tar', ['--version']).status === 0;

describe.skipIf(!isSupported)('the packed device check (only on Linux on x64, needs tar)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'efface-device-check-'));
  const archive = join(folder, 'device-check.tar.gz');
  /** Nothing of this machine's environment but the software GPU. */
  const run = (...args: readonly string[]) =>
    spawnSync('/bin/sh', ['device-check/run.sh', ...args], {
      cwd: folder,
      env: { VK_DRIVER_FILES: join(unpackSoftwareGpu(), 'vk_swiftshader_icd.json') },
      encoding: 'utf8',
    });
  const result = (file: string): string => readFileSync(join(folder, 'results', file), 'utf8');

  beforeAll(() => {
    const pack = spawnSync(process.execPath, [join(import.meta.dirname, 'pack.ts'), archive], { encoding: 'utf8' });
    expect(pack.stderr).toBe('');
    expect(spawnSync('tar', ['xzf', archive], { cwd: folder }).status).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is small enough to be sent', () => {
    expect(statSync(archive).size).toBeLessThan(64 * 2 ** 20);
  });

  it('checks and sweeps a kernel without network, packages or environment', () => {
    const { status, stdout, stderr } = run(
      ...['--out', 'results', '--filter', 'distance-sign', '--max-mib', '32', '--seconds', '0.05', 'cases', 'sweep'],
    );
    expect(stderr).not.toMatch(/error/i);
    expect(status).toBe(0);
    expect(stdout).toMatch(/SwiftShader.*\n.*commit [0-9a-f]{40}/);
    const { checks } = JSON.parse(result('cases.json')) as {
      readonly checks: readonly { readonly robustness: boolean; readonly problems: readonly string[] }[];
    };
    // Four cases and two more tuning points of the first one, with and without robustness.
    expect(checks.map(({ robustness }) => robustness).sort()).toEqual([...Array<boolean>(6).fill(false), ...Array<boolean>(6).fill(true)]); // prettier-ignore
    expect(checks.flatMap(({ problems }) => problems)).toEqual([]);
    const { rows } = JSON.parse(result('sweep.json')) as {
      readonly rows: readonly {
        readonly case: string;
        readonly points: readonly { readonly refcheck: string; readonly medianNs: number }[];
      }[];
    };
    expect(rows.map(({ case: id }) => id)).toEqual(['count=524288']);
    expect(rows[0].points.map(({ refcheck }) => refcheck)).toEqual(['ok', 'ok', 'ok']);
    for (const { medianNs } of rows[0].points) expect(medianNs).toBeGreaterThan(0);
    expect(JSON.parse(result('run.json'))).toMatchObject({
      parts: { cases: { wrong: [], leftOut: 0 }, sweep: { wrong: [], leftOut: 0 } },
    });
  });

  it('starts its CPU workers, and gives ratios', () => {
    const { status } = run(
      ...['--out', 'results', '--filter', 'distance-sign', '--max-mib', '32', '--seconds', '0.05', 'bench'],
    );
    expect(status).toBe(0);
    const [ratio, ...others] = JSON.parse(result('ratios.json')) as readonly Record<string, number>[];
    expect(others).toEqual([]);
    // The parts run before it are still there.
    expect(Object.keys((JSON.parse(result('run.json')) as { readonly parts: object }).parts)).toEqual(['cases', 'sweep', 'bench']); // prettier-ignore
    expect(result('summary.txt')).toMatch(/^cases: 12 of 12 checks passed$[\s\S]*^bench: 0 wrong/m);
    expect(ratio['cpuOverWebgpu']).toBe(ratio['cpuNs'] / ratio['webgpuNs']);
    expect(ratio['cpu1OverWebgpu']).toBeGreaterThan(0);
    const records = result('bench.jsonl').trimEnd().split('\n').map((line) => JSON.parse(line) as { readonly commit: string; readonly refcheck: string }); // prettier-ignore
    expect(records.map(({ refcheck }) => refcheck)).toEqual(['ok', 'ok', 'ok']);
    for (const { commit } of records) expect(commit).toMatch(/^[0-9a-f]{40}$/);
  });

  it('says what it takes when asked for something else', () => {
    const { status, stderr } = run('everything');
    expect(status).toBe(2);
    expect(stderr).toBe('everything is not a part; cases, bench, sweep, operations are\n');
    expect(run('--help').stdout).toMatch(/--budget-seconds S/);
    expect(run('--seconds', 'fast').stderr).toBe('--seconds is a number above 0, not fast\n');
  });
});
