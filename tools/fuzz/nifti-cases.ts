import { buildNifti, type NiftiRecipe } from '@efface/io/testing';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { zerosAsGzip } from './bombs.ts';
import { type Dice } from './dice.ts';
import { CANARY, damageBytes, type FuzzInput } from './fuzz-case.ts';
import { ELEMENT_BYTES, EXTREMES, NIFTI_1_FIELDS, NIFTI_2_FIELDS, putElement } from './nifti-fields.ts';

/** Bytes of one voxel of each datatype that can be read. */
const READ_TYPES = { 2: 1, 4: 2, 8: 4, 16: 4, 64: 8, 256: 1, 512: 2, 768: 4, 1024: 8, 1280: 8 } as const;

/** Sizes that promise more than any file has: 10¹² voxels, products that overflow, no voxel at all, many tiny frames. */
const SHAPES: readonly (readonly number[])[] = [
  [3, 10_000, 10_000, 10_000], [4, 1, 1, 1, 32_767], [4, 1000, 1000, 1000, 1000], [3, 32_767, 32_767, 32_767],
  [3, 1, 1, 32_767], [3, 32_767, 1, 1], [7, 2, 2, 2, 2, 2, 2, 2], [1, 64], [2, 8, 8], [3, 0, 4, 4], [3, -4, -4, 4],
  [5, 2, 2, 2, 1, 3], [0, 4, 4, 4], [8, 4, 4, 4], [4, 4, 4, 4, 0], [4, 4, 4, 4, -1],
]; // prettier-ignore
const SHAPES_64: readonly (readonly number[])[] = [
  [3, 2 ** 40, 2 ** 40, 2 ** 40], [3, 2 ** 52, 1, 1], [4, 1, 1, 1, 2 ** 31], [4, 1, 1, 1, 1e9], [3, 1, 1, 2 ** 32],
  [3, 1e12, 1, 1], [3, 2 ** 62, 2, 1],
]; // prettier-ignore

interface Made {
  bytes: Buffer;
  readonly le: boolean;
  readonly version: 1 | 2;
  readonly headerBytes: number;
}

/** One NIfTI file, whole or damaged. */
export function makeNifti(dice: Dice, folder: string): FuzzInput {
  const what: string[] = [];
  const made = dice.chance(0.005) ? manyTiny(dice, what) : wholeFile(dice, what);
  const nChanges = dice.weighted([[1, 0], [5, 1], [2, 2], [1, 4]]); // prettier-ignore
  for (let n = 0; n < nChanges; n++) changeHeader(dice, made, what);
  if (dice.chance(0.15)) made.bytes = damageBytes(dice, made.bytes, what, dice.chance(0.6) ? 600 : made.bytes.length);
  const isGzip = dice.chance(0.45);
  const bytes = isGzip ? compressed(dice, made.bytes, what) : made.bytes;
  const name = dice.weighted([[6, isGzip ? 'image.nii.gz' : 'image.nii'], [1, 'image'], [1, 'image.nii'], [1, 'image.nii.gz']]); // prettier-ignore
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return {
    what,
    path: dice.chance(0.5) ? path : folder,
    options: { allowUnknownOrientation: dice.chance(0.5), ...(dice.chance(0.3) ? { modality: 'MR' as const } : {}) },
  };
}

function wholeFile(dice: Dice, what: string[]): Made {
  const version = dice.chance(0.6) ? 1 : 2;
  const le = dice.chance(0.6);
  const datatype = Number(dice.pick(Object.keys(READ_TYPES))) as keyof typeof READ_TYPES;
  const size = [dice.between(1, 9), dice.between(1, 7), dice.between(1, 6)];
  const nFrames = dice.chance(0.25) ? dice.between(2, 4) : 1;
  const voxels = dice.bytes(size[0] * size[1] * size[2] * nFrames * READ_TYPES[datatype]);
  const edges = [1, 1 + dice.next(), 1 + dice.next(), 2 * dice.next() + 0.5];
  const forms = dice.int(4);
  const recipe: NiftiRecipe = {
    version,
    littleEndian: le,
    datatype,
    dim: [nFrames > 1 ? 4 : 3, ...size, nFrames],
    pixdim: [dice.pick([1, -1]), ...edges.slice(1), 1],
    slope: dice.pick([0, 1, 2.5]),
    intercept: dice.pick([0, -1024]),
    descrip: CANARY,
    ...(forms === 1 || forms === 3
      ? { qform: { code: 1, quatern: [0.1, 0.2, dice.next()].map((q) => q / 2), offset: [10, -20, 30] } }
      : {}),
    ...(forms >= 2
      ? { sform: { code: 2, rows: [edges[1], 0.1, 0, -40, 0, edges[2], 0.05, 5, 0, 0, edges[3], -7] } }
      : {}),
    ...(dice.chance(0.3) ? { extensions: [{ code: dice.pick([0, 2, 4, 6]), text: `${CANARY} born 1900` }] } : {}),
    ...(dice.chance(0.1) ? { suffix: dice.bytes(dice.between(1, 64)) } : {}),
    voxels,
  };
  what.push(`NIfTI-${version}, ${le ? 'little' : 'big'}-endian, datatype ${datatype}`);
  const bytes = buildNifti(recipe);
  const headerBytes = version === 1 ? 348 : 540;
  if (version === 1) bytes.write(CANARY, 14, 'latin1');
  bytes.write(CANARY, version === 1 ? 228 : 320, 'latin1');
  return { bytes, le, version, headerBytes };
}

