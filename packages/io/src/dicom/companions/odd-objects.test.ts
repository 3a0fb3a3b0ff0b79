import { createMask } from '@efface/volume';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CompanionAlteration, CompanionKind, WrittenCompanion } from '../../companion.ts';
import type { BuiltElement } from '../../testing/build-dicom.ts';
import { buildStructureSet } from '../../testing/build-rt.ts';
import { temporaryFolder } from '../../testing/temp-folder.ts';
import { readDicomFile } from '../file.ts';
import { readStructureSet } from '../rt/structure-set.ts';
import { UidMap } from '../uid-map.ts';
import { companionOf } from './dicom-companion.ts';
import { companionKind } from './kinds.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);
let nFiles = 0;

/** Empties every region that it is asked to clip. */
const EVERYTHING: CompanionAlteration = {
  clip: (contours) => ({
    contours: [],
    report: { areaRemovedMm2: 100, contoursTouched: contours.length, contoursEmptied: contours.length },
  }),
  removed: { grid: { sizeIjk: [1, 1, 1], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] }, mask: createMask([1, 1, 1]) }, // prettier-ignore
  removedOn: ({ grid }) => Promise.resolve(createMask(grid.sizeIjk)),
  methodText: 'all of it',
  softwareVersion: 'test',
};

async function written(
  bytes: Buffer,
): Promise<WrittenCompanion & { readonly path: string; readonly kind: CompanionKind | undefined }> {
  const [source, path] = [join(scratch, `${nFiles}-in.dcm`), join(scratch, `${nFiles++}-out.dcm`)];
  writeFileSync(source, bytes);
  const file = await readDicomFile(source);
  if ('error' in file) throw file.error;
  const kind = companionKind(file, false);
  const companion = companionOf(kind ?? 'uncleaned', file, { uids: new UidMap('k'), known: new Set() });
  return { path, kind, ...(await companion.write(EVERYTHING, path)) };
}

const SQUARE = { points: [0, 0, 5, 10, 0, 5, 10, 10, 5, 0, 10, 5] };

describe('odd objects', () => {
  it('a region that loses all its contours keeps its item, and its name', async () => {
    const { path, clippedRegions } = await written(
      buildStructureSet([
        { number: 4, name: 'External', contours: [SQUARE, SQUARE] },
        { number: 7, name: 'Eye_L', contours: [SQUARE] },
        { number: 9, name: 'Bolus 1', contours: [] },
      ]),
    );
    expect(clippedRegions).toEqual([{ region: 4, areaRemovedMm2: 100, contoursTouched: 2, contoursEmptied: 2 }]);
    const { regions } = await readStructureSet(path);
    expect(regions.map(({ number, name, contours }) => [number, name, contours.length])).toEqual([
      [4, 'External', 0], [7, 'Eye_L', 1], [9, 'Bolus 1', 0],
    ]); // prettier-ignore
  });

  it('sequences of no items stay sequences of no items', async () => {
    const { path, clippedRegions, danglingReferences } = await written(buildStructureSet([], { elements: [['30060010', 'SQ', []]] })); // prettier-ignore
    expect([clippedRegions, danglingReferences]).toEqual([[], 0]);
    expect((await readStructureSet(path)).regions).toEqual([]);
    const file = await readDicomFile(path);
    expect('error' in file ? undefined : file.dataSet.get(0x30060010)?.items).toEqual([]);
  });

  it('what private creators hide is dropped where it can be a picture or names an original', async () => {
    const picture = Uint8Array.from({ length: 5000 }, (_, n) => n);
    const elements: BuiltElement[] = [
      ['00190010', 'LO', 'PLANNER'],
      ['00191001', 'OB', picture],
      ['00191002', 'LO', 'harmless'],
      ['00191003', 'LO', 'made of 1.2.840.99.1.2.3.4.5.6'],
      ['00081140', 'SQ', [{ elements: [['00081150', 'UI', '1.2.840.10008.5.1.4.1.1.2'], ['00081155', 'UI', '1.2.840.99.1.2.3.4.5.6']] }]],
    ]; // prettier-ignore
    const { path, warnings, danglingReferences } = await written(buildStructureSet([], { elements }));
    expect(danglingReferences).toBe(1);
    expect(warnings.map(({ code }) => code)).toEqual(['DICOM_PRIVATE_REMOVED', 'DICOM_PRIVATE_REMOVED']);
    const bytes = readFileSync(path);
    expect(bytes.includes('harmless')).toBe(true);
    expect(bytes.includes('1.2.840.99.1.2.3.4.5.6')).toBe(false);
  });

  it('a contour that is no contour is told, and nothing is written', async () => {
    const broken = buildStructureSet([{ number: 1, name: 'Skin', contours: [{ points: [1, 2] }] }]);
    await expect(written(broken)).rejects.toMatchObject({ code: 'DICOM_BAD_FIELD' });
    expect(() => readFileSync(join(scratch, `${nFiles - 1}-out.dcm`))).toThrow(/ENOENT/);
  });
});
