import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readNrrd } from './read-nrrd.ts';

const folder = mkdtempSync(join(tmpdir(), 'efface-nrrd-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const FIELDS = {
  type: 'short', dimension: '3', space: 'right-anterior-superior', sizes: '3 2 1', 'space directions': '(2,0,0) (0,3,0) (0,0,4)',
  'space origin': '(10,20,30)', endian: 'little', encoding: 'raw',
}; // prettier-ignore

function write(changes: Readonly<Record<string, string | undefined>> = {}, data: Uint8Array = values(false)): string {
  const lines = Object.entries({ ...FIELDS, ...changes }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`])); // prettier-ignore
  const path = join(folder, 'image.nrrd');
  writeFileSync(
    path,
    Buffer.concat([Buffer.from(`NRRD0004\n# a comment: not a field\n${lines.join('\n')}\n\n`), data]),
  );
  return path;
}

/** −1, 0, 1, 2, 3, 500 as 16-bit numbers. */
function values(isBig: boolean): Buffer {
  const bytes = Buffer.from(Int16Array.of(-1, 0, 1, 2, 3, 500).buffer);
  return isBig ? bytes.swap16() : bytes;
}

describe('a NRRD file', () => {
  it.each([
    ['raw', {}, values(false)],
    ['big-endian', { endian: 'big' }, values(true)],
    ['gzip', { encoding: 'gzip' }, gzipSync(values(false))],
  ])('has its values and lies where it says: %s', async (_, changes, data) => {
    const { grid, voxels, type } = await readNrrd(write(changes, data));
    expect([...(voxels as Int16Array)]).toEqual([-1, 0, 1, 2, 3, 500]);
    expect(type).toBe('i16');
    expect(grid.sizeIjk).toEqual([3, 2, 1]);
    // RAS to LPS turns the first two coordinates round.
    expect(grid.affineIjkToLps).toEqual([-2, 0, 0, -10, 0, -3, 0, -20, 0, 0, 4, 30]);
  });

  it('may keep its values in a file beside it, and in no other place', async () => {
    writeFileSync(join(folder, 'values.raw'), values(false));
    const beside = await readNrrd(write({ 'data file': 'values.raw' }, new Uint8Array(0)));
    expect(beside.voxels[5]).toBe(500);
    for (const name of ['../values.raw', '/etc/hostname', 'LIST'])
      await expect(readNrrd(write({ 'data file': name }))).rejects.toMatchObject({ code: 'NRRD_UNSUPPORTED' });
  });

  it.each([
    ['another space', { space: 'scanner-xyz' }, 'NRRD_UNSUPPORTED'],
    ['no space', { space: undefined }, 'NRRD_UNSUPPORTED'],
    ['four dimensions', { dimension: '4' }, 'NRRD_UNSUPPORTED'],
    ['blocks', { type: 'block' }, 'NRRD_UNSUPPORTED'],
    ['text', { encoding: 'ascii' }, 'NRRD_UNSUPPORTED'],
    ['a skip', { 'byte skip': '4' }, 'NRRD_UNSUPPORTED'],
    ['no sizes', { sizes: undefined }, 'NRRD_BAD_HEADER'],
    ['sizes that are none', { sizes: '3 x 1' }, 'NRRD_BAD_HEADER'],
    ['two directions', { 'space directions': '(1,0,0) (0,1,0)' }, 'NRRD_BAD_HEADER'],
    ['more values than it has', { sizes: '3 2 2' }, 'NRRD_TRUNCATED'],
    ['axes of no length', { 'space directions': '(0,0,0) (0,0,0) (0,0,0)' }, 'NRRD_BAD_HEADER'],
    ['parallel axes', { 'space directions': '(1,0,0) (1,0,0) (0,0,1)' }, 'NRRD_BAD_HEADER'],
    ['axes of kilometres', { 'space directions': '(1e9,0,0) (0,1,0) (0,0,1)' }, 'NRRD_BAD_HEADER'],
    ['a petabyte', { sizes: '100000 100000 50000' }, 'NRRD_UNSUPPORTED'],
    ['data elsewhere', { 'data file': '../other.raw' }, 'NRRD_UNSUPPORTED'],
    ['data that are not there', { 'data file': 'none.raw' }, 'INPUT_NOT_FOUND'],
    ['a damaged gzip stream', { encoding: 'gzip' }, 'NRRD_TRUNCATED'],
  ])('is refused for %s', async (_, changes, code) => {
    const path = write(changes);
    await expect(readNrrd(path)).rejects.toMatchObject({ code });
    await expect(readNrrd(path)).rejects.toThrow(path);
  });

  it('is not inflated beyond what its header explains', async () => {
    const path = write({ encoding: 'gzip' }, gzipSync(Buffer.alloc(2 ** 26)));
    await expect(readNrrd(path)).rejects.toThrow('many more bytes of values than its header explains');
  });

  it('is refused without a word of its text, which can be a name', async () => {
    for (const field of ['type', 'dimension', 'space', 'encoding'])
      await expect(readNrrd(write({ [field]: 'Somebody' }))).rejects.not.toThrow('Somebody');
  });

  it('starts with NRRD', async () => {
    const path = join(folder, 'other.nrrd');
    writeFileSync(path, 'no image');
    await expect(readNrrd(path)).rejects.toMatchObject({ code: 'NRRD_WRONG_MAGIC' });
    await expect(readNrrd(join(folder, 'none.nrrd'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });
});
