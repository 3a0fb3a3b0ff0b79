import { openScan, type Scan } from '@efface/io';
import { type BuiltElement, temporaryFolder, writeSeriesFiles } from '@efface/io/testing';
import { sharedPath } from '@efface/test-data';
import { allocateVoxels, createMask, type Mask, maskHas, type Volume } from '@efface/volume';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fillReal, fillStoredPerK } from './fill.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());

/** The front half of every second slice, so that altered slices have unaltered neighbours. */
function frontOfEvenSlices({ grid: { sizeIjk } }: Volume): Mask {
  const mask = createMask(sizeIjk);
  const [ni, nj, nk] = sizeIjk;
  for (let k = 0; k < nk; k += 2)
    for (let j = 0; j < nj >> 1; j++)
      for (let i = 0; i < ni; i++) mask.words[(k * nj + j) * mask.wordsPerRow + (i >>> 5)] |= 1 << (i & 31);
  return mask;
}

/** Writes the scan with its removed voxels filled as a method fills them, and opens what was written. */
async function defaced(scan: Scan, name: string): Promise<{ readonly written: Scan; readonly mask: Mask }> {
  const { volume } = scan;
  const mask = frontOfEvenSlices(volume);
  const fill = fillStoredPerK(volume, fillReal(volume.modality, volume.unit, 1234));
  expect(fill.clipped).toBe(false);
  const folder = join(temporary.path, name);
  await scan.write(
    {
      mask,
      fill: { kind: 'constant', storedPerK: [fill.storedPerK] },
      methodText: 'test, the front of every second slice',
      softwareVersion: '0.1.0',
      verified: false,
    },
    folder,
  );
  return { written: await openScan(folder), mask };
}

/** Voxels of an output that are not as they must be: stored values as before outside the mask, no activity inside. */
function misfilled(before: Volume, after: Volume, mask: Mask): number {
  const [ni, nj] = before.grid.sizeIjk;
  let wrong = 0;
  for (let n = 0; n < before.voxels.length; n++) {
    const k = Math.floor(n / (ni * nj));
    const stored = Number(after.voxels[n]);
    const real = stored * after.rescale.slopePerK[k] + after.rescale.interceptPerK[k];
    const isRemoved = maskHas(mask, n % ni, Math.floor(n / ni) % nj, k);
    if (isRemoved ? real !== 0 : after.voxels[n] !== before.voxels[n]) wrong++;
  }
  return wrong;
}

/** Value of an element of explicit little-endian files as it is written, padding included. */
function writtenText(path: string, tagBytes: string): string {
  const bytes = readFileSync(path);
  const at = bytes.indexOf(Buffer.from(tagBytes, 'hex'));
  return bytes.toString('latin1', at + 8, at + 8 + bytes.readUInt16LE(at + 6));
}
const SLOPE = '28005310';
const INTERCEPT = '28005210';

describe('no activity', () => {
  it('is stored as 0 in every slice of a PET, whatever the slopes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.constantFrom<Volume['type']>('i16', 'u16', 'i32', 'f32'),
        (slopes, type) => {
          const { storedPerK, clipped } = fillStoredPerK(pet(type, slopes, []), 0);
          expect(storedPerK.every((stored) => stored === 0)).toBe(true);
          expect(clipped).toBe(false);
        },
      ),
    );
  });

  it('is the value of every slice that has an intercept, as exactly as whole numbers can store it', () => {
    const line = fc.tuple(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: -200, max: 200 }));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (lines) => {
        // Slopes in eighths and intercepts in multiples of them are exact in binary.
        const slopes = lines.map(([eighths]) => eighths / 8);
        const intercepts = lines.map(([, steps], k) => steps * slopes[k]);
        const { storedPerK, clipped } = fillStoredPerK(pet('i16', slopes, intercepts), 0);
        storedPerK.forEach((stored, k) => expect(stored * slopes[k] + intercepts[k]).toBe(0));
        expect(clipped).toBe(false);
      }),
    );
    // Half a step is the most that rounding costs.
    const { storedPerK } = fillStoredPerK(pet('i16', [2, 0.5], [-3, 1.1]), 0);
    expect([storedPerK[0] * 2 - 3, storedPerK[1] * 0.5 + 1.1].every((real) => Math.abs(real) <= 1)).toBe(true);
    expect(fillStoredPerK(pet('u16', [2], [3]), 0)).toEqual({ storedPerK: Float64Array.of(0), clipped: true });
  });
});

