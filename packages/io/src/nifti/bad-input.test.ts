import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { EffaceError } from '@efface/volume';
import { afterAll, describe, expect, it } from 'vitest';
import { buildNifti, type NiftiRecipe, UNIT_SFORM } from '../testing/build-nifti.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';
import { openNifti } from './nifti-scan.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
let files = 0;

function file(bytes: Uint8Array | string, extension = '.nii'): string {
  const path = join(folder.path, `${files++}${extension}`);
  writeFileSync(path, bytes);
  return path;
}

const GOOD: NiftiRecipe = { dim: [3, 4, 5, 6], sform: UNIT_SFORM, voxels: new Uint8Array(240) };

/** What opening it throws; the message names the file. */
async function refusal(path: string): Promise<{ code: string; exit: string; message: string }> {
  const error: unknown = await openNifti(path).then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(EffaceError);
  const { code, exit, message } = error as EffaceError;
  expect(message).toContain(path);
  return { code, exit, message };
}

const corrupt = (code: string, part: string): object => ({
  code,
  exit: 'inputCorrupt',
  message: expect.stringContaining(part) as unknown,
});
const refused = (code: string, part: string): object => ({ ...corrupt(code, part), exit: 'inputRefused' });
const notFound = (code: string): object => ({ code, exit: 'inputNotFound' });

