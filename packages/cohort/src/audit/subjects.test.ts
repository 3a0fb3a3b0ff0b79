import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listSubjects, sourceName } from './subjects.ts';

describe('the subjects of a set', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'efface-subjects-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('of a folder are its files and folders, by name', async () => {
    for (const name of ['b.nii.gz', 'a.NII', 'c.v2.jpg', '.hidden', 'd.dcm']) await writeFile(join(folder, name), '');
    await mkdir(join(folder, 'e'));
    const found = await listSubjects(folder);
    expect(found.map(({ subject, kind }) => [subject, kind])).toEqual([
      ['a', 'scan'],
      ['b', 'scan'],
      ['c.v2', 'photograph'],
      ['d', 'scan'],
      ['e', 'scan'],
    ]);
    expect(found[0].path).toBe(join(folder, 'a.NII'));
  });

  it('of a manifest are its lines; paths are relative to it', async () => {
    const path = join(folder, 'set.csv');
    await writeFile(path, '\ufeffsubject,session,method,path\n"B, junior",2,reface,x/b.nii\nA,,,/abs/a.png\n');
    expect(await listSubjects(path)).toEqual([
      { subject: 'A', session: '', method: '', path: '/abs/a.png', kind: 'photograph' },
      { subject: 'B, junior', session: '2', method: 'reface', path: join(folder, 'x/b.nii'), kind: 'scan' },
    ]);
    const [a, b] = await listSubjects(path);
    expect([sourceName(a), sourceName(b)]).toEqual(['A', 'B, junior/2/reface']);
  });

  it.each([
    ['subject,path\nA,\n', 'line 2 has no path'],
    ['subject,path\nA,a.nii\n,b.nii\n', 'line 3 has no subject'],
    ['subject,file\nA,a.nii\n', 'column 2 is none that is known'],
    ['subject,path\n"A,a.nii\n', 'is no CSV table'],
  ])('a manifest %j is refused: %s', async (text, message) => {
    const path = join(folder, 'set.csv');
    await writeFile(path, text);
    await expect(listSubjects(path)).rejects.toThrow(message);
  });

  it('what is not there, empty or of another kind is refused', async () => {
    await expect(listSubjects(join(folder, 'none'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
    await expect(listSubjects(folder)).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
    const path = join(folder, 'set.txt');
    await writeFile(path, 'a');
    await expect(listSubjects(path)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });
});
