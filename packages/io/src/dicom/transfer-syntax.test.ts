import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMask, type Mask } from '@efface/volume';
import { openScan } from '../open.ts';
import type { Alteration, Scan } from '../scan.ts';
import { type BuiltElement, builtVoxel, writeSeriesFiles } from '../testing/build-dicom.ts';
import { hasProgram, hasPydicom, listFiles, readWithPydicom, run } from '../testing/other-software.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';
import { loadCodecs } from './codecs.ts';
import { encapsulate } from './encapsulation.ts';
import type { PixelFormat } from './instance.ts';

const HAS_DCMTK = ['dcmconv', 'dcmcrle', 'dcmcjpeg', 'dcmcjpls', 'dcmdump'].every(hasProgram);
const WHY = HAS_DCMTK ? '' : ' (skipped: dcmtk is not installed)';
const SIZE = { columns: 37, rows: 23, nSlices: 4 };

/** Programs of dcmtk that write a coding, its UID, and whether the output has the same one. */
const CODED = [
  { name: 'implicit', program: 'dcmconv', args: ['+ti'], uid: '1.2.840.10008.1.2', kept: true },
  { name: 'explicit big-endian', program: 'dcmconv', args: ['+tb'], uid: '1.2.840.10008.1.2.2', kept: false },
  { name: 'deflated', program: 'dcmconv', args: ['+td'], uid: '1.2.840.10008.1.2.1.99', kept: true },
  { name: 'undefined lengths', program: 'dcmconv', args: ['+te', '-e'], uid: '1.2.840.10008.1.2.1', kept: true },
  { name: 'RLE', program: 'dcmcrle', args: [], uid: '1.2.840.10008.1.2.5', kept: true },
  {
    name: 'JPEG lossless, predictor 4',
    program: 'dcmcjpeg',
    args: ['+el', '+sv', '4'],
    uid: '1.2.840.10008.1.2.4.57',
    kept: true,
  },
  { name: 'JPEG lossless SV1', program: 'dcmcjpeg', args: ['+e1'], uid: '1.2.840.10008.1.2.4.70', kept: true },
  { name: 'JPEG-LS', program: 'dcmcjpls', args: ['+el'], uid: '1.2.840.10008.1.2.4.80', kept: true },
] as const;

/** Voxels (0..9, 0..9, 0..1) become `stored`: two slices are altered, two are not. */
function box(scan: Scan, stored: number): Alteration {
  const mask: Mask = createMask(scan.volume.grid.sizeIjk);
  for (let k = 0; k < 2; k++)
    for (let j = 0; j < 10; j++) mask.words[(k * mask.sizeIjk[1] + j) * mask.wordsPerRow] = 0x3ff;
  const storedPerK = [new Float64Array(scan.volume.grid.sizeIjk[2]).fill(stored)];
  return { mask, fill: { kind: 'constant', storedPerK }, methodText: 'box', softwareVersion: '1', verified: true };
}

function expectVoxels(scan: Scan, valueAt: (i: number, j: number, k: number) => number): void {
  const [ni, nj, nk] = scan.volume.grid.sizeIjk;
  const expected: number[] = [];
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++) expected.push(valueAt(i, j, k));
  expect(Array.from(scan.volume.voxels, Number)).toEqual(expected);
}

const inBox = (i: number, j: number, k: number): boolean => i < 10 && j < 10 && k < 2;

function syntaxOf(path: string): string {
  return run('dcmdump', ['-q', '-M', '-Un', '+P', '0002,0010', path]).match(/=?\[?([\d.]+)\]?\s/)?.[1] ?? '';
}

