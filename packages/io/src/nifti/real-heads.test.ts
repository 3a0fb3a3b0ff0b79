import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sharedPath } from '@efface/test-data';
import { createMask, maskFromNonzero, orientationCode, type Vec3 } from '@efface/volume';
import { afterAll, describe, expect, it } from 'vitest';
import { emptyAlteration } from '../alter.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';
import { openNifti } from './nifti-scan.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

/** Hundreds of files, while other tests run. */
const TIMEOUT_MS = 300_000;

const data = sharedPath('data');
const all = data === undefined ? [] : niftiFilesBelow(data);

function niftiFilesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.nii(\.gz)?$/.test(name))
    .sort()
    .map((name) => join(root, name));
}

describe.skipIf(data === undefined)('real images (needs the shared data set beside the checkout)', () => {
  it('are 200', () => {
    expect(all.length).toBe(200);
  });

  it(
    'come out as they went in when nothing is altered, header and extensions included',
    async () => {
      for (const [n, path] of all.entries()) {
        const scan = await openNifti(path);
        const output = join(folder.path, `${n}${scan.outputExtension}`);
        await scan.write(emptyAlteration(scan.frames, createMask(scan.volume.grid.sizeIjk)), output);
        const [before, after] = [path, output].map((p) => {
          const bytes = readFileSync(p);
          return p.endsWith('.gz') ? gunzipSync(bytes) : bytes;
        });
        expect(after.equals(before), path).toBe(true);
      }
    },
    TIMEOUT_MS,
  );

  it('lose what the mask says and nothing else: the anterior half of a head stored PSR', async () => {
    const path = join(data ?? '', 'ixi_t1_2mm/T1/IXI015-HH-1258_T1.nii.gz');
    const scan = await openNifti(path);
    expect(orientationCode(scan.volume.grid)).toBe('PSR');
    const size: Vec3 = scan.volume.grid.sizeIjk;
    expect(size).toEqual([120, 120, 90]);
    const isAnterior = Array.from({ length: 120 * 120 * 90 }, (_, n) => (n % 120 < 60 ? 1 : 0));
    const output = join(folder.path, 'half.nii.gz');
    const result = await scan.write(
      { ...emptyAlteration(scan.frames, createMask(size)), mask: maskFromNonzero(size, isAnterior) },
      output,
    );
    expect(result.alteredVoxels).toBe(60 * 120 * 90);
    const before = gunzipSync(readFileSync(path));
    const after = gunzipSync(readFileSync(output));
    const start = scan.header.voxOffsetBytes;
    const expected = before.map((byte, n) => (n >= start && isAnterior[n - start] === 1 ? 0 : byte));
    expect(after.equals(expected)).toBe(true);
  });

  it(
    'that are planning CTs are taken for CT, T1 heads and label maps are not',
    async () => {
      for (const path of all) {
        const { modality } = (await openNifti(path)).volume;
        expect(modality, path).toBe(/openkbp_ct_rt.*\/ct\.nii/.test(path) ? 'CT' : 'OT');
      }
    },
    TIMEOUT_MS,
  );
});
