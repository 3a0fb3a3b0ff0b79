// Is anybody still recognisable, and by which networks?
import assert from 'node:assert/strict';
import { type AuditRecord } from '@efface/report';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { efface, expectExit, input, root, scratch, sha256, step } from './harness.ts';

/** Is anybody still recognisable, and by which networks? */
export async function audit(): Promise<void> {
  await step('an audit tells generated people apart, and counts what it cannot look at', async () => {
    const { generateHead } = await import('@efface/test-data');
    const { writeNifti } = await import('@efface/io');
    mkdirSync(join(scratch, 'known'));
    mkdirSync(join(scratch, 'unknown'));
    for (const seed of [1, 2, 3]) {
      const original = join(scratch, `known/person-${seed}.nii.gz`);
      await writeNifti(original, generateHead({ seed, contrast: 't1', spacingMm: [2.5, 2.5, 2.5] }).volume);
      if (seed < 3)
        expectExit(efface('deface', original, `unknown/person-${seed}`, '--backend', 'cpu', '--quiet', '--no-pictures', '--verify', 'off'), 'ok', 'deface'); // prettier-ignore
    }
    writeFileSync(join(scratch, 'unknown/person-3.nii.gz'), 'no image');
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
    assert.deepEqual(failed.map(({ subject }) => subject), ['person-3']); // prettier-ignore
    for (const set of ['originals', 'unknown']) {
      const some = attacks.filter((attack) => attack.set === set);
      assert.equal(some.length, 4);
      for (const { attacker, identification, verification } of some) {
        assert.equal(identification.rankOne.of, 3);
        // Shapes of which too little is left cannot be laid on others: that is no success either.
        const least = set === 'unknown' ? 1 : 0;
        if (attacker === 'geometry') assert.ok(verification.failuresToAcquire >= least);
        else assert.equal(verification.failuresToAcquire, least);
      }
    }
    const geometry = attacks.find(({ set, attacker }) => set === 'originals' && attacker === 'geometry');
    assert.equal(geometry?.identification.rankOne.count, 3);
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
    assert.equal(readdirSync(join(scratch, 'audit/faces')).length, 3 + 3 + 2 + 2 + 3);
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
}
