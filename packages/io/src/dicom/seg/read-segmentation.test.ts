import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sharedPath } from '@efface/test-data';
import { type Grid, type GridMask, ijkToLps, type Mask, maskCount, maskFromNonzero, maskToBytes, spacingMm } from '@efface/volume'; // prettier-ignore
import { buildStructureSet } from '../../testing/build-rt.ts';
import { buildSegmentation, type BuiltFrame, type SegmentationRecipe } from '../../testing/build-seg.ts';
import { hasProgram, hasPydicom, run, unpack } from '../../testing/other-software.ts';
import { temporaryFolder } from '../../testing/temp-folder.ts';
import { readSegmentation } from './read-segmentation.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
let count = 0;

function put(bytes: Uint8Array): string {
  const path = join(temporary.path, `${count++}.dcm`);
  writeFileSync(path, bytes);
  return path;
}

const read = (recipe: SegmentationRecipe): ReturnType<typeof readSegmentation> =>
  readSegmentation(put(buildSegmentation(recipe)));

/** Pixels of a 5 × 3 frame, so that frames end inside a byte. */
const picture = (...rows: readonly string[]): number[] => [...rows.join('')].map((c) => (c === '#' ? 1 : 0));
const L = picture('#....', '#....', '###..');
const DOT = picture('.....', '..#..', '.....');
const FULL = picture('#####', '#####', '#####');

/** Slices of a mask as text. */
function pictures(mask: Mask): string[] {
  const [ni, nj, nk] = mask.sizeIjk;
  const bytes = maskToBytes(mask);
  return Array.from({ length: nk }, (_, k) =>
    Array.from({ length: nj }, (__, j) =>
      [...bytes.subarray((k * nj + j) * ni, (k * nj + j + 1) * ni)].map((v) => (v === 0 ? '.' : '#')).join(''),
    ).join('/'),
  );
}
const EMPTY = '...../...../.....';

const frame = (segment: number, z: number, pixels: readonly number[]): BuiltFrame => ({
  segment,
  positionLps: [-10, -20, z],
  pixels,
});

/** Two overlapping segments; planes out of order, one of them without a frame. */
const RECIPE: SegmentationRecipe = {
  kind: 'BINARY',
  columns: 5,
  rows: 3,
  segments: [
    [1, 'Gland'],
    [7, 'Dot'],
  ],
  frames: [frame(1, 38, DOT), frame(1, 30, L), frame(7, 30, FULL), frame(7, 34, DOT)],
  betweenMm: 4,
};