describe.skipIf(!HAS_DCMTK)(`files coded by dcmtk${WHY}`, () => {
  const temporary = temporaryFolder();
  let plain: string[] = [];
  beforeAll(() => {
    plain = writeSeriesFiles(join(temporary.path, 'plain'), SIZE);
  });
  afterAll(() => temporary.remove());

  it.each(CODED)('$name is read and written', async ({ name, program, args, uid, kept }) => {
    const folder = join(temporary.path, name.replaceAll(' ', '-'));
    mkdirSync(folder);
    for (const path of plain) run(program, [...args, path, join(folder, basename(path))]);
    expect(syntaxOf(listFiles(folder)[0])).toBe(uid);
    const scan = await openScan(folder);
    expectVoxels(scan, builtVoxel);

    const output = `${folder}-out`;
    const { files, warnings } = await scan.write(box(scan, -500), output);
    expectVoxels(await openScan(output), (i, j, k) => (inBox(i, j, k) ? -500 : builtVoxel(i, j, k)));
    expect(files.map(syntaxOf)).toEqual(files.map(() => (kept ? uid : '1.2.840.10008.1.2.1')));
    expect(warnings.map(({ code }) => code)).toEqual(kept ? [] : ['DICOM_SYNTAX_CHANGED']);
    // dcmtk decodes what we encoded to the same pixels as our reader.
    const decoded = join(temporary.path, `${basename(folder)}-decoded`);
    mkdirSync(decoded);
    const decoder = { dcmconv: 'dcmconv', dcmcrle: 'dcmdrle', dcmcjpeg: 'dcmdjpeg', dcmcjpls: 'dcmdjpls' }[program];
    for (const path of files) run(decoder, ['+te', path, join(decoded, basename(path))]);
    const again = await openScan(decoded);
    expectVoxels(again, (i, j, k) => (inBox(i, j, k) ? -500 : builtVoxel(i, j, k)));
  });

  it.each([
    { name: 'JPEG baseline', args: ['+eb'], bits: 8, uid: '1.2.840.10008.1.2.4.50' },
    { name: 'JPEG extended', args: ['+ee'], bits: 12, uid: '1.2.840.10008.1.2.4.51' },
  ])('$name loses something, so it is written uncompressed and says so', async ({ name, args, bits, uid }) => {
    const source = writeSeriesFiles(join(temporary.path, `${name}-source`), { ...SIZE, elements: () => smooth(bits) });
    const folder = join(temporary.path, name);
    mkdirSync(folder);
    for (const path of source) run('dcmcjpeg', [...args, path, join(folder, basename(path))]);
    expect(syntaxOf(listFiles(folder)[0])).toBe(uid);
    const scan = await openScan(folder);
    const { files, warnings } = await scan.write(box(scan, 3), `${folder}-out`);
    expect(files.map(syntaxOf)).toEqual(files.map(() => '1.2.840.10008.1.2.1'));
    expect(warnings.map(({ code }) => code)).toContain('DICOM_SYNTAX_CHANGED');
    expect(run('dcmdump', ['-q', '+P', '0028,2110', files[0]])).toContain('[01]');
    // dcmtk's own decoder agrees to one grey value, the freedom that the inverse cosine transform leaves.
    const decoded = join(temporary.path, `${name}-decoded`);
    mkdirSync(decoded);
    for (const path of listFiles(folder)) run('dcmdjpeg', [path, join(decoded, basename(path))]);
    const theirs = (await openScan(decoded)).volume.voxels;
    const written = (await openScan(`${folder}-out`)).volume.voxels;
    let worst = 0;
    let index = 0;
    for (let k = 0; k < SIZE.nSlices; k++)
      for (let j = 0; j < SIZE.rows; j++)
        for (let i = 0; i < SIZE.columns; i++, index++)
          if (!inBox(i, j, k)) worst = Math.max(worst, Math.abs(Number(theirs[index]) - Number(written[index])));
    expect(worst).toBeLessThanOrEqual(1);
  });
});

/** A ramp of unsigned pixels with `bits` bits. */
function smooth(bits: number): BuiltElement[] {
  const wide = bits > 8;
  const pixels = Array.from({ length: SIZE.columns * SIZE.rows }, (_, n) => (n % SIZE.columns) * (wide ? 80 : 5));
  return [
    ['00280100', 'US', [wide ? 16 : 8]],
    ['00280101', 'US', [bits]],
    ['00280102', 'US', [bits - 1]],
    ['00280103', 'US', [0]],
    ['7FE00010', 'OW', wide ? pixels : Uint8Array.from(pixels)],
  ];
}

