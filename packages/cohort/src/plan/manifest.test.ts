import { temporaryFolder } from '@efface/io/testing';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCohortManifest } from './manifest.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

describe('a manifest that cannot be used', () => {
  it.each([
    ['a table without a first row of names', 'list.csv', 'Doe^Jane,1970\na.nii,CT\n', /row 1: subject: Invalid input/],
    ['a table with an open quote', 'list.csv', 'subject,path\n"Doe^Jane,a.nii\n', /is no CSV table \(CSV_QUOTE_NOT_CLOSED/],
    ['a table with a cell too many', 'list.csv', 'subject,path\nA,a.nii,Doe^Jane\n', /is no CSV table \(CSV_RECORD_INCONSISTENT_COLUMNS/],
    ['JSON with a word in it', 'list.json', '[{"subject": Doe^Jane}]', /is no JSON \(at position 13|is no JSON \(it ends early/],
    ['JSON with other keys', 'list.json', '[{"subject": "A", "path": "a.nii", "Doe^Jane": 1}]', /row 1: column 3 is none/],
    ['JSON of words', 'list.json', '["Doe^Jane"]', /row 1: /],
  ])('%s is refused without a word of it, which can be a name', async (_, name, text, expected) => {
    const path = join(folder.path, name);
    writeFileSync(path, text);
    const read = readCohortManifest(path);
    await expect(read).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    await expect(read).rejects.toThrow(expected);
    await expect(read).rejects.toThrow(path);
    await expect(read).rejects.not.toThrow('Doe');
  }); // prettier-ignore
});
