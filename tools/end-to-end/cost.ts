// What defacing cost: features, drift, dose, a whole study.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { efface, expectExit, input, scratch, step } from './harness.ts';

/** What defacing cost: features, drift, dose, a whole study. */
export async function cost(): Promise<void> {
  await step('what it cost: structures drawn again, their features, and drift that keeps its promises', async () => {
    const { generateHead } = await import('@efface/test-data');
    const { writeNifti } = await import('@efface/io');
    const { maskHas, uniformRescale } = await import('@efface/volume');
    const { truth, volume } = generateHead({ seed: 2, contrast: 't1', spacingMm: [2, 2, 2] });
    const { grid } = volume;
    const [ni, nj, nk] = grid.sizeIjk;
    const organs = truth.structures.filter(({ name }) => ['Brain', 'Eye_L', 'Bone_Mandible'].includes(name));
    const bits = new Uint32Array(ni * nj * nk);
    organs.forEach(({ mask }, n) => {
      for (let k = 0, v = 0; k < nk; k++)
        for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++, v++) if (maskHas(mask, i, j, k)) bits[v] |= 1 << n;
    });
    const rescale = uniformRescale(nk, 1, 0);
    const labels = join(scratch, 'organs.nii.gz');
    await writeNifti(labels, { grid, type: 'u32', voxels: bits, rescale, modality: 'OT', unit: 'arbitrary' });
    const names = Object.fromEntries(organs.map(({ name }, n) => [n, name]));
    writeFileSync(join(scratch, 'organs.labels.json'), JSON.stringify({ encoding: 'bits', names }));
    expectExit(efface('rasterize', labels, '--reference', input, '-o', 'drawn', '--backend', 'cpu'), 'ok', 'rasterize');
    const found = efface('radiomics', input, 'drawn', '-o', 'features.json', '--backend', 'cpu');
    expectExit(found, 'ok', 'radiomics');
    const { rows } = JSON.parse(readFileSync(join(scratch, 'features.json'), 'utf8')) as { rows: { name: string; features: { readonly Mean: number } }[] }; // prettier-ignore
    const values = [...bits.keys()].filter((v) => (bits[v] >>> organs.findIndex(({ name }) => name === 'Brain')) & 1);
    const mean = values.reduce((sum, v) => sum + Number(volume.voxels[v]), 0) / values.length;
    const brain = rows.find(({ name }) => name === 'Brain');
    assert.ok(Math.abs((brain?.features.Mean ?? 0) - mean) < 1e-9 * mean, 'mean of the brain');
    expectExit(efface('radiomics', input, 'drawn', '-o', 'features.parquet', '--backend', 'cpu'), 'ok', 'Parquet');
    const drift = ['drift', input, 'out/head.nii.gz', '--structures', labels, '--altered', 'mask.nii.gz', '--backend', 'cpu']; // prettier-ignore
    const result = efface(...drift, '--expect-untouched', 'Brain', '-o', 'drift');
    expectExit(result, 'ok', 'drift');
    assert.match(result.stdout, /\| Brain \| 1 \| 1 \/ 0 \/ 0 \|/);
    assert.match(result.stdout, /\| Eye_L \| 1 \| 0 \//);
    for (const name of ['drift.csv', 'summary.csv', 'drift.parquet', 'drift.json', 'study.md'])
      assert.ok(existsSync(join(scratch, 'drift', name)), name);
    const broken = efface(...drift, '--expect-untouched', 'Eye_L');
    expectExit(broken, 'verificationFailed', 'a promise that was not kept');
    assert.match(broken.stderr, /must be untouched, but its voxel \(\d+, \d+, \d+\) is/);
  });

  await step('what it cost: two doses compared', async () => {
    const { writeNifti } = await import('@efface/io');
    const { uniformRescale } = await import('@efface/volume');
    const grid = { sizeIjk: [12, 11, 10], affineIjkToLps: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0] } as const;
    const voxels = new Int16Array(1320).fill(5000);
    const labels = new Uint8Array(1320).fill(1, 0, 330).fill(2, 330, 400);
    const rest = { grid, modality: 'OT', unit: 'Gy' } as const;
    const scaled = (name: string, slope: number) =>
      writeNifti(join(scratch, name), { ...rest, type: 'i16', voxels, rescale: uniformRescale(10, slope, 0) });
    await scaled('dose-a.nii.gz', 0.01);
    await scaled('dose-b.nii.gz', 0.0104);
    await writeNifti(join(scratch, 'parts.nii.gz'), { ...rest, type: 'u8', voxels: labels, rescale: uniformRescale(10, 1, 0) }); // prettier-ignore
    const compare = ['dose', 'compare', 'dose-a.nii.gz', 'dose-b.nii.gz', '--backend', 'cpu'];
    const result = efface(...compare, '--structures', 'parts.nii.gz', '--metrics', 'Dmean,V51Gycc', '-o', 'dose');
    expectExit(result, 'ok', 'dose compare');
    // 52 Gy is 4 % more than 50.
    assert.match(result.stdout, /^gamma: 0\.000 % of 1320 voxels pass/);
    assert.match(result.stdout, /parts-1: 2\.64 cc, gamma 0\.00 %\n {2}Dmean: 50\.000 → 52\.000 Gy \(2\.000\)\n {2}V51Gycc: 0\.000 → 2\.640 cc/); // prettier-ignore
    for (const name of ['dose.json', 'metrics.csv', 'structures.csv', 'curves.csv', 'curves.svg', 'gamma.nii.gz'])
      assert.ok(existsSync(join(scratch, 'dose', name)), name);
    assert.match(efface(...compare, '--gamma-percent', '5').stdout, /^gamma: 100\.000 %/);
    const unknown = efface(...compare, '--metrics', 'D95');
    expectExit(unknown, 'usage', 'a metric nobody knows');
    assert.match(unknown.stderr, /D95 is no dose metric.*DOSE_METRIC_UNKNOWN/);
  });

  await step('a generated study in DICOM, defaced as one, with what it cost', () => {
    expectExit(efface('demo', 'study', '--study', '--backend', 'cpu', '--quiet'), 'ok', 'demo --study');
    for (const name of [
      'study/RTSTRUCT.dcm',
      'defaced/series-1',
      'defaced/rtstruct-1.dcm',
      'defaced/rtdose-1.dcm',
      'drift/study.md',
      'dose/curves.svg',
    ])
      assert.ok(existsSync(join(scratch, 'study', name)), name);
    assert.match(readFileSync(join(scratch, 'study/drift/study.md'), 'utf8'), /\| Brain \| 1 \| 0\.00 % \|/);
  });
}