/** Puts a compressed stream in the place of a built file's pixels, which are its last element. */
function replacePixels(path: string, uid: string, stream: Uint8Array): void {
  const plain = readFileSync(path);
  const header = plain.subarray(0, plain.length - 12 - 2 * SIZE.columns * SIZE.rows);
  const oldUid = Buffer.from('1.2.840.10008.1.2.1\0', 'latin1');
  const newUid = Buffer.from(uid.length % 2 ? `${uid}\0` : uid, 'latin1');
  const at = header.indexOf(oldUid);
  const out = Buffer.concat([
    header.subarray(0, at),
    newUid,
    header.subarray(at + oldUid.length),
    encapsulate([stream]),
  ]);
  // Lengths of the UID and of the whole group 0002.
  out.writeUInt16LE(newUid.length, at - 2);
  out.writeUInt32LE(out.readUInt32LE(140) + newUid.length - oldUid.length, 140);
  writeFileSync(path, out);
}

describe('files coded by the codec library', () => {
  const temporary = temporaryFolder();
  afterAll(() => temporary.remove());
  const format: PixelFormat = { type: 'i16', rows: SIZE.rows, columns: SIZE.columns, bitsStored: 16, highBit: 15 };

  /** Pixels of slice k as bytes. */
  function sliceBytes(k: number): Uint8Array {
    const pixels = Int16Array.from({ length: SIZE.columns * SIZE.rows }, (_, n) =>
      builtVoxel(n % SIZE.columns, Math.floor(n / SIZE.columns), k),
    );
    return new Uint8Array(pixels.buffer);
  }

  it.each([
    { name: 'JPEG 2000', coding: 'jpeg2000', uid: '1.2.840.10008.1.2.4.90', output: '1.2.840.10008.1.2.4.90' },
    { name: 'HTJ2K', coding: 'htj2k', uid: '1.2.840.10008.1.2.4.201', output: '1.2.840.10008.1.2.4.201' },
    { name: 'HTJ2K RPCL', coding: 'htj2k', uid: '1.2.840.10008.1.2.4.202', output: '1.2.840.10008.1.2.4.201' },
  ] as const)('$name is read and written', async ({ name, coding, uid, output }) => {
    const codecs = await loadCodecs();
    const folder = join(temporary.path, name);
    for (const [k, path] of writeSeriesFiles(folder, SIZE).entries())
      replacePixels(path, uid, codecs.encode(coding, sliceBytes(k), format));
    const scan = await openScan(folder);
    expectVoxels(scan, builtVoxel);
    const { files, warnings } = await scan.write(box(scan, -500), `${folder}-out`);
    const written = await openScan(`${folder}-out`);
    expectVoxels(written, (i, j, k) => (inBox(i, j, k) ? -500 : builtVoxel(i, j, k)));
    expect(written.describe().format['transferSyntax']).toContain(`(${output})`);
    expect(warnings).toHaveLength(output === uid ? 0 : 1);
    // Slices 2 and 3 are not altered: their streams are the input's, byte for byte.
    const stream = encapsulate([codecs.encode(coding, sliceBytes(3), format)]);
    expect(readFileSync(files[3]).includes(stream)).toBe(true);
  });

  const canDecode = hasPydicom() && pydicomReadsJpeg2000();
  it.skipIf(!canDecode)(
    `pydicom decodes our JPEG 2000${canDecode ? '' : ' (skipped: no pydicom with a JPEG 2000 decoder)'}`,
    async () => {
      const codecs = await loadCodecs();
      const [, path] = writeSeriesFiles(join(temporary.path, 'one'), SIZE);
      replacePixels(path, '1.2.840.10008.1.2.4.90', codecs.encode('jpeg2000', sliceBytes(1), format));
      expect(readWithPydicom([path])[0].crcPerFrame).toEqual([crc32(sliceBytes(1))]);
    },
  );

  function pydicomReadsJpeg2000(): boolean {
    const code = 'import pydicom.pixels as p; d = p.get_decoder("1.2.840.10008.1.2.4.90"); assert d.is_available';
    try {
      run('python3', ['-c', code]);
      return true;
    } catch {
      return false;
    }
  }
});