describe('a segmentation', () => {
  it.each([
    ['explicit', 'OB'],
    ['implicit', 'OB'],
    ['bigEndian', 'OB'],
    ['bigEndian', 'OW'],
  ] as const)('of packed bits, coded %s as %s, has its segments', async (coding, pixelVr) => {
    const found = await read({ ...RECIPE, coding, pixelVr });
    expect(found.kind).toBe('BINARY');
    expect(found.frameOfReferenceUid).toBe('1.2.3.4.9');
    expect(found.segments).toEqual([
      { number: 1, label: 'Gland' },
      { number: 7, label: 'Dot' },
    ]);
    expect(found.grid.sizeIjk).toEqual([5, 3, 3]);
    expect(ijkToLps(found.grid, [1, 2, 2])).toEqual([-8, -14, 38]);
    expect(pictures(found.mask(1))).toEqual(['#..../#..../###..', EMPTY, '...../..#../.....']);
    expect(pictures(found.mask(7))).toEqual(['#####/#####/#####', '...../..#../.....', EMPTY]);
    expect(maskCount(found.mask(3))).toBe(0);
  });

  it('of bytes that are yes or no is binary all the same', async () => {
    const found = await read({ ...RECIPE, bits: 8 });
    expect(pictures(found.mask(1))).toEqual(['#..../#..../###..', EMPTY, '...../..#../.....']);
  });

  it('of fractions has the voxels that belong to it by half', async () => {
    const pixels = [0, 99, 100, 101, 200, ...new Array<number>(10).fill(0)];
    const found = await read({ ...RECIPE, kind: 'FRACTIONAL', segments: [[2, '']], frames: [frame(2, 0, pixels)] });
    expect(pictures(found.mask(2))).toEqual(['..###/...../.....']);
    expect(found.segments).toEqual([{ number: 2, label: '' }]);
  });

  it.each([8, 16] as const)('that is a label map of %d bits has the numbers of its segments', async (bits) => {
    const high = bits === 8 ? 200 : 513;
    const pixels = [1, high, 0, 1, 1, ...new Array<number>(10).fill(high)];
    const frames = [
      { positionLps: [0, 0, 4], pixels },
      { positionLps: [0, 0, 0], pixels: L },
    ];
    const segments = [[1, 'a'], [high, 'b']] as const; // prettier-ignore
    const found = await read({ ...RECIPE, kind: 'LABELMAP', bits, segments, frames });
    expect(pictures(found.mask(1))).toEqual(['#..../#..../###..', '#..##/...../.....']);
    expect(pictures(found.mask(high))).toEqual([EMPTY, '.#.../#####/#####']);
  });

  it('lies where its frames say, in any orientation', async () => {
    // Rows along y, columns along −z: the normal is −x, and k follows it.
    const cosines = [0, 1, 0, 0, 0, -1];
    const at = (x: number): number[] => [x, 5, 60];
    const frames = [{ segment: 1, positionLps: at(11), pixels: L }, { segment: 1, positionLps: at(14), pixels: DOT }]; // prettier-ignore
    const found = await read({ ...RECIPE, cosines, frames, betweenMm: 3 });
    expect(pictures(found.mask(1))).toEqual(['...../..#../.....', '#..../#..../###..']);
    expect(ijkToLps(found.grid, [0, 0, 0])).toEqual([14, 5, 60]);
    expect(ijkToLps(found.grid, [4, 2, 1])).toEqual([11, 13, 54]);
  });

  it.each<{ name: string; betweenMm?: number; zs: readonly number[]; stepMm: number; nk: number }>([
    { name: 'as stated, when planes are left out', betweenMm: 2, zs: [0, 4, 10], stepMm: 2, nk: 6 },
    { name: 'as the planes lie, when nobody states it', zs: [0, 2.5, 7.5], stepMm: 2.5, nk: 4 },
    { name: 'as the planes lie, when something else is stated', betweenMm: 4, zs: [0, 3, 6, 12], stepMm: 3, nk: 5 },
    { name: 'from the whole span, when it is rounded', betweenMm: 3.3, zs: [0, 10, 40, 100], stepMm: 10 / 3, nk: 31 },
    { name: 'as stated, of one plane', betweenMm: 2.2, zs: [5], stepMm: 2.2, nk: 1 },
    { name: 'its thickness, of one plane of which nothing else is known', zs: [5], stepMm: 4, nk: 1 },
  ])('has planes as far apart as they are: $name', async ({ betweenMm, zs, stepMm, nk }) => {
    const { betweenMm: stated, ...recipe } = RECIPE;
    expect(stated).toBe(4);
    const frames = zs.map((z) => frame(1, z, DOT));
    const { grid } = await read({ ...recipe, frames, ...(betweenMm === undefined ? {} : { betweenMm }) });
    expect(spacingMm(grid)[2]).toBeCloseTo(stepMm, 10);
    expect(grid.sizeIjk[2]).toBe(nk);
  });
});

describe('cleared', () => {
  /** A grid of 1 mm voxels around the planes of the recipe, of which those with `has` at their centre were removed. */
  const removedWhere = (has: (x: number, y: number, z: number) => boolean): GridMask => {
    const grid: Grid = { sizeIjk: [20, 20, 20], affineIjkToLps: [0, -1, 0, 2, 1, 0, 0, -22, 0, 0, 1, 27] };
    const [ni, nj, nk] = grid.sizeIjk;
    const values = Uint8Array.from({ length: ni * nj * nk }, (_, n) => {
      const [x, y, z] = ijkToLps(grid, [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))]);
      return has(x, y, z) ? 1 : 0;
    });
    return { grid, mask: maskFromNonzero(grid.sizeIjk, values) };
  };
  // Columns lie at x = −10, −8, …, −2 and rows at y = −20, −17, −14.
  const left = removedWhere((x) => x < -5);
  const reread = async (recipe: SegmentationRecipe, bytes: Uint8Array): ReturnType<typeof readSegmentation> =>
    read({ ...recipe, elements: [...(recipe.elements ?? []), ['7FE00010', 'OB', bytes]] });

  it('packed bits lose the voxels that were removed, and no others', async () => {
    const { bytes, segments } = (await read(RECIPE)).cleared(left);
    const after = await reread(RECIPE, bytes);
    expect(pictures(after.mask(1))).toEqual([EMPTY, EMPTY, EMPTY]);
    expect(pictures(after.mask(7))).toEqual(['...##/...##/...##', EMPTY, EMPTY]);
    expect([...segments]).toEqual([
      [1, { cleared: 6, left: 0 }],
      [7, { cleared: 10, left: 6 }],
    ]);
    const above = (await read(RECIPE)).cleared(removedWhere((_, __, z) => z > 31));
    expect(pictures((await reread(RECIPE, above.bytes)).mask(1))).toEqual(['#..../#..../###..', EMPTY, EMPTY]);
  });

  it('nothing is lost where nothing was removed, or beside the image', async () => {
    const before = await read(RECIPE);
    for (const has of [() => false, (_: number, __: number, z: number) => z > 39]) {
      const { bytes, segments } = before.cleared(removedWhere(has));
      const after = await reread(RECIPE, bytes);
      for (const { number } of before.segments) expect(after.mask(number)).toEqual(before.mask(number));
      expect([...segments.values()].map(({ cleared }) => cleared)).toEqual([0, 0]);
    }
  });

  it('fractions and label maps too', async () => {
    const pixels = [1, 99, 100, 101, 200, ...new Array<number>(10).fill(0)];
    const fractional: SegmentationRecipe = { ...RECIPE, kind: 'FRACTIONAL', segments: [[2, '']], frames: [frame(2, 30, pixels)] }; // prettier-ignore
    const some = (await read(fractional)).cleared(left);
    expect([...some.bytes.subarray(0, 6)]).toEqual([0, 0, 0, 101, 200, 0]);
    expect([...some.segments]).toEqual([[2, { cleared: 3, left: 2 }]]);

    const labels = [513, 513, 513, 513, 2, ...new Array<number>(10).fill(9)];
    const labelMap: SegmentationRecipe = {
      ...RECIPE,
      kind: 'LABELMAP',
      bits: 16,
      segments: [[2, ''], [513, '']],
      frames: [{ positionLps: [-10, -20, 30], pixels: labels }],
      elements: [['00280120', 'US', [9]]],
    }; // prettier-ignore
    const { bytes, segments } = (await read(labelMap)).cleared(left);
    expect([...new Uint16Array(bytes.buffer, bytes.byteOffset, 15)]).toEqual([9, 9, 9, 513, 2, ...labels.slice(5)]);
    expect([...segments]).toEqual([
      [2, { cleared: 0, left: 1 }],
      [513, { cleared: 3, left: 1 }],
    ]);
  });
});