describe('damaged headers', () => {
  const nan = Number.NaN;
  const inf = Number.POSITIVE_INFINITY;
  const quatern = [0, 0, 0];
  const offset = [0, 0, 0];
  const rows = (...values: number[]): NiftiRecipe['sform'] => ({ code: 1, rows: values });
  it.each<[string, Partial<NiftiRecipe>, object]>([
    ['dim[0] of 0', { dim: [0, 4, 5, 6] }, corrupt('NIFTI_BAD_HEADER', 'dim[0] must be 1 to 7')],
    ['dim[0] of 8', { dim: [8, 4, 5, 6] }, corrupt('NIFTI_BAD_HEADER', 'dim[0] must be 1 to 7')],
    ['a negative dim[0]', { dim: [-3, 4, 5, 6] }, corrupt('NIFTI_BAD_HEADER', 'dim[0] must be 1 to 7')],
    ['a size of 0', { dim: [3, 4, 0, 6] }, corrupt('NIFTI_BAD_HEADER', 'dim[2] must be 1 or more')],
    ['a negative size', { dim: [3, 4, 5, -6] }, corrupt('NIFTI_BAD_HEADER', 'dim[3] must be 1 or more')],
    ['32767³ voxels', { dim: [3, 32767, 32767, 32767] }, corrupt('NIFTI_TRUNCATED', '32767×32767×32767 voxels of i16')],
    [
      'sizes whose product overflows',
      { version: 2, dim: [3, 2 ** 40, 2 ** 40, 2 ** 40] },
      corrupt('NIFTI_BAD_HEADER', 'no file holds'),
    ],
    ['7 dimensions', { dim: [7, 2, 2, 2, 2, 2, 2, 2] }, refused('NIFTI_UNSUPPORTED_SHAPE', 'fifth dimension')],
    ['a 5-D vector image', { dim: [5, 2, 2, 2, 1, 3] }, refused('NIFTI_UNSUPPORTED_SHAPE', 'fifth dimension')],
    ['no type', { datatype: 0 }, refused('NIFTI_UNSUPPORTED_TYPE', 'no type at all')],
    ['bits', { datatype: 1 }, refused('NIFTI_UNSUPPORTED_TYPE', '1-bit')],
    ['complex voxels', { datatype: 32 }, refused('NIFTI_UNSUPPORTED_TYPE', 'complex')],
    ['RGB voxels', { datatype: 128 }, refused('NIFTI_UNSUPPORTED_TYPE', 'RGB')],
    ['128-bit floats', { datatype: 1536 }, refused('NIFTI_UNSUPPORTED_TYPE', '128-bit floats')],
    ['RGBA voxels', { datatype: 2304 }, refused('NIFTI_UNSUPPORTED_TYPE', 'RGBA')],
    ['an unknown type', { datatype: 77 }, refused('NIFTI_UNSUPPORTED_TYPE', 'code 77')],
    ['vox_offset inside the header', { voxOffset: 100 }, corrupt('NIFTI_BAD_HEADER', 'vox_offset is 100')],
    ['a negative vox_offset', { voxOffset: -352 }, corrupt('NIFTI_BAD_HEADER', 'vox_offset is -352')],
    ['a fractional vox_offset', { voxOffset: 352.5 }, corrupt('NIFTI_BAD_HEADER', 'vox_offset is 352.5')],
    ['vox_offset NaN', { voxOffset: nan }, corrupt('NIFTI_BAD_HEADER', 'vox_offset is NaN')],
    ['vox_offset of 1 TB', { voxOffset: 1e12 }, corrupt('NIFTI_BAD_HEADER', 'vox_offset is')],
    ['vox_offset behind the end', { voxOffset: 4096 }, corrupt('NIFTI_TRUNCATED', 'the file has only 592 bytes')],
    ['a slope without intercept', { slope: 2, intercept: nan }, corrupt('NIFTI_BAD_HEADER', 'scl_inter is NaN')],
    ['a unit that does not exist', { xyztUnits: 5 }, corrupt('NIFTI_BAD_HEADER', 'spatial unit 5')],
    ['an sform with NaN', { sform: rows(nan, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0) }, corrupt('NIFTI_BAD_AFFINE', 'finite')],
    ['an endless sform', { sform: rows(1, 0, 0, inf, 0, 1, 0, 0, 0, 0, 1, 0) }, corrupt('NIFTI_BAD_AFFINE', 'finite')],
    ['an sform of zeros', { sform: rows(...Array<number>(12).fill(0)) }, corrupt('NIFTI_BAD_AFFINE', 'singular')],
    [
      'an sform with two parallel axes',
      { sform: rows(1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0) },
      corrupt('NIFTI_BAD_AFFINE', 'singular'),
    ],
    [
      'a quaternion longer than 1',
      { sform: undefined, qform: { code: 1, quatern: [1, 1, 0], offset } },
      corrupt('NIFTI_BAD_AFFINE', 'longer than 1'),
    ],
    [
      'a quaternion with NaN',
      { sform: undefined, qform: { code: 1, quatern: [nan, 0, 0], offset } },
      corrupt('NIFTI_BAD_AFFINE', 'longer than 1'),
    ],
    [
      'a qform with a voxel edge of 0',
      { sform: undefined, qform: { code: 1, quatern, offset }, pixdim: [1, 1, 0, 1] },
      corrupt('NIFTI_BAD_AFFINE', 'pixdim[2] is 0'),
    ],
    [
      'a qform with a negative voxel edge',
      { sform: undefined, qform: { code: 1, quatern, offset }, pixdim: [1, -1, 1, 1] },
      corrupt('NIFTI_BAD_AFFINE', 'pixdim[1] is -1'),
    ],
    ['neither sform nor qform', { sform: undefined }, refused('NIFTI_NO_ORIENTATION', 'neither sform nor qform')],
    ['the magic of a pair', { magic: 'ni1\0' }, refused('NIFTI_PAIR', 'fslchfiletype')],
    ['the magic of an Analyze file', { magic: '\0\0\0\0' }, refused('NIFTI_ANALYZE', 'Analyze 7.5')],
    [
      'a NIfTI-2 magic without its tail',
      { version: 2, magic: 'n+2\0\n\x1a\n' },
      corrupt('NIFTI_WRONG_MAGIC', 'binary mode'),
    ],
    ['another NIfTI-2 magic', { version: 2, magic: 'x+2\0\r\n\x1a\n' }, corrupt('NIFTI_WRONG_MAGIC', 'magic is')],
  ])('%s', async (_, change, expected) => {
    for (const littleEndian of [true, false]) {
      expect(await refusal(file(buildNifti({ ...GOOD, littleEndian, ...change })))).toMatchObject(expected);
    }
  });
});

