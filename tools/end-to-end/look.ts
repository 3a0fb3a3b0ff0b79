// A cohort from its plan to what leaves: report, review with a decision, release.
import { writeNifti } from '@efface/io';
import { generateHead } from '@efface/test-data';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, efface, expectExit, scratch, step } from './harness.ts';

const COHORT = join(scratch, 'look/cohort');

/** A cohort from its plan to what leaves: report, review with a decision, release. */
export async function look(): Promise<void> {
  await step('a report of a cohort is a folder of pages with their scripts', async () => {
    const images = join(scratch, 'look/in');
    mkdirSync(images, { recursive: true });
    for (const seed of [3, 4])
      await writeNifti(join(images, `head-${seed}.nii.gz`), generateHead({ seed, contrast: 'ct', spacingMm: [4, 4, 4] }).volume); // prettier-ignore
    expectExit(efface('cohort', 'plan', images, COHORT, '--verify', 'off', '--quiet'), 'ok', 'plan');
    expectExit(efface('cohort', 'run', COHORT, '--backend', 'cpu', '--quiet'), 'ok', 'run');
    expectExit(efface('report', COHORT, '--quiet'), 'ok', 'report');
    expectExit(efface('report', COHORT, '--quiet'), 'output', 'a report that is there');
    const report = (name: string): string => join(COHORT, 'report', name);
    for (const name of ['index.html', 'data.js', 'site.js', 'site.css', 'icon.svg', 'case/head-3/quickshear.html'])
      assert.ok(existsSync(report(name)), name);
    assert.equal(readdirSync(report('pictures/head-3/quickshear/head-3')).length, 8);
    assert.match(readFileSync(report('data.js'), 'utf8'), /"id":"head-4\/quickshear"/);
  });

  await step('a review tells who has the address, takes a decision down, and ends on Ctrl+C', async () => {
    const server = spawn(process.execPath, [bundle, 'review', COHORT, '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    const { address } = JSON.parse(line.toString()) as { readonly address: string };
    const url = (path: string): URL => new URL(path, address);
    assert.equal((await fetch(url('/index.html'))).status, 403);
    const cookie = (await fetch(address)).headers.getSetCookie()[0].split(';')[0];
    const page = await (await fetch(url('/case/head-3/quickshear.html'), { headers: { cookie } })).text();
    const viewers = await fetch(url('/viewers.js'), { headers: { cookie } });
    assert.ok((await viewers.text()).length > 1e6);
    const key = /data-key="([0-9a-f]{64})"/.exec(page)?.[1];
    const answer = await fetch(url('/decision'), {
      method: 'POST',
      headers: { cookie, origin: url('/').origin, 'content-type': 'application/json' },
      body: JSON.stringify({ item: 'head-3/quickshear', key, decision: 'accept', comment: '' }),
    });
    assert.equal(answer.status, 200);
    server.kill('SIGINT');
    const [code] = (await once(server, 'exit')) as [number | null];
    assert.equal(code, 0);
  });

  await step('a release is what was accepted', () => {
    const result = efface('cohort', 'release', COHORT, 'look/released', '--json', '--quiet');
    expectExit(result, 'ok', 'release');
    assert.deepEqual(readdirSync(join(scratch, 'look/released')).sort(), ['head-3', 'release.json']);
    assert.deepEqual(readdirSync(join(scratch, 'look/released/head-3/quickshear')).sort(), ['head-3.nii.gz', 'record.json']); // prettier-ignore
  });
}
