import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openStudy } from '../../open.ts';
import { writeSeriesFiles } from '../../testing/build-dicom.ts';
import { buildDose, buildStructureSet } from '../../testing/build-rt.ts';
import { buildSegmentation } from '../../testing/build-seg.ts';
import { temporaryFolder } from '../../testing/temp-folder.ts';
import { findRtObjects } from './find-rt-objects.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());

it('radiotherapy objects are found by what they are, beside images and anything else', async () => {
  const folder = join(temporary.path, 'study');
  writeSeriesFiles(folder);
  mkdirSync(join(folder, 'plan/of'), { recursive: true });
  const put = (name: string, bytes: Uint8Array | string): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const dose = buildDose({
    columns: 1, rows: 1, stored: new Uint16Array(2), scaling: 1, offsetsMm: [0, 1], positionLps: [0, 0, 0], spacingMm: [1, 1],
  }); // prettier-ignore
  put('notes.txt', 'text');
  put('text.dcm', 'text');
  const set = put('plan/no-extension', buildStructureSet([]));
  const doses = [put('plan/of/RS.dcm', dose), put('plan/of/cut.dcm', dose.subarray(0, dose.length - 3))];
  const recipe = {
    columns: 1,
    rows: 1,
    segments: [[1, '']],
    frames: [{ positionLps: [0, 0, 0], pixels: [1] }],
  } as const;
  const segmentations = (['BINARY', 'LABELMAP'] as const).map((kind) => put(`${kind}.dcm`, buildSegmentation({ ...recipe, kind }))); // prettier-ignore
  expect(await findRtObjects(folder)).toEqual({ structureSets: [set], doses, segmentations });
  expect(await findRtObjects(set)).toEqual({ structureSets: [set], doses: [], segmentations: [] });
  expect((await openStudy(folder)).companions.map(({ path }) => path)).toContain(set);
  await expect(findRtObjects(join(folder, 'absent'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
});
