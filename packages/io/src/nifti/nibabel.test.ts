import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  allocateVoxels, compose, type Grid, LPS_TO_RAS, maskFromNonzero, maskToBytes, uniformRescale, type Vec3,
  type Volume, type VoxelType,
} from '@efface/volume'; // prettier-ignore
import { afterAll, describe, expect, it } from 'vitest';
import { buildNifti, type NiftiRecipe } from '../testing/build-nifti.ts';
import { hasNibabel, readWithNibabel } from '../testing/nibabel.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';
import { writeNifti } from './create.ts';
import { writeMaskNifti } from './mask-file.ts';
import { openNifti } from './nifti-scan.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const TYPES: readonly (readonly [VoxelType, number, string, number])[] = [
  ['u8', 2, 'u1', 1], ['i8', 256, 'i1', 1], ['u16', 512, 'u2', 2], ['i16', 4, 'i2', 2], ['u32', 768, 'u4', 4],
  ['i32', 8, 'i4', 4], ['u64', 1280, 'u8', 8], ['i64', 1024, 'i8', 8], ['f32', 16, 'f4', 4], ['f64', 64, 'f8', 8],
]; // prettier-ignore

/** An oblique grid, RAS rows: turned about two axes, anisotropic. */
const OBLIQUE = [0.9, -0.6, 0.1, -80, 0.5, 1.1, -0.8, 12.5, 0.3, 0.4, 2.6, 33.25];

/** Stored values as nibabel prints them. */
const printed = (voxels: Volume['voxels']): (number | string)[] =>
  Array.from(voxels as ArrayLike<number | bigint>, (v) => (typeof v === 'bigint' ? v.toString() : v));

function volume(type: VoxelType, sizeIjk: Vec3, affineIjkToRas: readonly number[]): Volume {
  const grid: Grid = { sizeIjk, affineIjkToLps: compose(LPS_TO_RAS, affineIjkToRas) };
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  const voxels = allocateVoxels(type, count);
  const bytes = new Uint8Array(voxels.buffer, 0, voxels.byteLength);
  // Top bytes below 0x3f keep floats finite.
  for (let n = 0; n < bytes.length; n++) bytes[n] = (n * 37 + (n >> 3)) % 0x3f;
  return { grid, type, voxels, rescale: uniformRescale(sizeIjk[2], 2.5, -7), modality: 'OT', unit: 'arbitrary' };
}

