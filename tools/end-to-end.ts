// The product from the outside: the bundle is run as a stranger would run it, and what it leaves is looked at.
import { openNifti } from '@efface/io';
import { type AuditRecord } from '@efface/report';
import { sharedPath } from '@efface/test-data';
import { EXIT_CODES } from '@efface/volume';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  copyFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bundle = join(root, 'packages/cli/dist/efface.mjs');
const scratch = mkdtempSync(join(tmpdir(), 'efface-e2e-'));

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function efface(...args: string[]): Result {
  return spawnSync(process.execPath, [bundle, ...args], { encoding: 'utf8', cwd: scratch, maxBuffer: 1 << 26 });
}

function expectExit(result: Result, reason: keyof typeof EXIT_CODES, what: string): void {
  const { status, stdout, stderr } = result;
  assert.equal(status, EXIT_CODES[reason].code, `${what}: exit ${status}\n${stdout}\n${stderr}`);
  // Graphics drivers print traces of their own in C++; those are not ours to silence.
  assert.doesNotMatch(stderr, /\n\s+at .*\.(mjs|js|ts):\d+/, `${what}: a stack trace is no message`);
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

interface Record {
  readonly verdict: string;
  readonly images: readonly { readonly alteredVoxels: number }[];
}

function recordOf(folder: string): Record {
  return JSON.parse(readFileSync(join(folder, 'record.json'), 'utf8')) as Record;
}

let nPassed = 0;
let nSkipped = 0;
async function step(name: string, run: () => void | Promise<void>): Promise<void> {
  await run();
  nPassed++;
  console.log(`ok    ${name}`);
}

const head = join(scratch, 'demo/generated-head-1.nii.gz');
const input = join(scratch, 'head.nii.gz');

try {
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

  await step('an audit tells generated people apart, and counts what it cannot look at', async () => {
    const { generateHead } = await import('@efface/test-data');
    const { writeNifti } = await import('@efface/io');
    mkdirSync(join(scratch, 'known'));
    mkdirSync(join(scratch, 'unknown'));
    for (const seed of [1, 2, 3, 4]) {
      const original = join(scratch, `known/person-${seed}.nii.gz`);
      await writeNifti(original, generateHead({ seed, contrast: 't1', spacingMm: [2, 2, 2] }).volume);
      if (seed < 4)
        expectExit(efface('deface', original, `unknown/person-${seed}`, '--backend', 'cpu', '--quiet', '--no-pictures'), 'ok', 'deface'); // prettier-ignore
    }
    writeFileSync(join(scratch, 'unknown/person-4.nii.gz'), 'no image');
    const args = ['--known', 'known', '--unknown', 'unknown', '-o', 'audit', '--backend', 'cpu'];
    const result = efface(
      'audit',
      ...args,
      '--aware',
      'quickshear',
      '--probes',
      'undo',
      '--portraits',
      '9',
      '--quiet',
      '--json',
    );
    expectExit(result, 'ok', 'audit');
    const { attacks, detection, persons } = JSON.parse(result.stdout) as AuditRecord;
    const failed = persons.filter(({ failure }) => failure !== undefined);
    assert.deepEqual(failed.map(({ subject }) => subject), ['person-4']); // prettier-ignore
    for (const set of ['originals', 'unknown']) {
      const some = attacks.filter((attack) => attack.set === set);
      assert.equal(some.length, 4);
      for (const { attacker, identification, verification } of some) {
        assert.equal(identification.rankOne.of, 4);
        // Shapes of which too little is left cannot be laid on others: that is no success either.
        const least = set === 'unknown' ? 1 : 0;
        if (attacker === 'geometry') assert.ok(verification.failuresToAcquire >= least);
        else assert.equal(verification.failuresToAcquire, least);
      }
    }
    const geometry = attacks.find(({ set, attacker }) => set === 'originals' && attacker === 'geometry');
    assert.equal(geometry?.identification.rankOne.count, 4);
    assert.deepEqual(
      [...new Set(detection.map(({ set }) => set))],
      ['originals', 'unknown', 'unknown, undo', 'no face'],
    );
    for (const name of [
      'audit.json',
      'results.jsonl',
      'tables.md',
      'roc.svg',
      'cmc.svg',
      'scaling.svg',
      'calibration.json',
      'index.html',
    ])
      assert.ok(existsSync(join(scratch, 'audit', name)), name);
    const aware = attacks.filter(({ set }) => set === 'unknown, gallery defaced alike');
    assert.equal(aware.length, 4);
    assert.equal(readdirSync(join(scratch, 'audit/faces')).length, 4 + 4 + 3 + 3 + 4);
    expectExit(efface('audit', ...args, '--quiet'), 'output', 'existing audit');
    expectExit(efface('audit', '--known', 'known', '--unknown', 'demo', '-o', 'audit-2', '--quiet'), 'inputRefused', 'strangers'); // prettier-ignore
    expectExit(efface('audit', '--known', 'nowhere', '-o', 'audit-2', '--quiet'), 'inputNotFound', 'nobody');
  });

  await step(
    'networks: what is missing or other than its hash is told, verification is never dropped in silence',
    () => {
      expectExit(efface('deface', input, 'blind', '--models', 'nowhere', '--quiet'), 'unavailable', 'no networks');
      assert.ok(!existsSync(join(scratch, 'blind')));
      const off = ['--models', 'nowhere', '--verify', 'off', '--backend', 'cpu', '--no-pictures', '--quiet'];
      expectExit(efface('deface', input, 'blind', ...off), 'ok', 'verification off');
      assert.match(readFileSync(join(scratch, 'blind/record.json'), 'utf8'), /RECOGNITION_NOT_TRIED/);
      const installed = join(root, 'packages/cli/dist/models');
      mkdirSync(join(scratch, 'models'));
      for (const name of readdirSync(installed)) copyFileSync(join(installed, name), join(scratch, 'models', name));
      const file = join(installed, 'dlib-resnet-v1.onnx');
      const facts = [
        '--kind',
        'recogniser',
        '--licence',
        'CC0-1.0',
        '--origin',
        'dlib',
        '--chip',
        'dlib',
        '--models',
        'models',
      ];
      expectExit(
        efface('models', 'add', 'mine', file, ...facts, '--sha256', '0'.repeat(64)),
        'unavailable',
        'wrong hash',
      );
      expectExit(efface('models', 'add', 'mine', file, ...facts, '--sha256', sha256(file)), 'ok', 'models add');
      assert.match(efface('models', 'list', '--models', 'models').stdout, /mine {2}recogniser {2}CC0-1.0/);
      truncateSync(join(scratch, 'models/tiny-face-detector.onnx'), 1000);
      expectExit(efface('deface', input, 'cut', '--models', 'models', '--quiet'), 'unavailable', 'damaged network');
      assert.ok(!existsSync(join(scratch, 'cut')));
    },
  );

  await step('an existing output is refused, and replaced when asked', () => {
    expectExit(efface('deface', input, 'out', '--quiet'), 'output', 'existing output');
    expectExit(efface('deface', input, 'out', '--quiet', '--overwrite', '--no-pictures'), 'ok', 'overwrite');
    assert.ok(!existsSync(join(scratch, 'out/qc')));
  });

  await step('a dry run writes nothing', () => {
    expectExit(efface('deface', input, 'dry', '--dry-run', '--quiet'), 'ok', 'dry run');
    assert.ok(!existsSync(join(scratch, 'dry')));
  });

  await step('inspect and render', () => {
    expectExit(efface('inspect', input, '--json'), 'ok', 'inspect');
    expectExit(efface('render', input, '-o', 'render.png', '--size', '128', '--quiet'), 'ok', 'render');
    assert.equal(readFileSync(join(scratch, 'render.png')).subarray(1, 4).toString(), 'PNG');
  });

  await step('bad input: a clear error, the right code, no output', () => {
    const bad = (name: string): string => join(scratch, name);
    copyFileSync(input, bad('truncated.nii.gz'));
    truncateSync(bad('truncated.nii.gz'), 20_000);
    writeFileSync(bad('text.nii'), 'this is no image\n'.repeat(100));
    mkdirSync(bad('empty'));
    mkdirSync(bad('loop'));
    symlinkSync('../loop', bad('loop/again'));
    const cases = [
      ['truncated.nii.gz', 'inputCorrupt'],
      ['text.nii', 'inputCorrupt'],
      ['empty', 'inputNotFound'],
      ['loop', 'inputNotFound'],
      ['missing.nii', 'inputNotFound'],
    ] as const;
    for (const [name, reason] of cases) {
      expectExit(efface('deface', bad(name), 'bad', '--quiet'), reason, name);
      assert.ok(!existsSync(bad('bad')), name);
    }
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await step(`${signal} in the middle leaves no half output`, async () => {
      const child = spawn(process.execPath, [bundle, 'deface', input, 'killed', '--json'], {
        cwd: scratch,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
      child.stderr.once('data', () => child.kill(signal));
      const code = await exit;
      if (signal === 'SIGTERM') {
        assert.equal(code, EXIT_CODES.interrupted.code);
        assert.deepEqual(
          readdirSync(scratch).filter((name) => name.includes('killed')),
          [],
        );
      }
      assert.ok(!existsSync(join(scratch, 'killed')));
      expectExit(efface('deface', input, 'killed', '--quiet', '--no-pictures'), 'ok', 'the next run');
      assert.deepEqual(
        readdirSync(scratch).filter((name) => name.includes('killed')),
        ['killed'],
      );
      rmSync(join(scratch, 'killed'), { recursive: true });
    });
  }

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
    nSkipped++;
    console.log('skip  the published rule on a real head: the shared data are not beside the checkout');
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`\nend to end: ${nPassed} passed, 0 failed, ${nSkipped} skipped`);
