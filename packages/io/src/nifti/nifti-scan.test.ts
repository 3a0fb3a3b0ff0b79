import fc from 'fast-check';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createMask, maskFromNonzero, type Mask, orientationCode, type Vec3, type VoxelType } from '@efface/volume';
import { afterAll, describe, expect, it } from 'vitest';
import { emptyAlteration, voxelBytes } from '../alter.ts';
import type { Alteration, Scan } from '../scan.ts';
import { buildNifti, UNIT_SFORM } from '../testing/build-nifti.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';
import { openNifti } from './nifti-scan.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
let files = 0;
const fresh = (extension: string): string => join(folder.path, `${files++}${extension}`);

/** nifti1.h codes, bytes per voxel and how this platform's DataView reads one voxel. */
const TYPES: readonly { type: VoxelType; code: number; size: number; get: keyof DataView & `get${string}` }[] = [
  { type: 'u8', code: 2, size: 1, get: 'getUint8' },
  { type: 'i8', code: 256, size: 1, get: 'getInt8' },
  { type: 'u16', code: 512, size: 2, get: 'getUint16' },
  { type: 'i16', code: 4, size: 2, get: 'getInt16' },
  { type: 'u32', code: 768, size: 4, get: 'getUint32' },
  { type: 'i32', code: 8, size: 4, get: 'getInt32' },
  { type: 'u64', code: 1280, size: 8, get: 'getBigUint64' },
  { type: 'i64', code: 1024, size: 8, get: 'getBigInt64' },
  { type: 'f32', code: 16, size: 4, get: 'getFloat32' },
  { type: 'f64', code: 64, size: 8, get: 'getFloat64' },
];

const recipes = fc
  .record({
    type: fc.constantFrom(...TYPES),
    version: fc.constantFrom(1 as const, 2 as const),
    littleEndian: fc.boolean(),
    isGzip: fc.boolean(),
    size: fc.tuple(...([40, 5, 5] as const).map((max) => fc.integer({ min: 1, max }))),
    nFrames: fc.integer({ min: 1, max: 3 }),
    extensions: fc.array(fc.record({ code: fc.integer({ min: 0, max: 44 }), text: fc.string({ maxLength: 40 }) }), {
      maxLength: 2,
    }),
    slope: fc.constantFrom(0, 1, 0.5, -2, Number.NaN),
    intercept: fc.constantFrom(0, -1024, 7.25),
    suffix: fc.uint8Array({ maxLength: 20 }),
    seed: fc.integer(),
  })
  .map((r) => {
    const count = r.size[0] * r.size[1] * r.size[2] * r.nFrames;
    const voxels = randomBytes(count * r.type.size, r.seed);
    const dim = r.nFrames > 1 ? [4, ...r.size, r.nFrames] : [3, ...r.size];
    const bytes = buildNifti({ ...r, datatype: r.type.code, dim, sform: UNIT_SFORM, voxels });
    return { ...r, size: r.size as unknown as Vec3, count, voxels, bytes };
  });

/** Every bit pattern may occur, NaN payloads and denormals included (xorshift32). */
function randomBytes(length: number, seed: number): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

function write(bytes: Uint8Array, isGzip: boolean): string {
  const path = fresh(isGzip ? '.nii.gz' : '.nii');
  writeFileSync(path, isGzip ? gzipSync(bytes) : bytes);
  return path;
}

async function rewritten(scan: Scan, alteration: Alteration): Promise<Buffer> {
  const path = fresh(scan.outputExtension);
  const result = await scan.write(alteration, path);
  expect(result.files).toEqual([path]);
  const bytes = readFileSync(path);
  return scan.outputExtension === '.nii.gz' ? gunzipSync(bytes) : bytes;
}

function constantAlteration(scan: Scan, mask: Mask, stored: number): Alteration {
  const nk = scan.volume.grid.sizeIjk[2];
  return {
    mask,
    fill: {
      kind: 'constant',
      storedPerK: scan.frames.map((_, f) => new Float64Array(nk).map((_v, k) => stored + k + f)),
    },
    methodText: 'test',
    softwareVersion: '0',
    verified: true,
  };
}

