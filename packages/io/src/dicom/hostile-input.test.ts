import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, deflateRawSync } from 'node:zlib';
import { createMask, EffaceError, type Grid } from '@efface/volume';
import { afterAll, describe, expect, it } from 'vitest';
import { emptyAlteration } from '../alter.ts';
import { openScan, openStudy } from '../open.ts';
import type { OpenOptions } from '../scan.ts';
import { buildDicom, type BuiltElement, builtVoxel, writeSeriesFiles } from '../testing/build-dicom.ts';
import { buildDose } from '../testing/build-rt.ts';
import { compressFrame, COMPRESSED_SYNTAXES } from '../testing/compress-frame.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';
import type { DicomScan } from './dicom-scan.ts';
import { encapsulate } from './encapsulation.ts';
import { withCodecs } from './codecs.ts';
import { inflateStart } from './inflate.ts';
import type { Slice } from './instance.ts';
import { decodeFrame } from './pixels.ts';
import { gridOfFrames } from './seg/frame-grid.ts';

// What the fuzzer of tools/fuzz found, each on its own.

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
let count = 0;
const NAME = 'Somebody^Real';

function place(): string {
  return join(temporary.path, String(count++));
}

async function failure(path: string, options: OpenOptions = {}): Promise<EffaceError> {
  const error: unknown = await openScan(path, options).then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(EffaceError);
  return error as EffaceError;
}

/** A series of 5 × 4 × 4 voxels with elements added to every slice. */
function series(elements: readonly BuiltElement[], position?: (k: number) => readonly number[]): string {
  const folder = place();
  writeSeriesFiles(folder, { nSlices: 4, elements: () => elements, ...(position ? { position } : {}) });
  return folder;
}

/** Opens, writes without a change, opens what was written. */
async function roundTrip(
  folder: string,
  options: OpenOptions = {},
): Promise<{
  before: Awaited<ReturnType<typeof openScan>>;
  after: Awaited<ReturnType<typeof openScan>>;
  codes: string[];
}> {
  const before = await openScan(folder, options);
  const output = place();
  const { warnings } = await before.write(
    emptyAlteration(before.frames, createMask(before.volume.grid.sizeIjk)),
    output,
  );
  return { before, after: await openScan(output), codes: warnings.map(({ code }) => code) };
}

