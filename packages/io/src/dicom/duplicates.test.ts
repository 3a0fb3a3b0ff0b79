import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openStudy } from '../open.ts';
import { type BuiltElement, writeSeriesFiles } from '../testing/build-dicom.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());

/** Six slices at three places, with `elements` of the second round. */
async function refusalOf(name: string, first: readonly BuiltElement[], second: readonly BuiltElement[]) {
  const folder = join(temporary.path, name);
  writeSeriesFiles(folder, {
    position: (k) => [0, 0, 4 * (k % 3)],
    elements: (k) => (k < 3 ? first : second),
  });
  return (await openStudy(folder)).entries[0].refusal;
}

describe('slices at one place', () => {
  it.each<{ name: string; first: BuiltElement; second: BuiltElement; told: string }>([
    { name: 'echoes', first: ['00180081', 'DS', '10'], second: ['00180081', 'DS', '20'], told: 'Echo Time (0018,0081)' },
    { name: 'times', first: ['00200100', 'IS', '1'], second: ['00200100', 'IS', '2'], told: 'Temporal Position (0020,0100)' },
    { name: 'parts', first: ['00080008', 'CS', 'A\\B\\M'], second: ['00080008', 'CS', 'A\\B\\P'], told: 'Image Type (0008,0008)' },
  ])('$name are said to be several volumes', async ({ name, first, second, told }) => {
    const refusal = await refusalOf(name, [first], [second]);
    expect(refusal?.code).toBe('DICOM_DUPLICATE_SLICES');
    expect(refusal?.message).toContain(`differ in ${told}: the series holds several volumes`);
  }); // prettier-ignore

  it('that nothing tells apart are said to look like copies', async () => {
    expect((await refusalOf('twins', [], []))?.message).toContain('look like copies');
  });

  it('that are one file copied are said to be the same instance', async () => {
    const folder = join(temporary.path, 'copied');
    const files = writeSeriesFiles(folder);
    copyFileSync(files[2], join(folder, 'again.dcm'));
    expect(readFileSync(files[2])).toEqual(readFileSync(join(folder, 'again.dcm')));
    writeFileSync(join(folder, 'note.txt'), 'not an image');
    const { entries, skipped } = await openStudy(folder);
    expect(entries.map(({ refusal }) => refusal?.code)).toEqual(['DICOM_DUPLICATE_SLICES']);
    expect(entries[0].refusal?.message).toContain('is the same instance as');
    expect(skipped.map(({ code }) => code)).toEqual(['INPUT_UNKNOWN_FORMAT']);
  });
});