describe('reading and rewriting', () => {
  it('gives the stored values of every type, byte order and version', async () => {
    await fc.assert(
      fc.asyncProperty(recipes, async (r) => {
        const scan = await openNifti(write(r.bytes, r.isGzip));
        const view = new DataView(r.voxels.buffer);
        const [ni, nj, nk] = scan.volume.grid.sizeIjk;
        expect([ni, nj, nk]).toEqual([...r.size]);
        expect(scan.frames.length).toBe(r.nFrames);
        let offset = 0;
        for (const frame of scan.frames) {
          expect(frame.type).toBe(r.type.type);
          expect(frame.voxels.buffer).toBeInstanceOf(SharedArrayBuffer);
          for (const value of frame.voxels) {
            const expected = (view[r.type.get] as (o: number, le: boolean) => number | bigint)(offset, r.littleEndian);
            if (!Object.is(value, expected)) expect(value).toBe(expected);
            offset += r.type.size;
          }
          const isScaled = r.slope !== 0 && Number.isFinite(r.slope);
          expect(frame.rescale.slopePerK[nk - 1]).toBe(isScaled ? r.slope : 1);
          expect(frame.rescale.interceptPerK[nk - 1]).toBe(isScaled ? r.intercept : 0);
        }
        expect(offset).toBe(r.voxels.length);
      }),
      { numRuns: 150 },
    );
  });

  it('writes the same file when nothing is altered', async () => {
    await fc.assert(
      fc.asyncProperty(recipes, async (r) => {
        const scan = await openNifti(write(r.bytes, r.isGzip));
        const copy = await rewritten(scan, emptyAlteration(scan.frames, createMask(r.size)));
        expect(copy.equals(r.bytes)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('changes the masked voxels of every frame and not one other bit, for both kinds of fill', async () => {
    await fc.assert(
      fc.asyncProperty(recipes, fc.boolean(), fc.integer(), async (r, isConstant, maskSeed) => {
        const scan = await openNifti(write(r.bytes, r.isGzip));
        const perFrame = r.count / r.nFrames;
        const chosen = randomBytes(perFrame, maskSeed).map((b) => (b < 90 ? 1 : 0));
        const mask = maskFromNonzero(r.size, chosen);
        const constant = constantAlteration(scan, mask, 3);
        const replacement = scan.frames.map((frame, f) => {
          const voxels = frame.voxels.slice();
          voxelBytes(voxels).set(randomBytes(voxels.byteLength, maskSeed + f + 1));
          return voxels;
        });
        const alteration: Alteration = isConstant
          ? constant
          : { ...constant, fill: { kind: 'voxels', voxels: replacement } };
        const output = await rewritten(scan, alteration);

        const expected = Buffer.from(r.bytes);
        const voxelsAt = r.bytes.length - r.suffix.length - r.voxels.length;
        const perSlice = r.size[0] * r.size[1];
        const one = new DataView(new ArrayBuffer(8));
        const set = r.type.get.replace('get', 'set') as 'setFloat64';
        for (let n = 0; n < r.count; n++) {
          const voxel = n % perFrame;
          if (chosen[voxel] === 0) continue;
          const frame = Math.floor(n / perFrame);
          const value = 3 + Math.floor(voxel / perSlice) + frame;
          if (isConstant) one[set](0, (r.type.get.includes('Big') ? BigInt(value) : value) as number, r.littleEndian);
          else {
            const bytes = voxelBytes(replacement[frame]).slice(voxel * r.type.size, (voxel + 1) * r.type.size);
            // This machine's order is the first element's of a two-byte array.
            const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
            new Uint8Array(one.buffer).set(isLittle === r.littleEndian ? bytes : bytes.reverse());
          }
          expected.set(new Uint8Array(one.buffer, 0, r.type.size), voxelsAt + n * r.type.size);
        }
        expect(output.equals(expected)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('crosses block borders: 3 MB of voxels in rows of 257', async () => {
    const size: Vec3 = [257, 61, 97];
    const voxels = randomBytes(size[0] * size[1] * size[2] * 2, 5);
    const bytes = buildNifti({ dim: [3, ...size], sform: UNIT_SFORM, voxels, littleEndian: false });
    for (const isGzip of [false, true]) {
      const scan = await openNifti(write(bytes, isGzip));
      const chosen = randomBytes(voxels.length / 2, 6).map((b) => b & 1);
      const output = await rewritten(scan, constantAlteration(scan, maskFromNonzero(size, chosen), 0));
      const start = bytes.length - voxels.length;
      let wrong = bytes.compare(output, 0, start, 0, start) === 0 ? 0 : 1;
      for (let n = 0; n < chosen.length; n++) {
        const stored = output.readInt16BE(start + 2 * n);
        const expected = chosen[n] === 1 ? Math.floor(n / (size[0] * size[1])) : bytes.readInt16BE(start + 2 * n);
        if (stored !== expected) wrong++;
      }
      expect(wrong).toBe(0);
    }
  });

  it('compresses to the same bytes every time, with neither name nor time in them', async () => {
    const voxels = randomBytes(2_500_000, 1).map((b) => b >> 4);
    const scan = await openNifti(
      write(buildNifti({ dim: [3, 250, 100, 100], datatype: 2, sform: UNIT_SFORM, voxels }), true),
    );
    const empty = emptyAlteration(scan.frames, createMask([250, 100, 100]));
    const paths = [fresh('.nii.gz'), fresh('.nii.gz')];
    for (const path of paths) await scan.write(empty, path);
    const [a, b] = paths.map((path) => readFileSync(path));
    expect(a.equals(b)).toBe(true);
    expect([...a.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  });

  it('reports progress from above 0 to 1', async () => {
    const voxels = randomBytes(5_000_000, 2);
    const scan = await openNifti(
      write(buildNifti({ dim: [3, 500, 100, 100], datatype: 2, sform: UNIT_SFORM, voxels }), false),
    );
    const shares: number[] = [];
    await scan.write(emptyAlteration(scan.frames, createMask([500, 100, 100])), fresh('.nii'), {
      onProgress: (share) => shares.push(share),
    });
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.length).toBeGreaterThan(4);
    expect(shares.at(-1)).toBe(1);
  });

  it('does not write what is no longer what was read', async () => {
    const voxels = randomBytes(1000, 3);
    const scan = await openNifti(
      write(buildNifti({ dim: [3, 10, 10, 10], datatype: 2, sform: UNIT_SFORM, voxels }), false),
    );
    scan.volume.voxels[77] = Number(scan.volume.voxels[77]) ^ 1;
    const path = fresh('.nii');
    const attempt = scan.write(emptyAlteration(scan.frames, createMask([10, 10, 10])), path);
    await expect(attempt).rejects.toMatchObject({ code: 'NIFTI_VOXELS_CHANGED', exit: 'internal' });
    expect(existsSync(path)).toBe(false);
  });

  it('never writes over a file and says so', async () => {
    const bytes = buildNifti({ dim: [3, 2, 2, 2], datatype: 2, sform: UNIT_SFORM, voxels: new Uint8Array(8) });
    const path = write(bytes, false);
    const scan = await openNifti(path);
    const attempt = scan.write(emptyAlteration(scan.frames, createMask([2, 2, 2])), path);
    await expect(attempt).rejects.toMatchObject({ code: 'OUTPUT_EXISTS', exit: 'output' });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it.each([
    ['another size', [3, 2, 2] as Vec3, 1, 'the mask is 3×2×2'],
    ['a value the type cannot hold', [2, 2, 2] as Vec3, 256, 'cannot be stored as u8'],
    ['a fraction in an integer type', [2, 2, 2] as Vec3, 0.5, 'cannot be stored as u8'],
  ])('refuses an alteration with %s', async (_, size, stored, message) => {
    const bytes = buildNifti({ dim: [3, 2, 2, 2], datatype: 2, sform: UNIT_SFORM, voxels: new Uint8Array(8) });
    const scan = await openNifti(write(bytes, false));
    const attempt = scan.write(constantAlteration(scan, createMask(size), stored), fresh('.nii'));
    await expect(attempt).rejects.toThrow(message);
  });
});

describe('facts and warnings', () => {
  it('names what it found, and no text of the header', async () => {
    const scan = await openNifti(
      write(
        buildNifti({
          version: 2,
          littleEndian: false,
          dim: [4, 2, 3, 4, 2],
          datatype: 16,
          descrip: 'SECRET^NAME',
          extensions: [{ code: 6, text: 'SECRET comment' }],
          xyztUnits: 0,
          bitpix: 8,
          sform: UNIT_SFORM,
          voxels: new Uint8Array(192),
          suffix: new Uint8Array(3),
        }),
        true,
      ),
    );
    const facts = scan.describe();
    expect(facts).toMatchObject({
      kind: 'nifti', sizeIjk: [2, 3, 4], nFrames: 2, storedType: 'f32', spacingMm: [1, 1, 1], orientation: 'RAS',
      shear: 0, format: {
        format: 'NIfTI-2', byteOrder: 'big-endian', compressed: true, orientationFrom: 'sform', slope: 1, intercept: 0,
        voxOffsetBytes: 576, extensions: 1,
      },
    }); // prettier-ignore
    expect(facts.warnings.map((w) => w.code)).toEqual([
      'NIFTI_BITPIX_MISMATCH', 'NIFTI_UNITS_UNKNOWN', 'NIFTI_EXTENSION_KEPT', 'NIFTI_TRAILING_BYTES', 'MODALITY_GUESSED',
    ]); // prettier-ignore
    expect(JSON.stringify(facts)).not.toContain('SECRET');
    expect(orientationCode(scan.volume.grid)).toBe('RAS');
  });

  it('says when a field that may hold a name is not empty, without the name', async () => {
    const bytes = buildNifti({ dim: [3, 2, 2, 2], datatype: 2, sform: UNIT_SFORM, voxels: new Uint8Array(8) });
    bytes.write('SECRET^NAME', 14);
    const { warnings } = await openNifti(write(bytes, false));
    expect(warnings.filter((w) => w.code === 'NIFTI_TEXT_KEPT').map((w) => w.message)).toEqual([
      'the header field db_name is not empty and was kept',
    ]);
  });

  it('takes the voxels right after the header when vox_offset is 0, and keeps the 0', async () => {
    const voxels = randomBytes(8, 9);
    const bytes = buildNifti({ dim: [3, 2, 2, 2], datatype: 2, sform: UNIT_SFORM, voxels, voxOffset: 0 });
    const scan = await openNifti(write(bytes, false));
    expect(scan.warnings.map((w) => w.code)).toContain('NIFTI_VOX_OFFSET_ZERO');
    expect([...scan.volume.voxels]).toEqual([...voxels]);
    expect((await rewritten(scan, emptyAlteration(scan.frames, createMask([2, 2, 2])))).equals(bytes)).toBe(true);
  });

  it('keeps damaged extensions to the bit and says so', async () => {
    const extensions = [{ code: 4, text: 'x', sizeBytes: 17 }];
    const bytes = buildNifti({
      dim: [3, 2, 2, 2],
      datatype: 2,
      sform: UNIT_SFORM,
      voxels: new Uint8Array(8),
      extensions,
    });
    const scan = await openNifti(write(bytes, false));
    expect(scan.warnings.map((w) => w.code)).toContain('NIFTI_EXTENSION_DAMAGED');
    expect((await rewritten(scan, emptyAlteration(scan.frames, createMask([2, 2, 2])))).equals(bytes)).toBe(true);
  });

  it('takes values with air and tissue on the Hounsfield scale for CT, others not, and believes the user', async () => {
    const hu = Int16Array.from({ length: 1000 }, (_, n) => (n % 2 === 0 ? -1000 : 40));
    const recipe = { dim: [3, 10, 10, 10], sform: UNIT_SFORM, voxels: new Uint8Array(hu.buffer) };
    const path = write(buildNifti(recipe), false);
    expect((await openNifti(path)).volume).toMatchObject({ modality: 'CT', unit: 'HU' });
    expect((await openNifti(path, { modality: 'MR' })).volume).toMatchObject({ modality: 'MR', unit: 'arbitrary' });
    const shifted = Int16Array.from(hu, (v) => v + 1024);
    const unsigned = { ...recipe, voxels: new Uint8Array(shifted.buffer) };
    expect((await openNifti(write(buildNifti(unsigned), false))).volume.modality).toBe('OT');
    const rescaled = { ...unsigned, slope: 1, intercept: -1024 };
    expect((await openNifti(write(buildNifti(rescaled), false))).volume.modality).toBe('CT');
  });
});