describe('compressed frames', () => {
  const header = (rows: number, columns: number, syntax: string, k: number): Buffer => {
    const folder = place();
    const [path] = writeSeriesFiles(folder, { nSlices: 1, rows, columns, position: () => [0, 0, 4 * k], elements: () => [['00080018', 'UI', `1.2.3.${k}`]], without: ['7FE00010'] }); // prettier-ignore
    const plain = readFileSync(path);
    const at = plain.indexOf('1.2.840.10008.1.2.1\0', 0, 'latin1');
    const uid = Buffer.from(syntax.length % 2 ? `${syntax}\0` : syntax, 'latin1');
    const out = Buffer.concat([plain.subarray(0, at), uid, plain.subarray(at + 20)]);
    out.writeUInt16LE(uid.length, at - 2);
    out.writeUInt32LE(out.readUInt32LE(140) + uid.length - 20, 140);
    return out;
  };
  const small = Buffer.from(Int16Array.from({ length: 20 }, (_, n) => n).buffer);

  // A decoder that fills 4 rows of 32 leaves the others as they were: pixels of another image.
  it.each(['jpeg', 'jpegLs', 'jpeg2000', 'htj2k'] as const)(
    '%s of another size than the header says',
    async (coding) => {
      const stream = await compressFrame(coding, small, { rows: 4, columns: 5 });
      for (const [rows, columns] of [[32, 5], [4, 17], [2, 5]] as const) {
      const folder = place();
      mkdirSync(folder);
      for (let k = 0; k < 3; k++)
        writeFileSync(join(folder, `${k}.dcm`), Buffer.concat([header(rows, columns, COMPRESSED_SYNTAXES[coding], k), encapsulate([stream])]));
      const error = await failure(folder);
      expect(error.code).toBe('DICOM_DECODE_FAILED');
      expect(error.message).toContain(`are 5×4 of 1 component(s); by its header they are ${columns}×${rows}`);
    } // prettier-ignore
    },
  );

  // A codec that ran into damage went on to trap on good frames.
  it.each(['rle', 'jpeg', 'jpegLs', 'jpeg2000', 'htj2k'] as const)('%s: good frames decode after any number of damaged ones', async (coding) => {
    const format = { type: 'i16', rows: 4, columns: 5, bitsStored: 16, highBit: 15 } as const;
    const stream = await compressFrame(coding, small, format);
    for (let at = 0; at < stream.length; at += Math.ceil(stream.length / 10)) {
      const damaged = stream.slice();
      damaged[at] ^= 0xff;
      await decodeFrame(coding, damaged, format, 'x').catch((error: unknown) =>
        expect(error).toBeInstanceOf(EffaceError),
      );
    }
    expect(Buffer.from(await decodeFrame(coding, stream, format, 'x'))).toEqual(small);
    expect(await withCodecs((codecs) => codecs.encode(coding, small, format))).toEqual(stream);
  }); // prettier-ignore

  it('RLE that is too short for its size is refused before memory is asked for', async () => {
    const stream = await compressFrame('rle', small, { rows: 4, columns: 5 });
    const folder = place();
    mkdirSync(folder);
    for (let k = 0; k < 3; k++)
      writeFileSync(join(folder, `${k}.dcm`), Buffer.concat([header(16_000, 16_000, COMPRESSED_SYNTAXES.rle, k), encapsulate([stream])])); // prettier-ignore
    expect((await failure(folder)).message).toContain('too few for 16000×16000');
  });
});

