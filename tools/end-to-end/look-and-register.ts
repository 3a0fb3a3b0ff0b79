// Images looked at and laid on each other.
import assert from 'node:assert/strict';
import { openNifti } from '@efface/io';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { efface, expectExit, input, scratch, step } from './harness.ts';

/** Images looked at and laid on each other. */
export async function lookAndRegister(): Promise<void> {
  await step('one image is laid on another, and what does not lie on it is refused', async () => {
    const { affineLpsToHead, generateHead } = await import('@efface/test-data');
    const { writeNifti } = await import('@efface/io');
    const { compose, invert, transformPoint } = await import('@efface/volume');
    const pose = { yawDeg: 12, pitchDeg: -9, originLps: [12, -8, 15] } as const;
    const other = join(scratch, 'ct.nii.gz');
    const { volume } = generateHead({ seed: 2, contrast: 'ct', spacingMm: 2.5, pose });
    await writeNifti(other, volume);
    expectExit(efface('register', input, other, '-o', 'registered', '--backend', 'cpu', '--quiet'), 'ok', 'register');
    assert.ok((await openNifti(join(scratch, 'registered/moved.nii.gz'))).volume.voxels.length > 0);
    assert.match(readFileSync(join(scratch, 'registered/affine.tfm'), 'utf8'), /^#Insight Transform File V1.0\n/);
    const { affine } = JSON.parse(readFileSync(join(scratch, 'registered/registration.json'), 'utf8')) as {
      affine: { movingOfFixed: number[] };
    };
    // The fixed head is upright at the origin; in both the same place of the head is meant.
    const known = compose(invert(affineLpsToHead(pose)), affineLpsToHead({}));
    for (const p of [
      [0, -90, 0],
      [0, 0, 110],
      [60, 20, 20],
    ] as const) {
      const [found, truth] = [transformPoint(affine.movingOfFixed, p), transformPoint(known, p)];
      assert.ok(
        Math.hypot(found[0] - truth[0], found[1] - truth[1], found[2] - truth[2]) < 1,
        `${found.join()} is not ${truth.join()}`,
      );
    }
    const block = join(scratch, 'block.nii.gz');
    const [ni, nj] = volume.grid.sizeIjk;
    const isInside = (n: number): boolean =>
      [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))].every((i) => i > 25 && i < 60);
    await writeNifti(block, {
      ...volume,
      voxels: Int16Array.from(volume.voxels as Int16Array, (_, n) => (isInside(n) ? 40 + (n % 7) : -1000)),
    });
    expectExit(
      efface('register', input, block, '-o', 'lost', '--backend', 'cpu', '--quiet'),
      'verificationFailed',
      'lost',
    );
    assert.ok(!existsSync(join(scratch, 'lost')));
  });

  await step('inspect and render', () => {
    expectExit(efface('inspect', input, '--json'), 'ok', 'inspect');
    expectExit(efface('render', input, '-o', 'render.png', '--size', '128', '--quiet'), 'ok', 'render');
    assert.equal(readFileSync(join(scratch, 'render.png')).subarray(1, 4).toString(), 'PNG');
  });
}
