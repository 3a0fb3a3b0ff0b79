import { copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openScan, openStudy } from './open.ts';
import { buildNifti, UNIT_SFORM } from './testing/build-nifti.ts';
import { temporaryFolder } from './testing/temp-folder.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
let root = '';
let count = 0;

const IMAGE = buildNifti({ dim: [3, 2, 3, 4], datatype: 2, sform: UNIT_SFORM, voxels: new Uint8Array(24) });

beforeEach(() => {
  root = join(folder.path, `case-${count++}`);
  mkdirSync(join(root, 'deep/er'), { recursive: true });
});

function put(name: string, content: Uint8Array | string): string {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
}

const notFound = (code: string): object => ({ code, exit: 'inputNotFound' });

describe('opening a path', () => {
  it('knows NIfTI by its content, whatever the name', async () => {
    for (const [name, content] of [
      ['a.nii', IMAGE],
      ['b.nii.gz', gzipSync(IMAGE)],
      ['c.dat', IMAGE],
      ['d.bin', gzipSync(IMAGE)],
      ['e.nii', gzipSync(IMAGE)],
    ] as const) {
      const scan = await openScan(put(name, content));
      expect(scan).toMatchObject({ kind: 'nifti', label: name });
      expect(scan.outputExtension).toBe(content === IMAGE ? '.nii' : '.nii.gz');
    }
  });

  it('finds the one image below a folder and says what it did not look at', async () => {
    renameSync(put('image.nii', IMAGE), join(root, 'deep/er/image.nii'));
    put('notes.txt', 'text');
    put('archive.gz', gzipSync('text'));
    put('.hidden.nii', IMAGE);
    symlinkSync(root, join(root, 'deep/circle'));
    symlinkSync(join(root, 'nowhere'), join(root, 'dangling'));
    const study = await openStudy(root);
    expect(study.entries).toMatchObject([{ kind: 'nifti', id: 'image.nii', nFiles: 1 }]);
    expect(study.skipped.map((s) => s.code)).toEqual([
      'INPUT_NOT_FOUND', 'INPUT_UNKNOWN_FORMAT', 'INPUT_UNKNOWN_FORMAT',
    ]); // prettier-ignore
    expect((await openScan(root)).volume.grid.sizeIjk).toEqual([2, 3, 4]);
  });

  it('asks which of several, and takes the name of one', async () => {
    const a = put('a.nii', IMAGE);
    copyFileSync(a, join(root, 'b.nii'));
    await expect(openScan(root)).rejects.toMatchObject({ code: 'INPUT_SEVERAL_IMAGES', exit: 'usage' });
    await expect(openScan(root)).rejects.toThrow(/a\.nii .*\n.*b\.nii /);
    expect((await openScan(root, { series: 'b.nii' })).label).toBe('b.nii');
    expect((await openScan(root, { series: a })).label).toBe('a.nii');
    await expect(openScan(root, { series: 'c.nii' })).rejects.toMatchObject({ code: 'INPUT_SERIES_UNKNOWN' });
  });

  it('lists refused images with their reason, and opens the one that is not refused', async () => {
    put('good.nii', IMAGE);
    put('lost.nii', buildNifti({ dim: [3, 2, 3, 4], datatype: 2, voxels: new Uint8Array(24) }));
    put('text.nii', 'text');
    put('pair.hdr', buildNifti({ dim: [3, 2, 3, 4], magic: 'ni1\0', voxels: new Uint8Array(0) }));
    const { entries } = await openStudy(root);
    expect(entries.map((e) => [e.id, e.refusal?.code])).toEqual([
      ['good.nii', undefined],
      ['lost.nii', 'NIFTI_NO_ORIENTATION'],
      ['pair.hdr', 'NIFTI_PAIR'],
      ['text.nii', 'NIFTI_WRONG_MAGIC'],
    ]);
    expect((await openScan(root)).label).toBe('good.nii');
    const lost = openScan(root, { series: 'lost.nii' });
    await expect(lost).rejects.toMatchObject({ code: 'NIFTI_NO_ORIENTATION', exit: 'inputRefused' });
    expect((await openScan(root, { series: 'lost.nii', allowUnknownOrientation: true })).label).toBe('lost.nii');
  });

  it('says what a single damaged file suffers from', async () => {
    const path = put('x.nii', IMAGE.subarray(0, 370));
    await expect(openScan(path)).rejects.toMatchObject({ code: 'NIFTI_TRUNCATED', exit: 'inputCorrupt' });
  });

  it('finds nothing where there is nothing', async () => {
    await expect(openStudy(root)).rejects.toMatchObject(notFound('INPUT_EMPTY'));
    await expect(openStudy(join(root, 'absent'))).rejects.toMatchObject(notFound('INPUT_NOT_FOUND'));
    const text = put('notes.txt', 'text');
    await expect(openStudy(text)).rejects.toMatchObject(notFound('INPUT_NO_IMAGE'));
    await expect(openScan(root)).rejects.toThrow(`${text}: is no image efface reads [INPUT_UNKNOWN_FORMAT]`);
  });
});
