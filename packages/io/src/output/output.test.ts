import { spawnSync } from 'node:child_process';
import {
  existsSync, linkSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, symlinkSync, writeFileSync,
} from 'node:fs'; // prettier-ignore
import { hostname } from 'node:os';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temp-folder.ts';
import { safeParts } from './destination.ts';
import { sha256OfFile } from './hash-file.ts';
import { OutputFile, OutputFolder } from './output.ts';
import { abortAll, parseStagingName, stagingName } from './staging.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
let root = '';
let count = 0;

beforeEach(() => {
  root = join(folder.path, `case-${count++}`);
  mkdirSync(root);
});

const place = (name: string): string => join(root, name);
const names = (): string[] => readdirSync(root).sort();
const failsWith = (code: string): object => ({ code, exit: 'output' });

async function put(output: OutputFolder, relative: string, text: string): Promise<void> {
  writeFileSync(await output.path(relative), text);
}

/** A process number that was alive and is not any more. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe('an output folder', () => {
  it('is not there before commit and whole after it', async () => {
    const output = await OutputFolder.create(place('out'));
    await put(output, 'record.json', '{}');
    await put(output, 'pictures/front/before.png', 'x');
    expect(existsSync(place('out'))).toBe(false);
    expect(names().filter((name) => !name.startsWith('.'))).toEqual([]);
    await output.commit();
    expect(names()).toEqual(['out']);
    expect(readFileSync(place('out/pictures/front/before.png'), 'utf8')).toBe('x');
  });

  it('leaves nothing after abort, missing parents included, and aborts when its scope ends', async () => {
    {
      await using output = await OutputFolder.create(place('a/b/out'));
      await put(output, 'x', 'x');
      expect(existsSync(place('a/b'))).toBe(true);
    }
    expect(names()).toEqual([]);
    const output = await OutputFolder.create(place('out'));
    await output.abort();
    await output.abort();
    await expect(output.commit()).rejects.toMatchObject(failsWith('OUTPUT_ABORTED'));
    await expect(output.path('x')).rejects.toMatchObject(failsWith('OUTPUT_ABORTED'));
    expect(names()).toEqual([]);
  });

  it('keeps parents that somebody else uses by now', async () => {
    const output = await OutputFolder.create(place('a/b/out'));
    writeFileSync(place('a/other'), '');
    await output.abort();
    expect(readdirSync(place('a'))).toEqual(['other']);
  });

  it('takes an empty folder for none, and no other', async () => {
    mkdirSync(place('out'));
    const output = await OutputFolder.create(place('out'));
    await put(output, 'x', 'new');
    await output.commit();
    expect(readdirSync(place('out'))).toEqual(['x']);
    await expect(OutputFolder.create(place('out'))).rejects.toMatchObject(failsWith('OUTPUT_EXISTS'));
    writeFileSync(place('file'), '');
    await expect(OutputFolder.create(place('file'))).rejects.toMatchObject(failsWith('OUTPUT_EXISTS'));
    await expect(OutputFolder.create(place('file'), { overwrite: true })).rejects.toThrow('is a file');
    await expect(OutputFolder.create(place('file/below'))).rejects.toMatchObject(failsWith('OUTPUT_UNWRITABLE'));
    expect(names()).toEqual(['file', 'out']);
  });

  it('loses the race against an empty folder that is filled meanwhile, be it by another run', async () => {
    mkdirSync(place('out'));
    const output = await OutputFolder.create(place('out'));
    await put(output, 'record.json', 'mine');
    writeFileSync(place('out/record.json'), 'theirs');
    await expect(output.commit()).rejects.toMatchObject(failsWith('OUTPUT_EXISTS'));
    expect(readFileSync(place('out/record.json'), 'utf8')).toBe('theirs');
    expect(names()).toEqual(['out']);
  });

  it('loses the race against a folder that appears meanwhile', async () => {
    const output = await OutputFolder.create(place('out'));
    await put(output, 'x', 'mine');
    mkdirSync(place('out'));
    writeFileSync(place('out/x'), 'theirs');
    await expect(output.commit()).rejects.toMatchObject({ exit: 'output' });
    expect(readFileSync(place('out/x'), 'utf8')).toBe('theirs');
    expect(names()).toEqual(['out']);
  });

  it('replaces an old output as a whole, and nothing that is no output', async () => {
    mkdirSync(place('out'));
    writeFileSync(place('out/old.txt'), 'old');
    await expect(OutputFolder.create(place('out'), { overwrite: true })).rejects.toMatchObject(
      failsWith('OUTPUT_NOT_OURS'),
    );
    writeFileSync(place('out/record.json'), '{}');
    const dropped = await OutputFolder.create(place('out'), { overwrite: true });
    await put(dropped, 'new.txt', 'new');
    await dropped.abort();
    expect(readdirSync(place('out')).sort()).toEqual(['old.txt', 'record.json']);
    const output = await OutputFolder.create(place('out'), { overwrite: true });
    await put(output, 'new.txt', 'new');
    expect(readdirSync(place('out')).sort()).toEqual(['old.txt', 'record.json']);
    await output.commit();
    expect(readdirSync(place('out'))).toEqual(['new.txt']);
    expect(names()).toEqual(['out']);
  });

  it('takes no name that leaves it', async () => {
    await using output = await OutputFolder.create(place('out'));
    for (const name of ['../x', '/etc/x', 'a/../../x', '', '.', 'a//b', 'a/', 'a\0b', 'a\\..\\b', 'C:x', '..'])
      await expect(output.path(name), name).rejects.toMatchObject(failsWith('OUTPUT_BAD_NAME'));
    expect(await output.path('a..b/...c')).toMatch(/a\.\.b\/\.\.\.c$/);
  });

  it('has only names below it, whatever the text', () => {
    const text = fc.array(fc.constantFrom('/', '.', '..', 'a', '\0', '\\', 'C:', ' '), { maxLength: 8 });
    fc.assert(
      fc.property(text, (parts) => {
        const name = parts.join('');
        let safe: string[];
        try {
          safe = safeParts(name);
        } catch {
          return;
        }
        expect(join('/base', ...safe).startsWith('/base/')).toBe(true);
        expect(join('/base', ...safe)).toBe(`/base/${name}`);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('an output file', () => {
  it('appears whole, ends like its place while it is written, and replaces only when told', async () => {
    const output = await OutputFile.create(place('x.nii.gz'));
    expect(output.path.endsWith('.nii.gz')).toBe(true);
    expect(dirname(output.path)).toBe(realpathSync(root));
    writeFileSync(output.path, 'one');
    expect(existsSync(place('x.nii.gz'))).toBe(false);
    await output.commit();
    expect(names()).toEqual(['x.nii.gz']);
    await expect(OutputFile.create(place('x.nii.gz'))).rejects.toMatchObject(failsWith('OUTPUT_EXISTS'));
    const next = await OutputFile.create(place('x.nii.gz'), { overwrite: true });
    writeFileSync(next.path, 'two');
    expect(readFileSync(place('x.nii.gz'), 'utf8')).toBe('one');
    await next.commit();
    expect(readFileSync(place('x.nii.gz'), 'utf8')).toBe('two');
    expect(names()).toEqual(['x.nii.gz']);
  });

  it('loses the race against a file that appears meanwhile', async () => {
    const output = await OutputFile.create(place('x.png'));
    writeFileSync(output.path, 'mine');
    writeFileSync(place('x.png'), 'theirs');
    await expect(output.commit()).rejects.toMatchObject(failsWith('OUTPUT_EXISTS'));
    expect(readFileSync(place('x.png'), 'utf8')).toBe('theirs');
    expect(names()).toEqual(['x.png']);
  });

  it('is never a folder', async () => {
    mkdirSync(place('x.nii'));
    await expect(OutputFile.create(place('x.nii'), { overwrite: true })).rejects.toMatchObject(
      failsWith('OUTPUT_EXISTS'),
    );
  });

  it('may have a name as long as the file system allows', async () => {
    const output = await OutputFile.create(place(`${'x'.repeat(250)}.nii`));
    writeFileSync(output.path, '');
    await output.commit();
    expect(names()[0].length).toBe(254);
  });
});

describe('inputs are safe', () => {
  const overwrite = true;

  it('from an output that is the input, by any name', async () => {
    writeFileSync(place('in.nii'), 'scan');
    symlinkSync(root, join(folder.path, `link-${count}`));
    linkSync(place('in.nii'), place('hard.nii'));
    const inputs = [place('in.nii')];
    for (const same of [place('in.nii'), join(folder.path, `link-${count}`, 'in.nii'), place('hard.nii')])
      await expect(OutputFile.create(same, { overwrite, inputs })).rejects.toMatchObject(failsWith('OUTPUT_IS_INPUT'));
    expect(readFileSync(place('in.nii'), 'utf8')).toBe('scan');
  });

  it('from an output inside the input folder or around the input', async () => {
    mkdirSync(place('in/series'), { recursive: true });
    writeFileSync(place('in/record.json'), '');
    const inputs = [place('in/series')];
    const isInput = failsWith('OUTPUT_IS_INPUT');
    await expect(OutputFolder.create(place('in/series/out'), { inputs })).rejects.toMatchObject(isInput);
    await expect(OutputFolder.create(place('in/series/deep/out'), { inputs })).rejects.toMatchObject(isInput);
    await expect(OutputFolder.create(place('in'), { inputs, overwrite })).rejects.toMatchObject(isInput);
    await expect(OutputFolder.create(place('in/series'), { inputs })).rejects.toMatchObject(isInput);
    expect(readdirSync(place('in/series'))).toEqual([]);
    const beside = await OutputFolder.create(place('in/out'), { inputs });
    await beside.commit();
    expect(readdirSync(place('in')).sort()).toEqual(['out', 'record.json', 'series']);
  });

  it('and a place that is a link is refused', async () => {
    mkdirSync(place('real'));
    symlinkSync(place('real'), place('link'));
    await expect(OutputFolder.create(place('link'))).rejects.toMatchObject(failsWith('OUTPUT_SYMLINK'));
    symlinkSync(place('b'), place('a'));
    symlinkSync(place('a'), place('b'));
    await expect(OutputFolder.create(place('a/out'))).rejects.toMatchObject({ exit: 'output' });
  });
});

describe('unfinished business', () => {
  it('is dropped at once by abortAll', async () => {
    const one = await OutputFolder.create(place('one'));
    await put(one, 'deep/x', 'x');
    const two = await OutputFile.create(place('two.nii'));
    writeFileSync(two.path, 'x');
    const done = await OutputFile.create(place('done.nii'));
    writeFileSync(done.path, 'x');
    await done.commit();
    expect(abortAll()).toBe(2);
    expect(abortAll()).toBe(0);
    expect(names()).toEqual(['done.nii']);
    await expect(one.commit()).rejects.toMatchObject(failsWith('OUTPUT_ABORTED'));
  });

  it('of a killed process is swept by the next run on the same place, that of others is not', async () => {
    const dead = deadPid();
    const stale = stagingName('out', 'new', dead);
    const others = [
      stagingName('out', 'new', process.ppid),
      stagingName('elsewhere', 'new', dead),
      stale.replace(createHash('sha256').update(hostname()).digest('hex').slice(0, 8), '00000000'),
      '.efface-notes',
    ];
    for (const name of [stale, ...others]) {
      mkdirSync(place(name));
      writeFileSync(place(join(name, 'half')), '');
    }
    const output = await OutputFolder.create(place('out'));
    await output.commit();
    expect(names()).toEqual(['out', ...others].sort());
  });

  it('an old output that was moved aside by a killed process is put back', async () => {
    const aside = stagingName('out', 'old', deadPid());
    mkdirSync(place(aside));
    writeFileSync(join(place(aside), 'record.json'), 'old');
    await expect(OutputFolder.create(place('out'))).rejects.toMatchObject(failsWith('OUTPUT_EXISTS'));
    expect(readFileSync(place('out/record.json'), 'utf8')).toBe('old');
    expect(names()).toEqual(['out']);
  });

  it('however often a process is killed, the next run finds a whole output, old or new', async () => {
    const script = `
      import { writeFileSync } from 'node:fs';
      const { OutputFolder } = await import(${JSON.stringify(join(import.meta.dirname, 'output.ts'))});
      process.stdout.write('ready');
      for (let n = 0; ; n++) {
        const output = await OutputFolder.create(${JSON.stringify(place('out'))}, { overwrite: true });
        for (const name of ['record.json', 'a', 'b']) writeFileSync(await output.path(name), String(n));
        await output.commit();
      }`;
    for (let round = 0; round < 8; round++) {
      spawnSync(process.execPath, ['--input-type=module', '-e', script], {
        timeout: 400 + 37 * round,
        killSignal: 'SIGKILL',
      });
      // The next run puts back what was moved aside; it then finds a whole output or none.
      await OutputFolder.create(place('out'), { overwrite: true }).then((output) => output.abort());
      expect(names().filter((name) => name !== 'out')).toEqual([]);
      if (!existsSync(place('out'))) continue;
      expect(readdirSync(place('out')).sort()).toEqual(['a', 'b', 'record.json']);
      const texts = ['record.json', 'a', 'b'].map((name) => readFileSync(place(`out/${name}`), 'utf8'));
      expect(new Set(texts).size).toBe(1);
    }
    expect(existsSync(place('out'))).toBe(true);
  });

  it.skipIf(process.getuid?.() === 0)('a place without permission is named (root may write everything)', async () => {
    mkdirSync(place('locked'), { mode: 0o555 });
    await expect(OutputFolder.create(place('locked/out'))).rejects.toMatchObject(failsWith('OUTPUT_UNWRITABLE'));
  });

  it.skipIf(!existsSync('/proc/self'))('a place that cannot be written is named (needs /proc)', async () => {
    await expect(OutputFolder.create('/proc/self/out')).rejects.toMatchObject({ exit: 'output' });
    await expect(OutputFolder.create('/proc/self/out')).rejects.toThrow(/^\/proc\/.*\/out: cannot be written/);
  });
});

describe('names and hashes', () => {
  it('staging names say whose they are', () => {
    expect(parseStagingName(stagingName('out', 'old', 4711))).toMatchObject({ kind: 'old', pid: 4711 });
    expect(parseStagingName(`${stagingName('x.nii.gz', 'new')}.nii.gz`)).toMatchObject({ pid: process.pid });
    expect(parseStagingName('.efface-x.new')).toBeUndefined();
  });

  it('SHA-256 of "abc" is that of FIPS 180-2, appendix B.1', async () => {
    writeFileSync(place('abc'), 'abc');
    expect(await sha256OfFile(place('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    await expect(sha256OfFile(place('absent'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    expect(statSync(place('abc')).size).toBe(3);
  });
});