describe.skipIf(!hasNibabel())('nibabel agrees (needs python3 with nibabel)', () => {
  it('on what is read: version, byte order, type, slope, extension, compression, forms', async () => {
    const paths: string[] = [];
    for (const [type, datatype, , size] of TYPES)
      for (const version of [1, 2] as const)
        for (const littleEndian of [true, false]) {
          const voxels = Uint8Array.from({ length: 24 * size }, (_, n) => (n * 53 + 11) % 0x3f);
          const isQform = (type.length + version) % 2 === 0;
          const recipe: NiftiRecipe = {
            version,
            littleEndian,
            datatype,
            dim: [3, 2, 3, 4],
            pixdim: [-1, 0.8, 1.5, 3],
            voxels,
            slope: littleEndian ? 0.25 : 0,
            intercept: 3,
            extensions: littleEndian ? [{ code: 6, text: 'a comment' }] : [],
            ...(isQform
              ? { qform: { code: 1, quatern: [0.1, -0.3, 0.5], offset: [5, -6, 7] } }
              : { sform: { code: 4, rows: OBLIQUE } }),
          };
          const path = join(folder.path, `${type}-${version}-${littleEndian ? 'le.nii' : 'be.nii.gz'}`);
          writeFileSync(path, littleEndian ? buildNifti(recipe) : gzipSync(buildNifti(recipe)));
          paths.push(path);
        }
    const theirs = readWithNibabel(paths);
    expect(theirs.length).toBe(40);
    for (const [n, path] of paths.entries()) {
      const scan = await openNifti(path);
      const { grid, voxels, rescale } = scan.volume;
      expect(theirs[n].kind).toBe(scan.header.version === 1 ? 'Nifti1Image' : 'Nifti2Image');
      expect(grid.sizeIjk).toEqual(theirs[n].shape);
      expect(printed(voxels)).toEqual(theirs[n].stored);
      const ras = compose(LPS_TO_RAS, grid.affineIjkToLps);
      // nibabel turns quaternions with its own formula; float32 headers carry 7 digits.
      ras.forEach((value, t) => expect(value).toBeCloseTo(theirs[n].affineRas[t >> 2][t & 3], 5));
      const real = Number(voxels[5]) * rescale.slopePerK[0] + rescale.interceptPerK[0];
      expect(real).toBeCloseTo(theirs[n].real[5], 6);
      expect(scan.describe().format['extensions']).toBe(theirs[n].extensionCodes.length);
    }
  });

  it('on volumes that this package writes: both forms, slope, type, 3-D and 4-D', async () => {
    const cases = TYPES.map(([type]) => {
      const isFourD = type.startsWith('i');
      const first = volume(type, [5, 4, 3], [0, 0, -2, 9, 1.5, 0, 0, -8, 0, 1, 0, 70]);
      const path = join(folder.path, `written-${type}.nii${isFourD ? '.gz' : ''}`);
      return { type, path, frames: isFourD ? [first, { ...first, voxels: first.voxels.toReversed() }] : [first] };
    });
    for (const { path, frames } of cases) await writeNifti(path, frames, 'a test');
    const theirs = readWithNibabel(cases.map((c) => c.path));
    for (const [n, { type, frames }] of cases.entries()) {
      expect(theirs[n]).toMatchObject({
        shape: frames.length === 1 ? [5, 4, 3] : [5, 4, 3, 2],
        affineRas: [[0, 0, -2, 9], [1.5, 0, 0, -8], [0, 1, 0, 70], [0, 0, 0, 1]],
        codes: [1, 1],
        slope: 2.5,
        intercept: -7,
        dtype: TYPES.find(([t]) => t === type)?.[2],
        stored: frames.flatMap((f) => printed(f.voxels)),
      }); // prettier-ignore
      theirs[n].qform.flat().forEach((value, t) => expect(value).toBeCloseTo(theirs[n].affineRas[t >> 2][t & 3], 5));
    }
  });

  it('that a sheared grid has an sform only, and a long axis makes NIfTI-2', async () => {
    const sheared = volume('i16', [4, 4, 4], OBLIQUE);
    const long = volume('u8', [40000, 1, 2], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);
    const paths = ['sheared.nii', 'long.nii'].map((name) => join(folder.path, name));
    await writeNifti(paths[0], sheared);
    await writeNifti(paths[1], long);
    const [a, b] = readWithNibabel(paths);
    expect(a.codes).toEqual([1, 0]);
    a.affineRas.flat().forEach((value, t) => expect(value).toBeCloseTo([...OBLIQUE, 0, 0, 0, 1][t], 5));
    expect(b).toMatchObject({ kind: 'Nifti2Image', shape: [40000, 1, 2], codes: [1, 1] });
  });

  it('that a mask lies where its image lies, for all four kinds of header', async () => {
    for (const version of [1, 2] as const)
      for (const littleEndian of [true, false]) {
        const image = join(folder.path, `image-${version}-${littleEndian}.nii`);
        const recipe: NiftiRecipe = {
          version,
          littleEndian,
          dim: [4, 3, 4, 5, 2],
          pixdim: [-1, 0.8, 1.5, 3, 2.2],
          slope: 4,
          intercept: 5,
          voxels: new Uint8Array(240),
          descrip: 'SECRET',
          extensions: [{ code: 6, text: 'SECRET' }],
          qform: { code: 1, quatern: [0.1, -0.3, 0.5], offset: [5, -6, 7] },
          sform: { code: 2, rows: OBLIQUE },
        };
        writeFileSync(image, buildNifti(recipe));
        const scan = await openNifti(image);
        const mask = maskFromNonzero(
          [3, 4, 5],
          Array.from({ length: 60 }, (_, n) => (n * 7) % 3),
        );
        const path = join(folder.path, `mask-${version}-${littleEndian}.nii.gz`);
        await writeMaskNifti(path, scan, mask);
        const [theirMask, theirImage] = readWithNibabel([path, image]);
        expect(theirMask).toMatchObject({
          kind: theirImage.kind,
          shape: [3, 4, 5],
          affineRas: theirImage.affineRas,
          qform: theirImage.qform,
          codes: [2, 1],
          dtype: 'u1',
          stored: [...maskToBytes(mask)],
          extensionCodes: [],
        });
        expect(theirMask.real).toEqual(theirMask.stored);
      }
  });
});
