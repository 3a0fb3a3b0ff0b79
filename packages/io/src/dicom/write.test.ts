import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
// @ts-expect-error dcmjs comes without types
import dcmjs from 'dcmjs';
import { afterAll, describe, expect, it } from 'vitest';
import { createMask, type Volume } from '@efface/volume';
import { openScan } from '../open.ts';
import type { Alteration, OpenOptions, WrittenImage } from '../scan.ts';
import { type BuiltElement, type SeriesRecipe, writeSeriesFiles } from '../testing/build-dicom.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
let folders = 0;

/** An element as dcmjs, somebody else's reader, sees it. */
interface Seen {
  readonly vr: string;
  readonly Value: readonly unknown[];
}
type SeenSet = Readonly<Record<string, Seen | undefined>>;

function readWithDcmjs(path: string): { readonly meta: SeenSet; readonly dict: SeenSet } {
  const bytes = readFileSync(path);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  // eslint-disable-next-line -- dcmjs comes without types
  return dcmjs.data.DicomMessage.readFile(buffer) as { meta: SeenSet; dict: SeenSet };
}

const value = (set: SeenSet, tag: string): unknown => set[tag]?.Value[0];
const items = (set: SeenSet, tag: string): readonly SeenSet[] => (set[tag]?.Value ?? []) as readonly SeenSet[];

/** Voxel (1, 1, 2) becomes `stored`. */
function oneVoxel({ grid }: Volume, change: Partial<Alteration> = {}, stored = 24): Alteration {
  const mask = createMask(grid.sizeIjk);
  mask.words[(2 * grid.sizeIjk[1] + 1) * mask.wordsPerRow] = 2;
  const storedPerK = [new Float64Array(grid.sizeIjk[2]).fill(stored)];
  return {
    mask,
    fill: { kind: 'constant', storedPerK },
    methodText: 'quickshear, rule robust, buffer 10 mm',
    softwareVersion: '0.1.0',
    verified: true,
    ...change,
  };
}

interface Written extends WrittenImage {
  readonly folder: string;
  readonly sets: readonly SeenSet[];
  readonly metas: readonly SeenSet[];
}

async function written(
  recipe: SeriesRecipe = {},
  options: OpenOptions = {},
  change: Partial<Alteration> = {},
): Promise<Written> {
  const input = join(temporary.path, `in-${folders}`);
  const folder = join(temporary.path, `out-${folders++}`);
  writeSeriesFiles(input, recipe);
  const scan = await openScan(input, options);
  const image = await scan.write(oneVoxel(scan.volume, change), folder);
  const read = image.files.map(readWithDcmjs);
  return { ...image, folder, sets: read.map(({ dict }) => dict), metas: read.map(({ meta }) => meta) };
}

