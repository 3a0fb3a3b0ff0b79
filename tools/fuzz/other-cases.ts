import { buildNifti, UNIT_SFORM } from '@efface/io/testing';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zerosAsGzip } from './bombs.ts';
import { type Dice } from './dice.ts';
import { CANARY, damageBytes, type FuzzInput } from './fuzz-case.ts';

/** A NRRD file, whole or damaged; other software writes them for masks. */
export function makeNrrd(dice: Dice, folder: string): FuzzInput {
  mkdirSync(folder, { recursive: true });
  const what: string[] = ['NRRD'];
  const sizes = [dice.between(1, 6), dice.between(1, 6), dice.between(1, 6)];
  const isGzip = dice.chance(0.5);
  const fields = new Map([
    ['content', CANARY],
    ['type', dice.pick(['short', 'uchar', 'float', 'double', 'uint16'])],
    ['dimension', '3'],
    ['space', 'left-posterior-superior'],
    ['sizes', sizes.join(' ')],
    ['space directions', '(1,0,0) (0,2,0) (0,0,3)'],
    ['space origin', '(0,-1,2)'],
    ['endian', dice.pick(['little', 'big'])],
    ['encoding', isGzip ? 'gzip' : 'raw'],
  ]);
  const nChanges = dice.int(3);
  for (let n = 0; n < nChanges; n++) {
    const field = dice.pick([...fields.keys(), 'data file', 'byte skip']);
    const value = dice.pick(['', '0', '-1', 'NaN', '1e12', '1000000 1000000 1', '2000 2000 2000', '3 3', '(NaN,0,0) (0,1,0) (0,0,1)', '(0,0,0) (0,0,0) (0,0,0)', '(1e300,0,0) (0,1,0) (0,0,1)', '../../etc/passwd', '/etc/passwd', 'LIST', 'other.raw', 'a\0b', CANARY, 'block', 'gzip', 'raw', 'big']); // prettier-ignore
    fields.set(field, value);
    what.push(`${field}: ${value}`);
  }
  const voxels = dice.bytes(8 * sizes[0] * sizes[1] * sizes[2]);
  const data = isGzip ? (dice.chance(0.03) ? zerosAsGzip() : gzipSync(voxels)) : voxels;
  const header = ['NRRD0004', ...[...fields].map(([name, value]) => `${name}: ${value}`), '', ''].join('\n');
  let bytes: Buffer = Buffer.concat([Buffer.from(header), data]);
  if (dice.chance(0.3)) bytes = damageBytes(dice, bytes, what);
  const path = join(folder, 'image.nrrd');
  writeFileSync(path, bytes);
  return { what, path };
}

/** A mask in NIfTI that is read for a grid of 3 × 4 × 2 voxels of 1 mm. */
export function makeMask(dice: Dice, folder: string): FuzzInput {
  mkdirSync(folder, { recursive: true });
  const what = ['mask'];
  const dim = dice.pick([[3, 3, 4, 2], [3, 3, 4, 2], [3, 4, 3, 2], [4, 3, 4, 2, 2], [3, 3, 4, 2000]]); // prettier-ignore
  const datatype = dice.pick([2, 4, 16, 64]);
  const size = { 2: 1, 4: 2, 16: 4, 64: 8 }[datatype] ?? 1;
  let bytes: Buffer = buildNifti({
    dim,
    datatype,
    slope: dice.pick([0, 1, Number.NaN, Infinity, -1e30]),
    intercept: dice.pick([0, 1]),
    sform: UNIT_SFORM,
    descrip: CANARY,
    voxels: dice.bytes(size * 24 * (dim[4] ?? 1)),
  });
  if (dice.chance(0.4)) bytes = damageBytes(dice, bytes, what);
  const path = join(folder, 'mask.nii.gz');
  writeFileSync(path, dice.chance(0.5) ? gzipSync(bytes) : bytes);
  return { what, path };
}