describe('refused', () => {
  const turned: BuiltFrame = {
    ...frame(1, 34, DOT),
    groups: [['00209116', 'SQ', [{ elements: [['00200037', 'DS', '0\\1\\0\\1\\0\\0']] }]]],
  };
  const measured: BuiltFrame = {
    ...frame(1, 34, DOT),
    groups: [['00289110', 'SQ', [{ elements: [['00280030', 'DS', '3\\3']] }]]],
  };
  it.each<[string, Partial<SegmentationRecipe>, string, RegExp]>([
    ['uneven planes', { frames: [frame(1, 0, L), frame(1, 4, L), frame(1, 9, L)] }, 'DICOM_SEG_GRID', /not evenly spaced/],
    ['a frame shifted in its plane', { frames: [frame(1, 0, L), { ...frame(1, 4, L), positionLps: [-9, -20, 4] }] }, 'DICOM_SEG_GRID', /frame 2 is shifted/],
    ['a frame that is turned', { frames: [frame(1, 30, L), turned] }, 'DICOM_SEG_GRID', /frame 2 is turned/],
    ['a frame of other pixels', { frames: [frame(1, 30, L), measured] }, 'DICOM_SEG_GRID', /pixel spacing/],
    ['two frames of a segment at one place', { frames: [frame(1, 0, L), frame(1, 0, L)] }, 'DICOM_DUPLICATE_SLICES', /frames 1 and 2/],
    ['a frame of nobody', { frames: [frame(3, 0, L)] }, 'DICOM_BAD_FIELD', /segment 3 \(0062,000b\)/],
    ['a frame that names no segment', { frames: [{ positionLps: [0, 0, 0], pixels: L }] }, 'DICOM_BAD_FIELD', /\(0062,000a\)/],
    ['two segments of one number', { segments: [[1, 'Gland'], [1, 'Gland']] }, 'DICOM_BAD_FIELD', /number 1 \(0062,0004\)/],
    ['no segments', { without: ['00620002'] }, 'DICOM_BAD_FIELD', /\(0062,0002\)/],
    ['no type', { without: ['00620001'] }, 'DICOM_BAD_FIELD', /\(0062,0001\)/],
    ['fewer groups than frames', { elements: [['00280008', 'IS', '5']] }, 'DICOM_BAD_FIELD', /5 frames by \(0028,0008\) and 4/],
    ['no groups', { without: ['52009230'] }, 'DICOM_BAD_FIELD', /\(5200,9230\)/],
    ['no orientation', { without: ['52009229'] }, 'DICOM_NO_POSITION', /\(0020,0037\)/],
    ['no pixels', { without: ['7FE00010'] }, 'DICOM_BAD_FIELD', /\(7FE0,0010\)/],
    ['fewer pixels than promised', { elements: [['7FE00010', 'OB', new Uint8Array(6)]] }, 'DICOM_TRUNCATED', /6 bytes of pixel data; its header promises 8/],
    ['fractions of one bit', { kind: 'FRACTIONAL', bits: 1 }, 'DICOM_UNSUPPORTED_PIXELS', /1 bits a pixel; a FRACTIONAL segmentation has 8/],
    ['fractions of nothing', { kind: 'FRACTIONAL', without: ['0062000E'] }, 'DICOM_BAD_FIELD', /\(0062,000e\)/],
  ])('%s', async (_, recipe, code, message) => {
    const promise = read({ ...RECIPE, ...recipe });
    await expect(promise).rejects.toMatchObject({ code });
    await expect(promise).rejects.toThrow(message);
    await expect(promise).rejects.not.toThrow('Gland');
  }); // prettier-ignore

  it('what is something else', async () => {
    await expect(readSegmentation(put(buildStructureSet([])))).rejects.toMatchObject({ code: 'DICOM_WRONG_OBJECT' });
  });
});

