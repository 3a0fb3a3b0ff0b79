import fc from 'fast-check';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayScript, type ClusterJob, mergeScript, shellQuote } from './sbatch-scripts.ts';
import { checkSettings, SlurmError, type SlurmSettings } from './settings.ts';

/** A folder name that every careless quoting breaks on. */
const NASTY = `/data/it's "100%" $(touch x) \`y\` \\ #1;&\n*`;

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'efface-sbatch-'));
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** A script whose efface is this program. */
function scriptFor(program: string, job: Partial<ClusterJob> = {}): string {
  const path = join(scratch, `program-${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(path, program);
  const command = [process.execPath, path];
  return arrayScript({ cohort: NASTY, shards: 6, command, runArguments: [], settings: {}, ...job });
}

/** What Slurm sets, and a PATH on which there is nothing, so no Slurm either. */
const ENVIRONMENT = { PATH: '/nowhere', SLURM_ARRAY_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '3' };

const BASH = '/bin/bash';

describe('shellQuote', () => {
  it('gives words that bash reads back as they were, whatever they hold', () => {
    const word = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !text.includes('\0') && text.isWellFormed()); // prettier-ignore
    fc.assert(
      fc.property(fc.array(word, { minLength: 100, maxLength: 200 }), (words) => {
        const input = `printf '%s\\0' ${words.map(shellQuote).join(' ')}\n`;
        const read = execFileSync(BASH, { input, encoding: 'utf8' });
        expect(read.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the script of the array', () => {
  it('calls efface with the folder, the shard and all words as they are, and ends as efface does', () => {
    const runArguments = ['--backend', 'cpu', '--models', "/some where/o'models"];
    const script = scriptFor('console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 8', { runArguments }); // prettier-ignore
    const { status, stdout, stderr } = spawnSync(BASH, { input: script, encoding: 'utf8', env: ENVIRONMENT, cwd: scratch }); // prettier-ignore
    expect({ status, stderr }).toEqual({ status: 8, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(['cohort', 'run', NASTY, '--shard', '3', ...runArguments]);
  });

  it.each([
    { signal: 'SIGTERM', asksToComeBack: false },
    { signal: 'SIGUSR1', asksToComeBack: true },
  ] as const)(
    'turns $signal into SIGTERM for efface, waits for it, ends with 75',
    async ({ signal, asksToComeBack }) => {
      // Takes its time to stop, as a run with workers does; says so when it is told twice.
      const program = `
      process.on('SIGTERM', () => { console.log('told'); setTimeout(() => process.exit(75), 300) });
      setInterval(() => undefined, 1000);
      console.log('begun');`;
      const path = join(scratch, `${signal}.sbatch`);
      writeFileSync(path, scriptFor(program));
      const shell = spawn(BASH, [path], { env: ENVIRONMENT });
      let [stdout, stderr] = ['', ''];
      shell.stderr.on('data', (data) => (stderr += String(data)));
      const isBegun = new Promise<void>((resolve) => {
        shell.stdout.on('data', (data) => {
          stdout += String(data);
          if (stdout.includes('begun')) resolve();
        });
      });
      await isBegun;
      shell.kill(signal);
      const [code] = (await once(shell, 'close')) as [number];
      expect({ code, stdout }).toEqual({ code: 75, stdout: 'begun\ntold\n' });
      // There is no Slurm on the PATH: bash complains about what it wanted to call. The call itself is tried by tools/slurm.
      if (asksToComeBack) expect(stderr).toMatch(/scontrol: command not found/);
      else expect(stderr).toBe('');
    },
  );

  it('does not ask to come back for ever', async () => {
    const path = join(scratch, 'often.sbatch');
    writeFileSync(path, scriptFor(`process.on('SIGTERM', () => process.exit(75)); setInterval(() => undefined, 1000); console.log('begun')`)); // prettier-ignore
    const shell = spawn(BASH, [path], { env: { ...ENVIRONMENT, SLURM_RESTART_COUNT: '20' } });
    let stderr = '';
    shell.stderr.on('data', (data) => (stderr += String(data)));
    await once(shell.stdout, 'data');
    shell.kill('SIGUSR1');
    const [code] = (await once(shell, 'close')) as [number];
    expect(code).toBe(75);
    expect(stderr).toBe('efface: the time was up 20 times; ask for more time or fewer cases a shard\n');
  });
});

const SETTINGS: SlurmSettings = {
  partition: 'gpu,long',
  account: 'neuro',
  time: '1-02:00:00',
  mem: '16G',
  cpusPerTask: 4,
  gres: 'gpu:a100:1',
  arrayLimit: 8,
  sbatchArguments: ['--qos=low', '--exclusive'],
};

const directivesOf = (script: string): string[] =>
  script.split('\n').filter((line) => line.startsWith('#SBATCH')).map((line) => line.slice(8)); // prettier-ignore

describe('the options of the scripts', () => {
  const job: ClusterJob = { cohort: NASTY, shards: 6, command: ['efface'], runArguments: [], settings: SETTINGS };

  it('are those that were asked for, with no path among them', () => {
    const common = ['--open-mode=append', '--requeue', '--nodes=1', '--ntasks=1'];
    const asked = ['--partition=gpu,long', '--account=neuro', '--time=1-02:00:00', '--mem=16G', '--qos=low', '--exclusive']; // prettier-ignore
    const own = ['--array=0-5%8', '--signal=B:USR1@60', '--gres=gpu:a100:1', '--cpus-per-task=4'];
    expect(directivesOf(arrayScript(job))).toEqual(['--job-name=efface', '--output=shard-%a.log', ...common, ...own, ...asked]); // prettier-ignore
    expect(directivesOf(mergeScript(job))).toEqual(['--job-name=efface-merge', '--output=merge.log', ...common, ...asked]); // prettier-ignore
    expect(directivesOf(arrayScript({ ...job, settings: {} }))).toContain('--array=0-5');
  });

  it('come before any command, else sbatch would not read them', () => {
    for (const script of [arrayScript(job), mergeScript(job)]) {
      const lines = script.split('\n');
      const firstCommand = lines.findIndex((line) => line !== '' && !line.startsWith('#'));
      expect(lines.findLastIndex((line) => line.startsWith('#SBATCH'))).toBeLessThan(firstCommand);
    }
  });

  it.each([
    [{ partition: 'a b' }, '--partition "a b"'],
    [{ partition: 'gpu\n#SBATCH --uid=0' }, '--partition'],
    [{ partition: '-x' }, '--partition'],
    [{ partition: '' }, '--partition'],
    [{ account: 'a;b' }, '--account'],
    [{ time: 'long' }, '--time'],
    [{ time: '10:00 --uid=0' }, '--time'],
    [{ mem: '8 GB' }, '--mem'],
    [{ gres: 'gpu:1\n' }, '--gres'],
    [{ gres: 'gpu:$(id)' }, '--gres'],
    [{ sbatchArguments: ['--qos=a b'] }, '--sbatch-arg'],
    [{ sbatchArguments: ['--comment="x'] }, '--sbatch-arg'],
    [{ sbatchArguments: ['--comment=x#y'] }, '--sbatch-arg'],
    [{ sbatchArguments: ['-n4'] }, '--sbatch-arg'],
    [{ sbatchArguments: ['--array=0-99'] }, '--array is set by efface'],
    [{ sbatchArguments: ['--wrap=reboot'] }, '--wrap is set by efface'],
  ] as const)('are refused when they are no words: %j', (settings, told) => {
    expect(() => {
      checkSettings(settings);
    }).toThrow(SlurmError);
    expect(() => {
      checkSettings(settings);
    }).toThrow(told);
  });

  it('are let through when they are', () => {
    checkSettings(SETTINGS);
    for (const time of ['30', '90:00', '4:00:00', '2-12', '2-12:30']) checkSettings({ time });
    for (const argument of ['--qos=low', '--exclude=node[1-4],node7', '--constraint=a100&nvlink', '--mail-user=a.b@c.org', '--exclusive']) checkSettings({ sbatchArguments: [argument] }); // prettier-ignore
  });
});
