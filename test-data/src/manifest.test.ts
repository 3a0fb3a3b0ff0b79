import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { manifestFiles } from './manifest.ts';
import { sharedPath } from './shared.ts';

describe('the manifest of real scans', () => {
  it('names every file once, with licence and origin', () => {
    const files = manifestFiles();
    expect(new Set(files.map((f) => f.path)).size).toBe(files.length);
    for (const file of files) {
      expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(file.licence).not.toBe('');
      expect(file.origin).not.toBe('');
    }
  });

  for (const file of manifestFiles()) {
    const path = sharedPath(file.path);
    const title = path === undefined ? 'is not checked: the shared data are not beside the checkout' : 'has its hash';
    it.skipIf(path === undefined)(`${file.path} ${title}`, () => {
      const bytes = readFileSync(path as string);
      expect(bytes.length).toBe(file.sizeBytes);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256);
    });
  }
});
