import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openScan } from '../open.ts';
import { type BuiltElement, writeSeriesFiles } from '../testing/build-dicom.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());

const PET = '1.2.840.10008.5.1.4.1.1.128';

describe('the unit of the values', () => {
  it.each<{ name: string; elements: readonly BuiltElement[]; without?: readonly string[]; unit: string; told: string[] }>([
    { name: 'CT with a rescale', elements: [], unit: 'HU', told: [] },
    { name: 'CT with the type HU', elements: [['00281054', 'LO', 'HU']], unit: 'HU', told: [] },
    { name: 'CT of another type', elements: [['00281054', 'LO', 'US']], unit: 'arbitrary', told: ['DICOM_CT_NOT_HU'] },
    { name: 'CT without a rescale', elements: [], without: ['00281052', '00281053'], unit: 'arbitrary', told: ['DICOM_CT_NOT_HU'] },
    { name: 'PET in Bq/ml', elements: [['00080016', 'UI', PET], ['00541001', 'CS', 'BQML']], unit: 'Bq/ml', told: [] },
    { name: 'PET in counts', elements: [['00080016', 'UI', PET], ['00541001', 'CS', 'CNTS']], unit: 'arbitrary', told: [] },
  ])('$name: $unit', async ({ name, elements, without = [], unit, told }) => {
    const folder = join(temporary.path, name.replaceAll(/\W/g, '-'));
    writeSeriesFiles(folder, { elements: () => elements, without });
    const scan = await openScan(folder);
    expect(scan.volume.unit).toBe(unit);
    expect(scan.warnings.map(({ code }) => code)).toEqual(told);
    if (without.length > 0) expect([...(scan.volume.rescale?.slopePerK ?? [])]).toEqual([1, 1, 1, 1, 1, 1]);
  }); // prettier-ignore
});
