// What it costs to try to recognise somebody: one head by stage, on a generated one (or `--scan FILE`), and a gallery.
// Every time follows a check in the same run. node benchmarks/src/recognition.bench.ts [--scan FILE] [--json FILE]
import { analyseHead } from '@efface/anatomy';
import { openScan } from '@efface/io';
import { openBackend } from '@efface/kernels/backends';
import {
  describeFaces, descriptorDistance, detectorPicture, faceDepthMap, faceThresholdReal, HELD_OUT_GRID, matchDepthsBothWays,
  openFaceNetworks, PORTRAIT_FACE_BOX, renderPortraits, scoreDescriptors, STANDARD_GRID,
} from '@efface/reidentify'; // prettier-ignore
import { checkoutModels } from '@efface/reidentify/testing';
import { generateHead } from '@efface/test-data';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: { scan: { type: 'string' }, runs: { type: 'string', default: '5' }, json: { type: 'string' } },
});
const nRuns = Number(options.runs);
const models = checkoutModels();
if (models === undefined) throw new Error('no face networks; npm run models');

/** Every fourth light, as `describeHead` shows them to detectors. */
const DETECTED_LIGHTS = 4;
const GALLERY = 10_000;
const LENGTH = 128;

const rows: { readonly what: string; readonly medianMs: number; readonly leastMs: number; readonly mostMs: number }[] = []; // prettier-ignore
async function timed<T>(what: string, runs: number, run: () => Promise<T> | T): Promise<T> {
  const samples: number[] = [];
  let result: T | undefined;
  for (let n = 0; n < runs; n++) {
    const start = performance.now();
    result = await run();
    samples.push(performance.now() - start);
  }
  samples.sort((a, b) => a - b);
  const median = samples[Math.floor(samples.length / 2)];
  rows.push({ what, medianMs: median, leastMs: samples[0], mostMs: samples[samples.length - 1] });
  console.log(`| ${what} | ${median.toFixed(0)} | ${samples[0].toFixed(0)} to ${samples.at(-1)?.toFixed(0)} |`);
  return result as T;
}

await using backend = await openBackend('cpu');
await using networks = await openFaceNetworks(models);
const volume = options.scan === undefined ? generateHead({ seed: 1, contrast: 't1', spacingMm: 2 }).volume : (await openScan(options.scan)).volume; // prettier-ignore
console.log(`${backend.info.name}, ${backend.info.threads} threads; ${volume.grid.sizeIjk.join(' × ')} voxels\n`);
console.log('| stage | median, ms | least to most |\n| --- | --- | --- |');
const anatomy = await timed('find the head', nRuns, () => analyseHead(backend, volume));
const request = { volume, frame: anatomy.frame, thresholdReal: faceThresholdReal(volume, anatomy), smoothMm: 1.8 };
const portraits = await timed('81 portraits', nRuns, () =>
  renderPortraits(backend, { ...request, grid: STANDARD_GRID }),
);
const pictures = portraits.map(({ picture }) => picture);
const looked = pictures
  .filter((_, n) => (n % STANDARD_GRID.lights.length) % DETECTED_LIGHTS === 0)
  .map(detectorPicture);
for (const detector of networks.detectors) {
  const found = await timed(`${detector.name}, ${looked.length} pictures`, nRuns, () => detector.detect(looked, { minScore: 0.1 })); // prettier-ignore
  assert.ok(found.filter((faces) => faces.length > 0).length > looked.length / 2, `${detector.name} sees a face`);
}
const describe = (some: typeof pictures): ReturnType<typeof describeFaces> =>
  describeFaces(networks, some.map((picture) => ({ picture, box: PORTRAIT_FACE_BOX }))); // prettier-ignore
const faces = await timed('landmarks and descriptors of 81', nRuns, () => describe(pictures));
assert.ok(faces.every(({ descriptor }) => descriptor.length === LENGTH));
const depth = await timed('depth map', nRuns, () => faceDepthMap(backend, request));
const [other] = await renderPortraits(backend, { ...request, grid: HELD_OUT_GRID });
assert.ok(other.picture.samples.length > 0);
const match = await timed('shapes of one pair', nRuns, () => matchDepthsBothWays(depth, depth));
assert.ok(match && match.residualMm < 1e-3, 'a shape lies on itself');

/** Numbers in [−0.5, 0.5) from a linear congruence (Numerical Recipes, 3rd ed., 7.1): reproducible, and no more. */
let state = 1;
const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5;
const make = (): Float32Array[] => Array.from({ length: GALLERY }, () => Float32Array.from({ length: LENGTH }, next));
const [unknown, known] = [make(), make()];
for (const metric of ['euclidean', 'cosine'] as const) {
  let worst = 0;
  await timed(`${GALLERY} × ${GALLERY} descriptors, ${metric}`, 3, () =>
    scoreDescriptors(unknown, known, metric, (scores, row) => {
      const column = (row * 7919) % GALLERY;
      worst = Math.max(worst, Math.abs(scores[column] + descriptorDistance(unknown[row], known[column], metric)));
    }),
  );
  assert.ok(worst < 1e-12, `scores are distances to ${worst}`);
}
if (options.json !== undefined) writeFileSync(options.json, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