const archive = sharedPath('data/dicom/pet_qin_headneck_0024_with_SEG.tar.xz');
const WHY =
  archive === undefined
    ? ' (skipped: the shared data are not beside the checkout)'
    : hasPydicom()
      ? ''
      : ' (skipped: pydicom is not installed)';
describe.skipIf(WHY !== '')(`a segmentation of a tumour and its metastases by dcmqi${WHY}`, () => {
  const folder = archive === undefined || WHY !== '' ? '' : join(unpack(archive, temporary.path), 'qin24');
  const path = folder && join(folder, 'SEG', readdirSync(join(folder, 'SEG'))[0]);
  /** Segment numbers, labels and the patient coordinates of all their pixels by pydicom, by a plain reading of PS3.3. */
  const SCRIPT = `
import json, sys, numpy, pydicom
d = pydicom.dcmread(sys.argv[1])
pixels = d.pixel_array
shared = d.SharedFunctionalGroupsSequence[0]
rows, columns = [float(v) for v in shared.PixelMeasuresSequence[0].PixelSpacing]
o = [float(v) for v in shared.PlaneOrientationSequence[0].ImageOrientationPatient]
out = {}
for segment in d.SegmentSequence:
    points = []
    for n, f in enumerate(d.PerFrameFunctionalGroupsSequence):
        if f.SegmentIdentificationSequence[0].ReferencedSegmentNumber != segment.SegmentNumber: continue
        p = [float(v) for v in f.PlanePositionSequence[0].ImagePositionPatient]
        for r, c in zip(*numpy.nonzero(pixels[n])):
            points.append([p[a] + o[a] * columns * float(c) + o[3 + a] * rows * float(r) for a in range(3)])
    out[int(segment.SegmentNumber)] = dict(label=segment.SegmentLabel, points=points)
print(json.dumps(out))
`;

  it('is what pydicom reads, voxel by voxel', async () => {
    const expected = JSON.parse(run('python3', ['-c', SCRIPT, path])) as Record<
      string,
      { readonly label: string; readonly points: readonly (readonly number[])[] }
    >;
    const found = await readSegmentation(path);
    expect(found.segments.map(({ number, label }) => [String(number), label])).toEqual(
      Object.entries(expected).map(([number, { label }]) => [number, label]),
    );
    const [ni, nj] = found.grid.sizeIjk;
    const key = (point: readonly number[]): string => point.map((mm) => mm.toFixed(3)).join(' ');
    for (const { number } of found.segments) {
      const voxels = [...maskToBytes(found.mask(number)).entries()].filter(([, v]) => v !== 0).map(([n]) => n);
      const points = voxels.map((n) =>
        ijkToLps(found.grid, [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))]),
      );
      expect(new Set(points.map(key))).toEqual(new Set(expected[String(number)].points.map(key)));
      expect(voxels).toHaveLength(expected[String(number)].points.length);
    }
    // Counted once with pydicom 3.0.2: so many pixels are set in 4 and in 9 frames.
    expect(found.segments.map(({ number }) => maskCount(found.mask(number)))).toEqual([54, 212]);
    expect(found.grid.sizeIjk).toEqual([128, 128, 9]);
  });

  it.skipIf(!hasProgram('dcmconv'))(
    'reads the same in the codings of dcmconv (skipped when dcmtk is not installed)',
    async () => {
      for (const option of ['+ti', '+tb', '+td']) {
        const copy = join(temporary.path, `seg${option}.dcm`);
        run('dcmconv', [option, path, copy]);
        const found = await readSegmentation(copy);
        expect(found.segments.map(({ number }) => maskCount(found.mask(number)))).toEqual([54, 212]);
      }
    },
  );
});
