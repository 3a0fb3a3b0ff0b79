import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTar, unpackSoftwareGpu } from './unpack.ts';

const script = join(import.meta.dirname, 'run.ts');
const isSupported = process.platform === 'linux' && process.arch === 'x64';
const hasTar = spawnSync('tar', ['--version']).status === 0;

function run(...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
}

const print = (expression: string): string[] => ['--', 'node', '--print', expression];

describe('readTar', () => {
  const folder = mkdtempSync(join(tmpdir(), 'efface-tar-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.skipIf(!hasTar)('reads what tar wrote (needs tar)', () => {
    const files = { empty: 0, 'just-a-block': 512, 'odd-size': 1301 };
    mkdirSync(join(folder, 'inner'));
    for (const [name, size] of Object.entries(files))
      writeFileSync(join(folder, 'inner', name), Buffer.alloc(size, name));
    const { status } = spawnSync('tar', ['--format=ustar', '-cf', 'all.tar', 'inner'], { cwd: folder });
    expect(status).toBe(0);
    const found = readTar(readFileSync(join(folder, 'all.tar')));
    expect([...found.keys()].sort()).toEqual(Object.keys(files).sort());
    for (const [name, size] of Object.entries(files))
      expect(Buffer.from(found.get(name) ?? [])).toEqual(Buffer.alloc(size, name));
  });
});

describe.skipIf(!isSupported)('the software GPU (only on Linux on x64)', () => {
  it('is unpacked once; its manifest names a library beside it', () => {
    const folder = unpackSoftwareGpu();
    const manifest = JSON.parse(readFileSync(join(folder, 'vk_swiftshader_icd.json'), 'utf8')) as {
      readonly ICD: { readonly library_path: string };
    };
    const library = join(folder, manifest.ICD.library_path);
    const { mtimeMs } = statSync(library);
    expect(readFileSync(library).subarray(0, 4)).toEqual(Buffer.from('\x7fELF', 'latin1'));
    expect(unpackSoftwareGpu()).toBe(folder);
    expect(statSync(library).mtimeMs).toBe(mtimeMs);
  });

  it('is the one adapter of a command that is started with it', () => {
    const module = JSON.stringify(join(import.meta.dirname, '../../packages/compute/src/index.ts'));
    const { stdout } = run(
      '--',
      'node',
      '--input-type=module',
      '--eval',
      `console.log(JSON.stringify(await (await import(${module})).listAdapters()))`,
    );
    expect(JSON.parse(stdout)).toEqual(['SwiftShader Device (Subzero)']);
  });

  it('gives the command the tools of the workspace first', () => {
    const { stdout } = run(...print('process.env.PATH'));
    expect(stdout.split(':')[0]).toBe(join(import.meta.dirname, '../../node_modules/.bin'));
  });
});

describe('the wrapper ends as its command does', () => {
  it('with its exit code', () => {
    expect(run('--', 'node', '--eval', 'process.exit(7)').status).toBe(7);
    expect(run('--', 'node', '--eval', '0').status).toBe(0);
    expect(run('--', 'node', '--eval', 'process.kill(process.pid, "SIGKILL")').status).toBe(128 + 9);
  });

  it('with 127 when there is none, and 2 when nothing was asked for', () => {
    expect(run('--', 'no-such-command')).toMatchObject({
      status: 127,
      stderr: 'no-such-command: spawn no-such-command ENOENT\n',
    });
    expect(run('node').status).toBe(2);
    expect(run('--unknown', '--', 'node').status).toBe(2);
    expect(run().stderr).toMatch(/^usage: /);
  });

  it('when it is terminated: the signal reaches the command', async () => {
    const code = 'process.on("SIGTERM", () => process.exit(9)); console.log("up"); setInterval(() => {}, 1000)';
    const child = spawn(process.execPath, [script, '--', 'node', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([9, null]);
  });
});
