// Every method beside every other, from the outside.
import { writeNifti } from '@efface/io';
import { generateHead } from '@efface/test-data';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { efface, expectExit, scratch, step } from './harness.ts';

const FOLDER = join(scratch, 'compared');

/** A study of two generated people by two methods. */
export async function study(): Promise<void> {
  const heads = join(FOLDER, 'in');
  mkdirSync(heads, { recursive: true });
  for (const seed of [81, 82]) await writeNifti(join(heads, `head-${seed}.nii.gz`), generateHead({ seed, contrast: 't1', spacingMm: 4 }).volume); // prettier-ignore

  await step('a study leaves its tables, the store they are made of, and audits; a report shows it', () => {
    const out = join(FOLDER, 'out');
    const result = efface('study', heads, out, '--methods', 'quickshear,depth-mask', '--modality', 'MR', '--verify', 'off', '--no-pictures', '-q'); // prettier-ignore
    expectExit(result, 'ok', 'study');
    const text = readFileSync(join(out, 'study/study.md'), 'utf8');
    for (const line of ['| quickshear | 2 | 0 |', '## MR: Faces detected and matched\n'])
      assert.ok(text.includes(`\n${line}`), line);
    assert.ok(result.stdout.includes(text.slice(text.indexOf('\n\n') + 2)));
    assert.deepEqual(readdirSync(join(out, 'audits')).sort(), ['MR', 'audits.json']);
    // What may be shared has no picture.
    assert.deepEqual(
      readdirSync(join(out, 'study'), { recursive: true, encoding: 'utf8' }).filter((name) => !/\.(?:md|json|html|csv)$|^tables$/.test(name)),
      [],
    ); // prettier-ignore
    const query = efface('cohort', 'query', out, '--json', `SELECT "set", gallery, rank1_of FROM audit_attacks WHERE attacker LIKE '%, mean' ORDER BY "set"`); // prettier-ignore
    expectExit(query, 'ok', 'query');
    for (const set of ['quickshear', 'depth-mask']) assert.match(query.stdout, new RegExp(`"${set}"`));
    expectExit(efface('report', out, '-q'), 'ok', 'report');
    const page = readFileSync(join(out, 'report/index.html'), 'utf8');
    assert.ok(page.includes('MR: Identification'));
    const [, href] = /href="(\.\.\/audits\/[^"]+)"/.exec(page) ?? [];
    assert.ok(existsSync(join(out, 'report', href)), href);
  });
}
