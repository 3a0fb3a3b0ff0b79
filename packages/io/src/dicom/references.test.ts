import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openScan, openStudy } from '../open.ts';
import { emptyAlteration } from '../alter.ts';
import { createMask } from '@efface/volume';
import type { OpenOptions, WrittenImage } from '../scan.ts';
import { type BuiltElement, type BuiltItem, writeSeriesFiles } from '../testing/build-dicom.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
let folders = 0;

const CT = '1.2.840.10008.5.1.4.1.1.2';
const PRESENTATION_STATE = '1.2.840.10008.5.1.4.1.1.11.1';
const PROCEDURE_STEP = '1.2.840.10008.3.1.2.3.3';

const reference = (sopClass: string, uid: string, ...more: readonly BuiltElement[]): BuiltItem => ({
  elements: [['00081150', 'UI', sopClass], ['00081155', 'UI', uid], ...more],
});

async function written(elements: readonly BuiltElement[], options: OpenOptions = {}): Promise<WrittenImage> {
  const input = join(temporary.path, `in-${folders}`);
  writeSeriesFiles(input, { elements: () => elements });
  const scan = await openScan(input, options);
  const nothing = emptyAlteration(scan.frames, createMask(scan.volume.grid.sizeIjk));
  return scan.write(nothing, join(temporary.path, `out-${folders++}`));
}

const holds = ({ files }: WrittenImage, text: string): boolean => readFileSync(files[0]).includes(text);

describe('references in sequences of any name', () => {
  const elements: readonly BuiltElement[] = [
    ['00081111', 'SQ', [reference(PROCEDURE_STEP, '1.9.1')]],
    ['00081199', 'SQ', [reference(CT, '1.9.2'), reference(CT, '1.2.3.4.5.6.1')]],
    ['00081200', 'SQ', [{ elements: [['00081115', 'SQ', [{ elements: [['0020000E', 'UI', '1.9.3']] }]]] }]],
    ['00089237', 'SQ', [{ elements: [['00081199', 'SQ', [reference(PRESENTATION_STATE, '1.9.4')]]] }]],
    ['0040A375', 'SQ', [reference(CT, '1.9.5')]],
  ];

  it('to stored objects that are not written are removed; those to procedure steps stay', async () => {
    const image = await written(elements);
    for (const old of ['1.9.2', '1.9.3', '1.9.4', '1.9.5']) expect(holds(image, old)).toBe(false);
    expect(holds(image, '1.9.1')).toBe(true);
    const told = image.warnings.filter(({ code }) => code === 'DICOM_REFERENCES_REMOVED').map(({ message }) => message);
    expect(told.map((message) => /\([0-9a-f,]+\)/.exec(message)?.[0]).sort()).toEqual([
      '(0008,1199)', '(0008,1200)', '(0040,a375)',
    ]); // prettier-ignore
  });

  it('stay when sources are kept, and even then no thumbnail hides in them', async () => {
    const icon: BuiltElement = ['00880200', 'SQ', [{ elements: [['7FE00010', 'OW', [0x4141, 0x4242]]] }]];
    const image = await written([...elements, ['00081140', 'SQ', [reference(CT, '1.9.6', icon)]]], {
      keepSourceReferences: true,
    });
    for (const old of ['1.9.1', '1.9.2', '1.9.3', '1.9.4', '1.9.5', '1.9.6']) expect(holds(image, old)).toBe(true);
    expect(holds(image, 'AABB')).toBe(false);
    expect(image.warnings.map(({ code }) => code)).toContain('DICOM_ICON_REMOVED');
  });
});

describe('images that were resampled', () => {
  const uidOf = (k: number): string => `1.2.840.99999.77.55.44.3.${k + 1}`;

  it.each([true, false])('name their originals nowhere unless sources are kept (%s)', async (keepSourceReferences) => {
    const input = join(temporary.path, `tilted-${keepSourceReferences}`);
    writeSeriesFiles(input, {
      position: (k) => [0, k, 4 * k],
      elements: (k) => [
        ['00080018', 'UI', uidOf(k)],
        ['00081140', 'SQ', [reference(CT, uidOf(0))]],
        ['00091001', 'LO', `made of ${uidOf(k)}`],
        ['00091002', 'UI', uidOf(k)],
        ['00180050', 'DS', '4'],
      ],
    });
    const scan = await openScan(input, { allowResample: true, keepSourceReferences });
    const nothing = emptyAlteration(scan.frames, createMask(scan.volume.grid.sizeIjk));
    const { files } = await scan.write(nothing, `${input}-out`);
    const naming = files.filter((path) => readFileSync(path).includes('1.2.840.99999.77'));
    expect(naming).toHaveLength(keepSourceReferences ? files.length : 0);
  });
});

describe('what else may show or name the patient', () => {
  it('retired curves and enclosed documents are removed', async () => {
    const image = await written([
      ['00420011', 'OB', Buffer.from('%PDF-1.7 a picture')],
      ['50000005', 'US', [2]],
      ['50023000', 'OW', [0x4343, 0x4343]],
    ]);
    expect(holds(image, '%PDF')).toBe(false);
    expect(holds(image, 'CCCC')).toBe(false);
    expect(image.warnings.map(({ code }) => code).sort()).toEqual(['DICOM_CURVE_REMOVED', 'DICOM_DOCUMENT_REMOVED']);
  });

  it.each([
    { value: 'YES', code: 'DICOM_BURNED_IN_ANNOTATION' },
    { value: 'NO', code: undefined },
  ])('Burned In Annotation $value', async ({ value, code }) => {
    const input = join(temporary.path, `burned-${value}`);
    writeSeriesFiles(input, { elements: () => [['00280301', 'CS', value]] });
    const [entry] = (await openStudy(input)).entries;
    expect(entry.refusal?.code).toBe(code);
  });
});
