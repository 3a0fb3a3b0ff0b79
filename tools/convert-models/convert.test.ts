import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FACE_MODELS } from '@efface/reidentify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertModels } from './convert.ts';

describe('convertModels', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'efface-models-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('writes exactly the files FACE_MODELS names, once, and mends a damaged one', () => {
    // The hashes of FACE_MODELS are checked before anything is written.
    expect(convertModels(folder).map(({ isNew }) => isNew)).toEqual([true, true, true, true]);
    expect(readdirSync(folder).sort()).toEqual(
      Object.values(FACE_MODELS)
        .map(({ file }) => file)
        .sort(),
    );
    writeFileSync(join(folder, FACE_MODELS.tiny.file), 'half a file');
    expect(convertModels(folder).map(({ isNew }) => isNew)).toEqual([false, true, false, false]);
  });
});
