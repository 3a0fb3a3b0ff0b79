// Draws docs/methods.png: one generated head as it is and after each method, from the front and from the side.
// node tools/method-pictures.ts
import { analyseHead } from '@efface/anatomy';
import {
  DEFAULT_CALIBRATION, groupByFrameOfReference, pngOf, readTemplate, recognitionBy, renderHead, runCase, shippedTemplatePath,
} from '@efface/cohort'; // prettier-ignore
import { BIOMETRIC_MASK_DEFAULTS, DEPTH_MASK_DEFAULTS, type Method, MINIMAL_DEFAULTS, QUICKSHEAR_DEFAULTS, REFACE_DEFAULTS } from '@efface/deface'; // prettier-ignore
import { openNifti, openStudy, writeNifti } from '@efface/io';
import { openBackend } from '@efface/kernels/backends';
import { openFaceNetworks, type RenderedView } from '@efface/reidentify';
import { checkoutModels } from '@efface/reidentify/testing';
import { contactSheet, type Picture, pictureFromGrey } from '@efface/report';
import { generateHead } from '@efface/test-data';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** From left to right, after the original. */
const METHODS: readonly Method[] = [
  { method: 'depth-mask', ...DEPTH_MASK_DEFAULTS },
  { method: 'minimal', ...MINIMAL_DEFAULTS },
  { method: 'reface', ...REFACE_DEFAULTS },
  { method: 'quickshear', rule: 'robust', ...QUICKSHEAR_DEFAULTS, keepOutMm: QUICKSHEAR_DEFAULTS.keepOutMm.robust, ears: false },
  { method: 'biometric-mask', rule: 'full', ...BIOMETRIC_MASK_DEFAULTS },
]; // prettier-ignore
const VIEWS = ['front', 'profile'];

const models = checkoutModels();
if (models === undefined) throw new Error('no face networks, by which minimal searches: npm run models');
const scratch = mkdtempSync(join(tmpdir(), 'efface-pictures-'));
try {
  await using backend = await openBackend('cpu');
  await using networks = await openFaceNetworks(models);
  const recognition = recognitionBy(DEFAULT_CALIBRATION, { mode: 'fast', networks, models: [] });
  const template = await readTemplate(shippedTemplatePath());
  const { volume } = generateHead({ seed: 1, contrast: 'ct', spacingMm: [1, 1, 1] });
  const input = join(scratch, 'head.nii');
  await writeNifti(input, volume);
  const anatomy = await analyseHead(backend, volume, { seed: 0 });
  const columns = [await renderHead(backend, volume, anatomy)];
  for (const method of METHODS) {
    const [group] = groupByFrameOfReference(await openStudy(input));
    const { verdict, findings } = await runCase(backend, group, join(scratch, method.method), {
      method, template, recognition, seed: 0, pictures: false, overwrite: false, dryRun: false, inputs: [input], softwareVersion: 'pictures',
    }); // prettier-ignore
    const objections = findings.filter(({ severity }) => severity !== 'note').map(({ message }) => message);
    console.log([`${method.method}: ${verdict}`, ...objections].join('; '));
    if (verdict === 'fail') throw new Error(`${method.method} left no image to draw`);
    const altered = (await openNifti(join(scratch, method.method, 'head.nii'))).volume;
    columns.push(await renderHead(backend, altered, anatomy));
  }
  const rows = VIEWS.flatMap((name) => columns.flatMap((views) => views.filter((view) => view.name === name)));
  const path = join(import.meta.dirname, '../docs/methods.png');
  writeFileSync(path, pngOf(contactSheet(rows.map(halved), columns.length)));
  console.log(path);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** A view with half of its edge: the mean of two by two pixels. */
function halved({ widthPx, heightPx, grey }: RenderedView): Picture {
  const [width, height] = [widthPx >> 1, heightPx >> 1];
  const half = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const n = 2 * y * widthPx + 2 * x;
      half[y * width + x] = (grey[n] + grey[n + 1] + grey[n + widthPx] + grey[n + widthPx + 1] + 2) >> 2;
    }
  return pictureFromGrey(width, height, half);
}