function pet(type: Volume['type'], slopes: readonly number[], intercepts: readonly number[]): Volume {
  return {
    grid: { sizeIjk: [1, 1, slopes.length], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] },
    type,
    voxels: allocateVoxels(type, slopes.length),
    rescale: {
      slopePerK: Float64Array.from(slopes),
      interceptPerK: Float64Array.from(slopes, (_, k) => intercepts[k] ?? 0),
    },
    modality: 'PT',
    unit: 'Bq/ml',
  };
}

describe('a PET whose slices have slopes of their own', () => {
  /** As decimal text that no binary number is equal to, one with an exponent, one padded. */
  const SLOPES = ['0.1', '2.0222414', '1.23456789012345', '3.3e-05', '17', '0.333333333333 '];
  const elements = (k: number): BuiltElement[] => [
    ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.128'],
    ['00080060', 'CS', 'PT'],
    ['00281052', 'DS', k === 4 ? '-34' : '0'],
    ['00281053', 'DS', SLOPES[k]],
    ['00541001', 'CS', 'BQML'],
    ['70530010', 'LO', 'Philips PET Private Group'],
    ['70531000', 'DS', `0.00${k + 1}`],
  ];

  it('is written with the same slopes to the last character, unaltered voxels to the last bit, and 0 where it was altered', async () => {
    const folder = join(temporary.path, 'slopes');
    const files = writeSeriesFiles(folder, { elements });
    const scan = await openScan(folder);
    const { written, mask } = await defaced(scan, 'slopes-out');
    expect(written.volume.rescale).toEqual(scan.volume.rescale);
    expect(misfilled(scan.volume, written.volume, mask)).toBe(0);
    const outputs = readdirSync(join(temporary.path, 'slopes-out')).map((name) =>
      join(temporary.path, 'slopes-out', name),
    );
    for (const tag of [SLOPE, INTERCEPT, '53700010'])
      expect(outputs.map((path) => writtenText(path, tag))).toEqual(files.map((path) => writtenText(path, tag)));
  });
});

const archive = sharedPath('data/dicom/pet_qin_headneck_0024_with_SEG.tar.xz');
const WHY = archive === undefined ? ' (skipped: the shared data are not beside the checkout)' : '';
describe.skipIf(WHY !== '')(`a real head and neck PET${WHY}`, () => {
  const unpacked = (): string => {
    const folder = join(temporary.path, 'qin');
    mkdirSync(folder, { recursive: true });
    expect(spawnSync('tar', ['xJf', archive ?? '', '-C', folder]).status).toBe(0);
    return join(folder, 'qin24', 'PET');
  };

  it('keeps its slope and every unaltered voxel, and has no activity where it was altered, also with slopes as GE writes them', async () => {
    const folder = unpacked();
    const scan = await openScan(folder);
    const plain = await defaced(scan, 'qin-out');
    expect(misfilled(scan.volume, plain.written.volume, plain.mask)).toBe(0);
    expect(plain.written.volume.rescale).toEqual(scan.volume.rescale);

    // The same files with another slope in each, in the ten characters that the one of all has.
    const patched = join(temporary.path, 'qin-slopes');
    mkdirSync(patched);
    readdirSync(folder).forEach((name, n) => {
      const bytes = readFileSync(join(folder, name));
      const at = bytes.indexOf(Buffer.from(SLOPE, 'hex'));
      // Implicit VR: four bytes of length.
      expect(bytes.readUInt32LE(at + 4)).toBe(10);
      bytes.write((0.5 + n / 100).toFixed(8), at + 8, 'latin1');
      writeFileSync(join(patched, name), bytes);
    });
    const sliced = await openScan(patched);
    expect(new Set(sliced.volume.rescale.slopePerK).size).toBe(299);
    const { written, mask } = await defaced(sliced, 'qin-slopes-out');
    expect(written.volume.rescale).toEqual(sliced.volume.rescale);
    expect(misfilled(sliced.volume, written.volume, mask)).toBe(0);
  });
});
