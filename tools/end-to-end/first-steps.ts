// Installation, demo, one head: what a stranger does first.
import assert from 'node:assert/strict';
import { openNifti } from '@efface/io';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, efface, expectExit, head, input, recordOf, root, scratch, sha256, step } from './harness.ts';

/** Installation, demo, one head: what a stranger does first. */
export async function firstSteps(): Promise<void> {
  await step('help and version', () => {
    expectExit(efface('--help'), 'ok', '--help');
    expectExit(efface('--version'), 'ok', '--version');
    expectExit(efface('deface'), 'usage', 'deface without arguments');
    expectExit(efface('deface', 'a', 'b', '--buffer-mm', 'ten'), 'usage', 'a word for a number');
  });

  await step('doctor says what there is', () => {
    const result = efface('doctor', '--json');
    expectExit(result, 'ok', 'doctor');
    const { backends } = JSON.parse(result.stdout) as { backends: { kind: string }[] };
    assert.ok(backends.some((backend) => backend.kind === 'cpu'));
  });

  await step('demo with no data at hand', () => {
    expectExit(efface('demo', 'demo', '--generated', '--backend', 'cpu'), 'ok', 'demo');
    assert.ok(existsSync(head));
    for (const name of ['renders', 'slices', 'before-front', 'after-front', 'before-profile', 'after-three-quarter'])
      assert.ok(existsSync(join(scratch, 'demo/qc', `${name}.png`)), name);
    assert.notEqual(recordOf(join(scratch, 'demo')).verdict, 'fail');
  });

  await step('outside the mask every voxel keeps its bits', async () => {
    const { generateHead } = await import('@efface/test-data');
    const { writeNifti } = await import('@efface/io');
    await writeNifti(input, generateHead({ seed: 2, contrast: 't1', spacingMm: [2, 2, 2] }).volume);
    expectExit(efface('deface', input, 'out', '--backend', 'cpu', '--quiet'), 'ok', 'deface');
    expectExit(efface('mask', input, '-o', 'mask.nii.gz', '--backend', 'cpu', '--quiet'), 'ok', 'mask');
    const before = (await openNifti(input)).volume.voxels;
    const after = (await openNifti(join(scratch, 'out/head.nii.gz'))).volume.voxels;
    const mask = (await openNifti(join(scratch, 'mask.nii.gz'))).volume.voxels;
    let nMasked = 0;
    for (let n = 0; n < before.length; n++) {
      if (mask[n] === 0) assert.equal(after[n], before[n], `voxel ${n}`);
      else nMasked++;
    }
    assert.equal(nMasked, recordOf(join(scratch, 'out')).images[0].alteredVoxels);
    assert.ok(nMasked > 0);
  });

  await step('the same bytes on every run', () => {
    expectExit(efface('deface', input, 'again', '--backend', 'cpu', '--quiet', '--no-pictures'), 'ok', 'again');
    assert.equal(sha256(join(scratch, 'again/head.nii.gz')), sha256(join(scratch, 'out/head.nii.gz')));
  });

  await step('the software GPU cuts where the CPU does', async () => {
    const run = join(root, 'tools/software-gpu/run.ts');
    const args = [
      run,
      '--',
      process.execPath,
      bundle,
      'mask',
      input,
      '-o',
      join(scratch, 'gpu.nii.gz'),
      '--backend',
      'webgpu',
    ];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const onCpu = (await openNifti(join(scratch, 'mask.nii.gz'))).volume.voxels;
    const onGpu = (await openNifti(join(scratch, 'gpu.nii.gz'))).volume.voxels;
    let [both, either] = [0, 0];
    for (let n = 0; n < onCpu.length; n++) {
      if (onCpu[n] !== 0 && onGpu[n] !== 0) both++;
      if (onCpu[n] !== 0 || onGpu[n] !== 0) either++;
    }
    // Brain surfaces found in f32 and in f64 differ by voxels; the plane may move by a fraction of one.
    assert.ok(both / either > 0.98, `overlap ${both / either}`);
  });
}