describe('files', () => {
  it('are named by their place along k', async () => {
    const { files, folder, sets, alteredVoxels } = await written({ name: (k) => `Nobody^At^All-${9 - k}` });
    expect(readdirSync(folder)).toEqual(['IM0001.dcm', 'IM0002.dcm', 'IM0003.dcm', 'IM0004.dcm', 'IM0005.dcm', 'IM0006.dcm']); // prettier-ignore
    expect(files.map((path) => basename(path))).toEqual(readdirSync(folder));
    expect(sets.map((set) => set['00200032']?.Value[2])).toEqual([-30, -26, -22, -18, -14, -10]);
    expect(alteredVoxels).toBe(1);
  });

  it('are not written where something is, and nothing is left when writing fails', async () => {
    const { folder } = await written();
    const scan = await openScan(folder);
    await expect(scan.write(oneVoxel(scan.volume), folder)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(readdirSync(folder)).toHaveLength(6);
    const elsewhere = join(temporary.path, 'not', 'there');
    await expect(scan.write(oneVoxel(scan.volume), elsewhere)).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    // Somebody wrote into the voxels that belong to everybody.
    scan.volume.voxels[0] = 99;
    const spoiled = join(temporary.path, 'spoiled');
    await expect(scan.write(oneVoxel(scan.volume), spoiled)).rejects.toMatchObject({ code: 'DICOM_VOXELS_CHANGED' });
    expect(readdirSync(temporary.path)).not.toContain('spoiled');
  });

  it('are the same bytes for the same key', async () => {
    const [a, b] = [await written({}, { uidKey: 'k' }), await written({}, { uidKey: 'k' })];
    expect(a.files.map((path) => readFileSync(path))).toEqual(b.files.map((path) => readFileSync(path)));
  });
});

describe('UIDs', () => {
  it('of instances and series are new, also in the meta information; others stay', async () => {
    const { sets, metas } = await written();
    const instances = sets.map((set) => value(set, '00080018'));
    expect(new Set(instances).size).toBe(6);
    for (const uid of instances) expect(uid).toMatch(/^2\.25\.\d+$/);
    expect(metas.map((meta) => value(meta, '00020003'))).toEqual(instances);
    expect(new Set(sets.map((set) => value(set, '0020000E'))).size).toBe(1);
    expect(value(sets[0], '0020000E')).toMatch(/^2\.25\.\d+$/);
    expect(value(sets[0], '0020000D')).toBe('1.2.3.4.5');
    expect(value(sets[0], '00200052')).toBe('1.2.3.4.9');
  });

  const references = (k: number): BuiltElement[] => [
    ['00081140', 'SQ', [reference('1.2.3.4.5.6.1'), reference('1.7.7')]],
    ['00082112', 'SQ', [reference('1.7.8')]],
    ['00091001', 'LO', `made of 1.2.3.4.5.6.${k + 1}`],
  ];
  const reference = (uid: string): { readonly elements: readonly BuiltElement[] } => ({
    elements: [
      ['00081150', 'UI', '1.2.840.10008.5.1.4.1.1.2'],
      ['00081155', 'UI', uid],
    ],
  });

  it('in references stay together within the series; references elsewhere go', async () => {
    const { sets, warnings, files } = await written({ elements: references });
    const [first] = sets;
    expect(items(first, '00081140').map((item) => value(item, '00081155'))).toEqual([value(first, '00080018')]);
    expect(first['00082112']).toBeUndefined();
    expect(first['00091001']).toBeUndefined();
    expect(warnings.map(({ code }) => code).sort()).toEqual([
      'DICOM_PRIVATE_REMOVED', 'DICOM_REFERENCES_REMOVED', 'DICOM_REFERENCES_REMOVED',
    ]); // prettier-ignore
    for (const path of files)
      for (const old of ['1.7.7', '1.7.8', '1.2.3.4.5.6']) expect(readFileSync(path).includes(old)).toBe(false);
  });

  it('of the sources stay when they are asked for', async () => {
    const [first] = (await written({ elements: references }, { keepSourceReferences: true })).sets;
    expect(items(first, '00081140').map((item) => value(item, '00081155'))).toEqual(['1.2.3.4.5.6.1', '1.7.7']);
    expect(items(first, '00082112').map((item) => value(item, '00081155'))).toEqual(['1.7.8', '1.2.3.4.5.6.1']);
  });
});

describe('header', () => {
  it('says what was done, by what', async () => {
    const [set] = (await written()).sets;
    expect(set['00080008']?.Value).toEqual(['DERIVED', 'PRIMARY', 'AXIAL']);
    expect(value(set, '00082111')).toBe('efface 0.1.0: quickshear, rule robust, buffer 10 mm');
    expect(value(set, '0008103E')).toBe('Head defaced');
    const [equipment] = items(set, '0018A001');
    expect(value(equipment, '00080070')).toBe('efface');
    expect(value(equipment, '00181020')).toBe('0.1.0');
    const [purpose] = items(equipment, '0040A170');
    expect(['00080100', '00080102', '00080104'].map((tag) => value(purpose, tag))).toEqual([
      '109103', 'DCM', 'Modifying Equipment',
    ]); // prettier-ignore
    expect(set['00120063']?.Value).toEqual(['efface 0.1.0: quickshear, rule robust, buffer 10 mm']);
    expect(items(set, '00120064').map((item) => value(item, '00080100'))).toEqual(['113102']);
    expect(value(set, '00280302')).toBe('NO');
    expect(set['00120062']).toBeUndefined();
    expect(value(set, '00100010')).toEqual({ Alphabetic: 'Nobody^At^All' });
  });

  it('does not promise an unrecognisable head that was not verified', async () => {
    const elements = (): BuiltElement[] => [['00280302', 'CS', 'NO']];
    const [set] = (await written({ elements }, {}, { verified: false })).sets;
    expect(set['00280302']).toBeUndefined();
    expect(set['00120064']).toBeUndefined();
    expect(set['00120063']?.Value).toHaveLength(1);
  });

  it('appends to what other tools have said, in pieces that fit', async () => {
    const methodText = 'quickshear, rule robust, buffer 10 mm, keep-out 5 mm, ears removed, brain mask given\\ü';
    const elements = (): BuiltElement[] => [
      ['00082111', 'ST', 'averaged'],
      ['0008103E', 'LO', 'x'.repeat(64)],
      ['00120062', 'CS', 'YES'],
      ['00120063', 'LO', 'mri_reface'],
      ['00120064', 'SQ', [{ elements: [['00080100', 'SH', '113102'], ['00080102', 'SH', 'DCM']] }]],
      ['0018A001', 'SQ', [{ elements: [['00080070', 'LO', 'Other']] }]],
    ]; // prettier-ignore
    const [set] = (await written({ elements }, {}, { methodText })).sets;
    expect(value(set, '00082111')).toBe(`averaged; efface 0.1.0: ${methodText.replace('\\ü', '/?')}`);
    expect(value(set, '0008103E')).toBe(`${'x'.repeat(56)} defaced`);
    expect(value(set, '00120062')).toBe('YES');
    const methods = set['00120063']?.Value as string[];
    expect(methods[0]).toBe('mri_reface');
    expect(methods.slice(1).join(' ')).toBe(`efface 0.1.0: ${methodText.replace('\\ü', '/?')}`);
    for (const method of methods) expect(method.length).toBeLessThanOrEqual(64);
    expect(items(set, '00120064')).toHaveLength(1);
    expect(items(set, '0018A001').map((item) => value(item, '00080070'))).toEqual(['Other', 'efface']);
  });

  it('has the pixel range of the altered slice', async () => {
    const elements = (): BuiltElement[] => [
      ['00280106', 'SS', [5]],
      ['00280107', 'SS', [6]],
      ['00280109', 'SS', [7]],
    ];
    const { sets, warnings } = await written({ elements }, {}, {});
    // Slice 2 holds 200 … 200 + 4 + 30, and 24 where it was altered.
    expect(sets.slice(1, 3).map((set) => [value(set, '00280106'), value(set, '00280107')])).toEqual([[100, 134], [24, 234]]); // prettier-ignore
    expect(sets[0]['00280109']).toBeUndefined();
    expect(warnings.map(({ code }) => code)).toEqual(['DICOM_RANGE_REMOVED']);
  });

  it('loses everything that can show the face elsewhere, and says so', async () => {
    const picture = Uint8Array.from({ length: 4096 }, (_, n) => n);
    const text = Buffer.from('<XProtocol> '.repeat(500));
    const elements = (): BuiltElement[] => [
      ['00880200', 'SQ', [{ elements: [['7FE00010', 'OW', [1, 2]]] }]],
      ['00101100', 'SQ', [{ elements: [['00081155', 'UI', '1.1']] }]],
      ['60003000', 'OW', [1, 2, 3, 4]],
      ['60000010', 'US', [2]],
      ['00290010', 'LO', 'MAKER'],
      ['00291001', 'OB', picture],
      ['00291002', 'UN', picture],
      ['00291003', 'OB', picture.subarray(0, 100)],
      ['00291004', 'OB', Buffer.concat([Buffer.from('SV10'), picture])],
      ['00291005', 'OB', text],
      [
        '00291006',
        'SQ',
        [
          {
            elements: [
              ['00291001', 'OW', picture],
              ['00291002', 'LO', 'text'],
            ],
          },
        ],
      ],
      ['7FE10010', 'OW', picture],
    ];
    const { sets, warnings } = await written({ elements });
    const kept = Object.keys(sets[0]);
    for (const tag of ['00880200', '00101100', '60003000', '60000010', '00291001', '00291002', '7FE10010'])
      expect(kept).not.toContain(tag);
    for (const tag of ['00290010', '00291003', '00291004', '00291005']) expect(kept).toContain(tag);
    expect(Object.keys(items(sets[0], '00291006')[0])).toEqual(['00291002']);
    expect(warnings.map(({ code }) => code).sort()).toEqual([
      'DICOM_ICON_REMOVED', 'DICOM_OVERLAY_REMOVED', 'DICOM_PHOTO_REMOVED', 'DICOM_PRIVATE_REMOVED',
      'DICOM_PRIVATE_REMOVED', 'DICOM_TRAILING_REMOVED',
    ]); // prettier-ignore
    for (const { message } of warnings) expect(message).toContain('(6 files)');
  });

  it('keeps text in the character set it came in, byte for byte', async () => {
    const japanese = Buffer.from('Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B', 'latin1');
    const elements = (): BuiltElement[] => [
      ['00080005', 'CS', '\\ISO 2022 IR 87'],
      ['00100010', 'PN', japanese],
    ];
    const input = join(temporary.path, 'japanese');
    writeSeriesFiles(input, { elements });
    const scan = await openScan(input);
    const { files } = await scan.write(oneVoxel(scan.volume), join(temporary.path, 'japanese-out'));
    expect(readFileSync(files[0]).includes(japanese)).toBe(true);
    expect(readFileSync(files[0]).includes('\\ISO 2022 IR 87')).toBe(true);
  });
});

describe('fill', () => {
  it('must fit the bits that are stored', async () => {
    const elements = (): BuiltElement[] => [
      ['00280101', 'US', [12]],
      ['00280102', 'US', [11]],
      ['00280103', 'US', [0]],
    ];
    const input = join(temporary.path, 'bits');
    writeSeriesFiles(input, { elements });
    const { volume, write } = await openScan(input).then((scan) => ({
      volume: scan.volume,
      write: (stored: number) => scan.write(oneVoxel(scan.volume, {}, stored), join(temporary.path, `bits-${stored}`)),
    }));
    expect(volume.type).toBe('u16');
    await expect(write(4096)).rejects.toThrow(RangeError);
    expect((await write(4095)).alteredVoxels).toBe(1);
    const voxels = volume.voxels.slice().fill(5000 as never);
    const scan = await openScan(input);
    const fill = { kind: 'voxels', voxels: [voxels] } as const;
    const out = join(temporary.path, 'bits-voxels');
    await expect(scan.write(oneVoxel(volume, { fill }), out)).rejects.toThrow(RangeError);
    expect(readdirSync(temporary.path)).not.toContain('bits-voxels');
  });
});
