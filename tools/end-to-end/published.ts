// The published rule on a real head, where the shared data are.
import assert from 'node:assert/strict';
import { openNifti } from '@efface/io';
import { sharedPath } from '@efface/test-data';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { counts, efface, expectExit, scratch, step } from './harness.ts';

/** The published rule on a real head, where the shared data are. */
export async function published(): Promise<void> {
  const realHead = sharedPath('data/ixi_t1_2mm/T1/IXI015-HH-1258_T1.nii.gz');
  const realBrain = sharedPath('data/ixi_t1_2mm/DLMUSE/IXI015-HH-1258_T1_DLMUSE.nii.gz');
  const oracle = sharedPath('oracles/quickshear/expected.csv');
  if (realHead && realBrain && oracle) {
    await step('the published rule is the reference implementation, through the command line', async () => {
      const args = ['--rule', 'published', '--buffer-voxels', '10', '--brain-mask', realBrain, '--quiet'];
      expectExit(efface('mask', realHead, '-o', 'published.nii.gz', ...args), 'ok', 'mask');
      const { voxels } = (await openNifti(join(scratch, 'published.nii.gz'))).volume;
      const keep = Uint8Array.from(voxels as Uint8Array, (v) => 1 - v);
      const row = readFileSync(oracle, 'utf8')
        .split(/\r?\n/)
        .find((line) => line.startsWith('IXI015-HH-1258,10,'));
      assert.equal(createHash('sha256').update(keep).digest('hex'), row?.split(',').at(-1));
    });
  } else {
    counts.skipped++;
    console.log('skip  the published rule on a real head: the shared data are not beside the checkout');
  }
}