/** A file that has all it promises, in frames, slices or rows of one byte each. */
function manyTiny(dice: Dice, what: string[]): Made {
  const count = 1_000_000;
  const dim = dice.pick([[4, 1, 1, 1, count], [3, 1, 1, count], [3, 1, count, 1], [3, count, 1, 1], [4, 1, 1, 1000, 1000]]); // prettier-ignore
  what.push(`NIfTI-2, dim [${dim.join(', ')}]`);
  const sform = { code: 1, rows: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
  const bytes = buildNifti({ version: 2, datatype: 2, dim, sform, voxels: new Uint8Array(count) });
  return { bytes, le: true, version: 2, headerBytes: 540 };
}

function changeHeader(dice: Dice, made: Made, what: string[]): void {
  const { bytes, le, version, headerBytes } = made;
  const fields = version === 1 ? NIFTI_1_FIELDS : NIFTI_2_FIELDS;
  const put = (name: string, element: number, value: number): void => {
    const field = fields.find(([own]) => own === name);
    if (field) putElement(bytes, field[2], field[1] + element * ELEMENT_BYTES[field[2]], value, le);
  };
  switch (dice.int(8)) {
    case 0: {
      const shape = dice.pick(version === 2 && dice.chance(0.5) ? SHAPES_64 : SHAPES);
      shape.forEach((n, d) => put('dim', d, n));
      what.push(`dim [${shape.join(', ')}]`);
      return;
    }
    case 1: {
      const length = dice.pick([0, 1, 8, 15, 16, 17, 24, 32, -16, 4096, 2 ** 26, 2 ** 31 - 1, -(2 ** 31)]);
      bytes[headerBytes] = 1;
      putElement(bytes, 'i32', headerBytes + 4, length, le);
      what.push(`an extension of ${length} bytes`);
      return;
    }
    case 2: {
      const offset = dice.pick([-1, 0, 1, 100, 347, 348, 352, 353, 544, 560, 4096, bytes.length - 1, bytes.length, 2 ** 26, 2 ** 30]); // prettier-ignore
      put('vox_offset', 0, offset);
      what.push(`vox_offset ${offset}`);
      return;
    }
    case 3: {
      const texts = ['ni1\0', 'n+1\0', 'n+2\0\r\n\x1a\n', 'n+2\0\n\x1a\n', 'ni2\0\r\n\x1a\n', '\0\0\0\0', 'n+9\0', CANARY.slice(0, 8)]; // prettier-ignore
      const text = dice.pick(texts);
      bytes.write(text.slice(0, version === 1 ? 4 : 8), version === 1 ? 344 : 4, 'latin1');
      what.push(`magic ${JSON.stringify(text)}`);
      return;
    }
    default: {
      const [name, offset, kind, count] = dice.pick(fields);
      const element = dice.int(count);
      const value = dice.pick<number>(EXTREMES[kind]);
      putElement(bytes, kind, offset + element * ELEMENT_BYTES[kind], value, le);
      what.push(`${name}[${element}] ${value}`);
    }
  }
}

/** The file as gzip, which may be damaged, of several members, or much longer inside. */
function compressed(dice: Dice, bytes: Buffer, what: string[]): Buffer {
  const level = dice.pick([0, 1, 6, 9]);
  const gzip = Buffer.from(gzipSync(bytes, { level }));
  const from = (at: number): number => Math.max(0, gzip.length + at);
  switch (dice.int(12)) {
    case 0:
      gzip[from(-8 + dice.int(4))] ^= 1 << dice.int(8);
      what.push('gzip: wrong CRC');
      return gzip;
    case 1:
      gzip[from(-4 + dice.int(4))] ^= 1 << dice.int(8);
      what.push('gzip: wrong length');
      return gzip;
    case 2:
      what.push('gzip: something follows');
      return Buffer.concat([gzip, dice.chance(0.5) ? dice.bytes(dice.between(1, 40)) : Buffer.alloc(512)]);
    case 3: {
      const cut = dice.int(bytes.length + 1);
      what.push('gzip: two members');
      return Buffer.concat([gzipSync(bytes.subarray(0, cut)), gzipSync(bytes.subarray(cut))]);
    }
    case 4:
      what.push('gzip: cut');
      return gzip.subarray(0, dice.int(gzip.length));
    case 5:
      gzip[dice.int(10)] = dice.int(256);
      what.push('gzip: header changed');
      return gzip;
    case 6:
      return damageBytes(dice, gzip, what);
    case 7: {
      if (!dice.chance(0.1)) return gzip;
      what.push('gzip: a bomb of 256 MiB follows');
      return Buffer.concat([gzip, zerosAsGzip()]);
    }
    case 8:
      what.push('gzip: flushed in the middle');
      return gzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    default:
      return gzip;
  }
}
