import { sharedPath } from '@efface/test-data';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The DICOM sets and the defaced head of the shared data: names, and where they lie; archives are unpacked into a folder. None where there is no shared data. */
export function sharedStudies(into: string): [name: string, path: string][] {
  const found: [string, string][] = [];
  for (const folder of ['data/dicom', 'data/defaced_case'].map(sharedPath))
    for (const file of folder === undefined ? [] : readdirSync(folder).sort()) {
      const path = join(folder ?? '', file);
      const name = basename(file).replace(/\.(tar\.xz|nii\.gz)$/, '');
      if (file.endsWith('.nii.gz')) found.push([name, path]);
      if (!file.endsWith('.tar.xz')) continue;
      const out = join(into, name);
      mkdirSync(out, { recursive: true });
      execFileSync('tar', ['-xJf', path, '-C', out]);
      found.push([name, out]);
    }
  return found;
}