describe('bombs', () => {
  /** 256 MiB of zeros: one piece, flushed and repeated. */
  const piece = deflateRawSync(Buffer.alloc(2 ** 20), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const zeros = Buffer.concat([...Array<Buffer>(256).fill(piece), deflateRawSync(Buffer.alloc(0))]);

  it('deflated bytes are inflated as far as was asked for', async () => {
    const pieces = await inflateStart(zeros, 1000, 'x');
    expect(pieces).toEqual(Buffer.alloc(1000));
    await expect(inflateStart(zeros.subarray(0, 5), 1000, 'x')).rejects.toMatchObject({ code: 'DICOM_DAMAGED' });
  });

  it('a deflated series whose pixels go on for 256 MiB each is opened without them', async () => {
    const folder = place();
    for (const path of writeSeriesFiles(folder, { nSlices: 4 })) {
      const plain = readFileSync(path);
      const syntax = plain.indexOf('1.2.840.10008.1.2.1\0', 0, 'latin1');
      const meta = Buffer.concat([plain.subarray(0, syntax), Buffer.from('1.2.840.10008.1.2.1.99'), plain.subarray(syntax + 20, 144 + plain.readUInt32LE(140))]); // prettier-ignore
      meta.writeUInt16LE(22, syntax - 2);
      meta.writeUInt32LE(meta.readUInt32LE(140) + 2, 140);
      const body = Buffer.from(plain.subarray(144 + plain.readUInt32LE(140)));
      body.writeUInt32LE(2 ** 28, body.length - 40 - 4);
      writeFileSync(path, Buffer.concat([meta, deflateRawSync(body, { finishFlush: constants.Z_FULL_FLUSH }), zeros]));
    }
    const residentKib = process.resourceUsage().maxRSS;
    const { voxels } = (await openScan(folder)).volume;
    expect(Number(voxels[4 + 5 * (3 + 4 * 2)])).toBe(builtVoxel(4, 3, 2));
    expect(process.resourceUsage().maxRSS - residentKib).toBeLessThan(200 * 1024);
  });

  it('an element of gigabytes before the pixels is not read to its end', async () => {
    const path = `${place()}.dcm`;
    const long = Buffer.from('0900 1010 4f42 0000 00ffffef'.replaceAll(' ', ''), 'hex');
    writeFileSync(path, Buffer.concat([buildDicom({ elements: [] }), long]));
    expect((await failure(path)).code).toBe('DICOM_TRUNCATED');
    truncateSync(path, 5e9);
    const residentKib = process.resourceUsage().maxRSS;
    expect((await failure(path)).code).toBe('DICOM_DAMAGED');
    expect(process.resourceUsage().maxRSS - residentKib).toBeLessThan(100 * 1024);
  });
});

it('more elements than memory has room for are damage', async () => {
  const path = `${place()}.dcm`;
  const item = Buffer.from('feff00e000000000', 'hex');
  const start = Buffer.from('08001511' + '53510000' + 'ffffffff', 'hex');
  writeFileSync(path, Buffer.concat([buildDicom({ elements: [] }), start, Buffer.alloc(8 * (2 ** 21 + 1), item)]));
  expect((await failure(path)).message).toContain('more than 2097152 data elements');
});

describe('numbers', () => {
  it.each<[string, BuiltElement, string]>([
    ['rows and a half', ['00280010', 'DS', '4.5'], '(0028,0010) is 4.5'],
    ['negative columns', ['00280011', 'IS', '-5'], '(0028,0011) is -5'],
    ['stored bits and a half', ['00280101', 'DS', '12.5'], '(0028,0101) is 12.5'],
    ['pixels of kilometres', ['00280030', 'DS', '1e6\\1e6'], '(0028,0030) Pixel Spacing is 1000000 and 1000000 mm'],
    ['pixels of nothing', ['00280030', 'DS', '1e-300\\1'], '(0028,0030)'],
    ['a slice beyond the moon', ['00200032', 'DS', '0\\0\\1e200'], '(0020,0032)'],
  ])('%s', async (_, element, part) => {
    const error = await failure(series([element]));
    expect(error).toMatchObject({ code: 'DICOM_BAD_FIELD', exit: 'inputCorrupt' });
    expect(error.message).toContain(part);
  });

  it('a shift that no gantry makes is not resampled to a grid of terabytes', async () => {
    const folder = series([['00180050', 'DS', '4']], (k) => [0, 5000 * k, 4 * k]);
    const error = await failure(folder, { allowResample: true });
    expect(error.code).toBe('DICOM_GANTRY_TILT');
    expect(error.message).toContain('times as many voxels');
  });

  it('air beside a resampled slice fits the stored bits', async () => {
    const bits: BuiltElement[] = [['00280101', 'US', [10]], ['00280102', 'US', [9]], ['00281052', 'DS', '0'], ['00180050', 'DS', '4']]; // prettier-ignore
    const { before, after } = await roundTrip(series(bits, (k) => [0, k, 4 * k]), { allowResample: true }); // prettier-ignore
    // −1000 HU is below what ten bits with a sign hold.
    expect(Math.min(...Array.from(before.volume.voxels, Number))).toBe(-512);
    expect(after.volume.voxels).toEqual(before.volume.voxels);
  });

  it('a segmentation may have more frames than a call takes arguments', () => {
    const format = { type: 'u8', rows: 2, columns: 2, bitsStored: 1, highBit: 0 } as const;
    const frames = Array.from({ length: 200_000 }, (_, n) => ({
      frame: n, format, positionLps: [0, 0, n % 100], rowDirection: [1, 0, 0], columnDirection: [0, 1, 0], spacingMm: [1, 1],
    })) as unknown as Slice[]; // prettier-ignore
    const { grid } = gridOfFrames(frames, 1, 'x');
    expect(grid.sizeIjk).toEqual([2, 2, 100]);
  });
});

describe('what is written', () => {
  it('has no elements of the meta information in its data set, which nobody could read', async () => {
    const { after, codes } = await roundTrip(series([['00020002', 'UI', '1.2.3'], ['00000002', 'UI', '1.2']])); // prettier-ignore
    expect(codes).toEqual(['DICOM_GROUP_REMOVED', 'DICOM_GROUP_REMOVED']);
    expect(after.volume.grid.sizeIjk).toEqual([5, 4, 4]);
  });

  it('has new UIDs where a damaged file gives them another type', async () => {
    const { after } = await roundTrip(series([['0020000E', 'SS', new TextEncoder().encode('1.2.3.4.5.6')]])); // prettier-ignore
    expect(after.volume.grid.sizeIjk).toEqual([5, 4, 4]);
    expect((after as DicomScan).seriesInstanceUid).toMatch(/^2\.25\./);
  });

  it('keeps its frame of reference and its class where a file uses the UID of an instance for them', async () => {
    const { before, after } = await roundTrip(series([['00200052', 'UI', '1.2.3.4.5.6.1'], ['0020000E', 'UI', '1.2.840.10008.5.1.4.1.1.2']])); // prettier-ignore
    expect(before.frameOfReferenceUid).toBe('1.2.3.4.5.6.1');
    expect(after.frameOfReferenceUid).toBe('1.2.3.4.5.6.1');
    expect(after.describe().format['sopClassUid']).toBe('1.2.840.10008.5.1.4.1.1.2');
  });

  it('of a dose ends with the pixels that the header explains', async () => {
    const folder = series([]);
    const stored = Uint16Array.from({ length: 2 }, (_, n) => n + 1);
    const dose = buildDose({ columns: 1, rows: 1, stored, scaling: 1, offsetsMm: [0, 1], positionLps: [0, 0, 0], spacingMm: [1, 1] }); // prettier-ignore
    dose.writeUInt32LE(4 + 6, dose.length - 8);
    writeFileSync(join(folder, 'dose.dcm'), Buffer.concat([dose, Buffer.from('secret')]));
    const { companions } = await openStudy(folder);
    const grid: Grid = { sizeIjk: [1, 1, 2], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
    const output = place();
    const { warnings } = await companions[0].write(
      {
        clip: () => ({ contours: [], report: { areaRemovedMm2: 0, contoursTouched: 0, contoursEmptied: 0 } }),
        removed: { grid, mask: createMask(grid.sizeIjk) },
        removedOn: async () => createMask(grid.sizeIjk),
        methodText: 'none',
        softwareVersion: '1',
      },
      output,
    );
    expect(warnings.map(({ code }) => code)).toContain('DICOM_TRAILING_REMOVED');
    expect(readFileSync(output).subarray(-8).toString('hex')).toBe('0400000001000200');
  });
});

describe('messages repeat no text that could be a name, and nothing that a terminal obeys', () => {
  it.each<[string, BuiltElement, string]>([
    ['SOP class', ['00080016', 'UI', NAME], 'SOP class no valid UID'],
    ['SOP class with an escape', ['00080016', 'UI', '\x1b[31m'], 'SOP class no valid UID'],
    ['photometric interpretation', ['00280004', 'CS', NAME], 'colour pixels (none that is known)'],
  ])('%s', async (_, element, part) => {
    const { message } = await failure(series([element]));
    expect(message).toContain(part);
    expect(message).not.toContain(NAME);
    expect(message).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
  });

  it('transfer syntax, and the UIDs in a list of images', async () => {
    const path = `${place()}.dcm`;
    writeFileSync(path, buildDicom({ elements: [['00080018', 'UI', '1.2']], transferSyntax: NAME }));
    const { message } = await failure(path);
    expect(message).toContain('a transfer syntax that is not read (no valid UID)');
    const folder = place();
    for (const uid of ['1.2\x1b[31m', '1.3\x07'])
      writeSeriesFiles(join(folder, String(count++)), { elements: (k) => [['0020000E', 'UI', uid], ['00080018', 'UI', `${uid.slice(0, 3)}.${k}`]] }); // prettier-ignore
    const several = await failure(folder);
    expect(several.code).toBe('INPUT_SEVERAL_IMAGES');
    expect(several.message).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
  });
});