describe('damaged files', () => {
  const good = buildNifti(GOOD);
  it.each<[string, Uint8Array | string, object]>([
    ['empty', '', corrupt('NIFTI_WRONG_MAGIC', 'is empty')],
    ['text', 'subject,age\n1,42\n'.repeat(100), corrupt('NIFTI_WRONG_MAGIC', 'no NIfTI file')],
    ['short text', 'hello', corrupt('NIFTI_WRONG_MAGIC', 'no NIfTI file')],
    ['cut in the header', good.subarray(0, 200), corrupt('NIFTI_TRUNCATED', '348-byte header')],
    [
      'cut in a NIfTI-2 header',
      buildNifti({ ...GOOD, version: 2 }).subarray(0, 400),
      corrupt('NIFTI_TRUNCATED', '540'),
    ],
    ['cut in the voxels', good.subarray(0, good.length - 1), corrupt('NIFTI_TRUNCATED', 'has only 591 bytes')],
    ['gzip of text', gzipSync('hello '.repeat(200)), corrupt('NIFTI_WRONG_MAGIC', 'no NIfTI file')],
    ['gzip cut short', gzipSync(good).subarray(0, -9), corrupt('NIFTI_TRUNCATED', 'gzip stream ends early')],
    ['gzip of a cut file', gzipSync(good.subarray(0, -1)), corrupt('NIFTI_TRUNCATED', 'ends after 239 of 240 bytes')],
    ['a gzip magic and nothing else', Uint8Array.of(0x1f, 0x8b), corrupt('NIFTI_TRUNCATED', 'gzip stream ends early')],
    ['a gzip magic before noise', Uint8Array.of(0x1f, 0x8b, 9, 9, 9, 9), corrupt('NIFTI_GZIP_DAMAGED', 'damaged')],
    ['gzip with a wrong checksum', flipped(gzipSync(good), -8), corrupt('NIFTI_GZIP_DAMAGED', 'damaged')],
    [
      'a gzip bomb: 2 GB promised, 60 bytes there',
      gzipSync(buildNifti({ ...GOOD, dim: [3, 1024, 1024, 1024], voxels: new Uint8Array(0) })),
      corrupt('NIFTI_TRUNCATED', 'cannot decompress to more than'),
    ],
    [
      'a gzip bomb: 50 MB more than the header explains',
      gzipSync(Buffer.concat([good, Buffer.alloc(50_000_000)])),
      refused('NIFTI_TRAILING_DATA', 'follow the voxels'),
    ],
    [
      'much more than the header explains',
      Buffer.concat([good, Buffer.alloc(2_000_000)]),
      refused('NIFTI_TRAILING_DATA', 'follow the voxels'),
    ],
  ])('%s', async (_, content, expected) => {
    expect(await refusal(file(content))).toMatchObject(expected);
  });

  it('a sparse file that has the promised terabytes is refused before memory is asked for', async () => {
    const path = file(buildNifti({ ...GOOD, version: 2, dim: [3, 10000, 10000, 10000], voxels: new Uint8Array(0) }));
    truncateSync(path, 544 + 2e12);
    expect(await refusal(path)).toMatchObject(refused('NIFTI_TOO_LARGE', "this machine's memory"));
  });

  function flipped(bytes: Buffer, at: number): Buffer {
    bytes[bytes.length + at] ^= 1;
    return bytes;
  }
});

describe('things that are no files', () => {
  it('a path that does not exist', async () => {
    expect(await refusal(join(folder.path, 'absent.nii'))).toMatchObject(notFound('INPUT_NOT_FOUND'));
    expect(await refusal(join(file('x'), 'below-a-file.nii'))).toMatchObject(notFound('INPUT_NOT_FOUND'));
  });

  it('a folder with a file name', async () => {
    const path = join(folder.path, 'folder.nii');
    mkdirSync(path);
    expect(await refusal(path)).toMatchObject(notFound('INPUT_NOT_A_FILE'));
  });

  it('symbolic links that run in a circle', async () => {
    const [a, b] = [join(folder.path, 'a.nii'), join(folder.path, 'b.nii')];
    symlinkSync(a, b);
    symlinkSync(b, a);
    expect(await refusal(a)).toMatchObject(notFound('INPUT_SYMLINK_LOOP'));
  });

  it('a dangling symbolic link', async () => {
    const link = join(folder.path, 'dangling.nii');
    symlinkSync(join(folder.path, 'nowhere'), link);
    expect(await refusal(link)).toMatchObject(notFound('INPUT_NOT_FOUND'));
  });

  it.skipIf(process.platform === 'win32')('a pipe that nobody writes (not on Windows)', async () => {
    const pipe = join(folder.path, 'pipe.nii');
    execFileSync('mkfifo', [pipe]);
    expect(await refusal(pipe)).toMatchObject(notFound('INPUT_NOT_A_FILE'));
    expect(await refusal('/dev/zero')).toMatchObject(notFound('INPUT_NOT_A_FILE'));
  });

  it.skipIf(process.getuid?.() === 0)('a file without permission (root may read everything)', async () => {
    const path = file(buildNifti(GOOD));
    chmodSync(path, 0);
    expect(await refusal(path)).toMatchObject(notFound('INPUT_UNREADABLE'));
  });

  it('follows a good link', async () => {
    const link = join(folder.path, 'link.nii');
    symlinkSync(file(buildNifti(GOOD)), link);
    expect((await openNifti(link)).label).toBe('link.nii');
  });
});
