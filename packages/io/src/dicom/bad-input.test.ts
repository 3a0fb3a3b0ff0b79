import { mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EffaceError } from '@efface/volume';
import { openScan, openStudy } from '../open.ts';
import { buildDicom, writeSeriesFiles } from '../testing/build-dicom.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
let folders = 0;

/** (7FE0,0010) in little-endian order. */
const PIXEL_TAG = Buffer.from('e07f1000', 'hex');

function series(): { readonly folder: string; readonly files: readonly string[] } {
  const folder = join(temporary.path, String(folders++));
  return { folder, files: writeSeriesFiles(folder) };
}

/** Opens a folder that must fail; returns the error. */
async function failure(folder: string): Promise<EffaceError> {
  const error = await openScan(folder).catch((thrown: unknown) => thrown);
  if (!(error instanceof EffaceError)) throw new Error(`no EffaceError: ${String(error)}`);
  return error;
}

describe('long headers', () => {
  it.each([2 ** 15, 2 ** 15 - 2, 2 ** 15 + 2, 2 ** 17, 200_000])(
    'are read on when the first piece of %i bytes ends anywhere, also between two elements',
    async (end) => {
      const folder = join(temporary.path, `long-${end}`);
      // Private bytes that end with the first piece, or just before or after its end.
      const [path] = writeSeriesFiles(join(temporary.path, `probe-${end}`), { nSlices: 1 });
      const start = readFileSync(path).indexOf(PIXEL_TAG);
      const fill = Buffer.alloc(end - start - 12, 0x41);
      writeSeriesFiles(folder, { elements: () => [['70011001', 'OB', fill]] });
      const [first] = readdirSync(folder);
      expect(readFileSync(join(folder, first)).indexOf(PIXEL_TAG)).toBe(end);
      expect((await openScan(folder)).volume.grid.sizeIjk).toEqual([5, 4, 6]);
    },
  );
});

describe('damaged files', () => {
  it('a slice cut anywhere spoils its series and is named, or is told apart', async () => {
    const { folder, files } = series();
    const whole = readFileSync(files[2]);
    for (let length = 0; length < whole.length; length += 7) {
      writeFileSync(files[2], whole.subarray(0, length));
      const { entries, skipped } = await openStudy(folder);
      const refused = entries.filter(({ refusal }) => refusal !== undefined);
      expect([...refused.map(({ refusal }) => refusal?.message), ...skipped.map(({ message }) => message)].join()).toContain(files[2]); // prettier-ignore
      // Never six slices, never five without a word: slice 2 of 6 is missing in the middle.
      expect(entries.every(({ refusal }) => refusal !== undefined)).toBe(true);
    }
  });

  it('truncated pixel data end with the exit code of corrupt input', async () => {
    const { folder, files } = series();
    truncateSync(files[0], readFileSync(files[0]).length - 3);
    const error = await failure(folder);
    expect(error).toMatchObject({ code: 'DICOM_TRUNCATED', exit: 'inputCorrupt' });
    expect(error.message).toContain(files[0]);
  });

  it('a file that shrinks between header and pixels is noticed', async () => {
    const { folder, files } = series();
    const { entries } = await openStudy(folder);
    truncateSync(files[1], readFileSync(files[1]).length - 3);
    await expect(entries[0].open()).rejects.toMatchObject({ code: 'DICOM_TRUNCATED' });
  });

  it('any single damaged byte gives an image or an error with a code, nothing else', async () => {
    const { folder, files } = series();
    const whole = readFileSync(files[3]);
    const headerEnd = whole.length - 40;
    for (let at = 132; at < headerEnd; at += 3) {
      const damaged = Buffer.from(whole);
      damaged[at] ^= 0xff;
      writeFileSync(files[3], damaged);
      for (const entry of (await openStudy(folder)).entries)
        await entry.open().catch((error: unknown) => expect(error).toBeInstanceOf(EffaceError));
    }
  });

  it('text with the name of a DICOM file is corrupt, with another name unknown', async () => {
    const folder = join(temporary.path, 'text');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.dcm'), 'this is no DICOM');
    writeFileSync(join(folder, 'b.txt'), 'nor is this');
    const { entries, skipped } = await openStudy(folder);
    expect(entries.map(({ refusal }) => refusal?.code)).toEqual(['DICOM_NOT_DICOM']);
    expect(skipped.map(({ code }) => code)).toEqual(['INPUT_UNKNOWN_FORMAT']);
    expect((await failure(folder)).exit).toBe('inputCorrupt');
  });

  it('an unknown transfer syntax is refused by name', async () => {
    const folder = join(temporary.path, 'syntax');
    mkdirSync(folder);
    const video = buildDicom({ elements: [['00080018', 'UI', '1.2']], transferSyntax: '1.2.840.10008.1.2.4.102' });
    writeFileSync(join(folder, 'a'), video);
    const error = await failure(folder);
    expect(error).toMatchObject({ code: 'DICOM_UNSUPPORTED_SYNTAX', exit: 'inputRefused' });
    expect(error.message).toContain('1.2.840.10008.1.2.4.102');
  });

  it('a sequence nested without end is damaged', async () => {
    const folder = join(temporary.path, 'nested');
    mkdirSync(folder);
    const open = Buffer.from('FEFF00E0FFFFFFFF', 'hex');
    const start = Buffer.concat([Buffer.from('08001511', 'hex'), Buffer.from('SQ\0\0\xff\xff\xff\xff', 'latin1')]);
    const levels = Array.from({ length: 10_000 }, () => [start, open]).flat();
    writeFileSync(join(folder, 'a.dcm'), Buffer.concat([buildDicom({ elements: [] }), ...levels]));
    expect((await failure(folder)).code).toBe('DICOM_DAMAGED');
  });
});

describe('folders', () => {
  it('an empty one and one that links to itself end with a reason', async () => {
    const folder = join(temporary.path, 'empty');
    mkdirSync(folder);
    expect((await failure(folder)).code).toBe('INPUT_EMPTY');
    symlinkSync(folder, join(folder, 'again'));
    expect((await failure(folder)).exit).toBe('inputNotFound');
    writeSeriesFiles(join(folder, 'series'));
    expect((await openScan(folder)).volume.grid.sizeIjk).toEqual([5, 4, 6]);
  });
});
