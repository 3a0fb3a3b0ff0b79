// Every method through the command line: what it leaves, what may be protected, and which one is taken.
import assert from 'node:assert/strict';
import { openNifti, writeNifti } from '@efface/io';
import { generateHead } from '@efface/test-data';
import { createMask, maskHas, uniformRescale } from '@efface/volume';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { efface, expectExit, recordOf, scratch, step } from './harness.ts';

const NAMES = ['depth-mask', 'minimal', 'reface', 'quickshear', 'biometric-mask'] as const;
const OPTIONS = ['--backend', 'cpu', '--quiet', '--no-pictures'] as const;

/** Every method through the command line: what it leaves, what may be protected, and which one is taken. */
export async function methods(): Promise<void> {
  const { volume, truth } = generateHead({ seed: 3, contrast: 'ct', spacingMm: [2.5, 2.5, 2.5] });
  const { grid, voxels: before } = volume;
  const [ni, nj, nk] = grid.sizeIjk;
  const path = join(scratch, 'scan.nii.gz');
  await writeNifti(path, volume);
  const none = createMask(grid.sizeIjk);
  const eye = truth.structures.find(({ name }) => name === 'Eye_L')?.mask ?? none;
  const changed = async (folder: string, of: typeof eye): Promise<number> => {
    const after = (await openNifti(join(scratch, folder, 'scan.nii.gz'))).volume.voxels;
    let count = 0;
    for (let k = 0, v = 0; k < nk; k++)
      for (let j = 0; j < nj; j++)
        for (let i = 0; i < ni; i++, v++) if (after[v] !== before[v] && maskHas(of, i, j, k)) count++;
    return count;
  };

  await step('efface methods says what each does', () => {
    const result = efface('methods', '--json');
    expectExit(result, 'ok', 'methods');
    assert.deepEqual((JSON.parse(result.stdout) as { name: string }[]).map(({ name }) => name), NAMES); // prettier-ignore
  });

  for (const name of NAMES)
    await step(`${name} leaves an image, the brain as it was, and an account of it`, async () => {
      expectExit(efface('deface', path, name, '--method', name, '--verify', 'off', ...OPTIONS), 'ok', name);
      assert.equal(await changed(name, truth.brain), 0);
      assert.ok(recordOf(join(scratch, name)).images[0].alteredVoxels > 0);
    });

  await step('what is protected stays to the bit, and a name that is not there is told', async () => {
    const voxels = new Uint8Array(ni * nj * nk);
    for (let k = 0, v = 0; k < nk; k++)
      for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++, v++) voxels[v] = Number(maskHas(eye, i, j, k));
    await writeNifti(join(scratch, 'eye.nii.gz'), { grid, type: 'u8', voxels, rescale: uniformRescale(nk, 1, 0), modality: 'OT', unit: 'arbitrary' }); // prettier-ignore
    writeFileSync(join(scratch, 'eye.labels.json'), JSON.stringify({ encoding: 'values', names: { 1: 'Eye_L' } }));
    assert.ok((await changed('quickshear', eye)) > 0);
    const options = ['--verify', 'off', '--structures', 'eye.nii.gz', ...OPTIONS];
    expectExit(efface('deface', path, 'protected', '--protect', 'left eye', ...options), 'ok', 'protect');
    assert.equal(await changed('protected', eye), 0);
    assert.match(readFileSync(join(scratch, 'protected/record.json'), 'utf8'), /voxels of the region stay: protected/);
    const missing = efface('deface', path, 'missing', '--protect', 'Larynx', ...options);
    expectExit(missing, 'inputRefused', 'a structure that is not there');
    assert.match(missing.stderr, /Larynx: .*Eye_L/);
  });

  await step('--method auto takes the first that passes, and says so', () => {
    expectExit(efface('deface', path, 'auto', '--method', 'auto', ...OPTIONS), 'ok', 'auto');
    const { verdict, method, tried } = JSON.parse(readFileSync(join(scratch, 'auto/record.json'), 'utf8')) as {
      verdict: string;
      method: string;
      tried: readonly { readonly method: string; readonly verdict: string }[];
    };
    assert.equal(verdict, 'pass');
    assert.deepEqual(tried.map((one) => one.method), NAMES.slice(0, tried.length)); // prettier-ignore
    assert.equal(tried.at(-1)?.method, method);
    expectExit(efface('deface', path, 'blind', '--method', 'auto', '--verify', 'off'), 'usage', 'auto without eyes');
    expectExit(efface('mask', path, '-o', 'm.nii', '--method', 'auto'), 'usage', 'a mask of auto');
  });
}
