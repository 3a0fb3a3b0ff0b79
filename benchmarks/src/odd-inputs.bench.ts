// Every method on inputs that are odd: the DICOM sets and the half-defaced head of the shared data, and generated heads that are
// partial, turned, thick-sliced, oblique, small, in a mask on a couch, or PET. One row an input and method: verdict and reasons.
// node benchmarks/src/odd-inputs.bench.ts [--only NAME]… [--work FOLDER] [--out FILE.md]   (figures only, no pictures)
import { readTemplate, recognitionBy, runCase, DEFAULT_CALIBRATION, groupByFrameOfReference, shippedTemplatePath } from '@efface/cohort'; // prettier-ignore
import {
  BIOMETRIC_MASK_DEFAULTS, DEPTH_MASK_DEFAULTS, type Method, MINIMAL_DEFAULTS, QUICKSHEAR_DEFAULTS, REFACE_DEFAULTS,
} from '@efface/deface'; // prettier-ignore
import { openStudy, writeNifti } from '@efface/io';
import { openBackend } from '@efface/kernels/backends';
import { FACE_MODELS, openFaceNetworks } from '@efface/reidentify';
import { checkoutModels } from '@efface/reidentify/testing';
import { type CaseRecord, markdownTables } from '@efface/report';
import { defaultHeadGrid, generateHead, type HeadOptions } from '@efface/test-data';
import { compose, EffaceError, type Grid, type Vec3 } from '@efface/volume';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sharedStudies } from './shared-dicom.ts';

const { values: options } = parseArgs({
  options: { only: { type: 'string', multiple: true }, work: { type: 'string' }, out: { type: 'string' } },
});

const METHODS: readonly Method[] = [
  { method: 'depth-mask', ...DEPTH_MASK_DEFAULTS },
  { method: 'minimal', ...MINIMAL_DEFAULTS },
  { method: 'reface', ...REFACE_DEFAULTS },
  { method: 'quickshear', rule: 'robust', ...QUICKSHEAR_DEFAULTS, keepOutMm: QUICKSHEAR_DEFAULTS.keepOutMm.robust, ears: true },
  { method: 'biometric-mask', rule: 'full', ...BIOMETRIC_MASK_DEFAULTS },
]; // prettier-ignore

/** Slices k0 up to the end of a grid. */
function from(grid: Grid, k0: number): Grid {
  const [ni, nj, nk] = grid.sizeIjk;
  return { sizeIjk: [ni, nj, nk - k0], affineIjkToLps: compose(grid.affineIjkToLps, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, k0]) }; // prettier-ignore
}

/** Turned by 25° about the left-right axis: the slices follow the skull base. */
function oblique(spacingMm: Vec3): Grid {
  const { sizeIjk, affineIjkToLps } = defaultHeadGrid(spacingMm);
  const [c, s] = [Math.cos((25 * Math.PI) / 180), Math.sin((25 * Math.PI) / 180)];
  return { sizeIjk, affineIjkToLps: compose([1, 0, 0, 0, 0, c, -s, 0, 0, s, c, 0], affineIjkToLps) };
}

/** As small as the generator has them. */
const SMALL = { headBreadth: 141, headLength: 184, headHeight: 126 };
const upright = defaultHeadGrid([2, 2, 2]);
const GENERATED: Readonly<Record<string, HeadOptions>> = {
  'generated, CT in a mask on a couch': { seed: 21, contrast: 'ct', spacingMm: 2, devices: true, noise: 10 },
  'generated, CT without the lower third': { seed: 22, contrast: 'ct', grid: from(upright, Math.floor(upright.sizeIjk[2] / 3)) },
  'generated, CT from the brow up': { seed: 22, contrast: 'ct', grid: from(upright, Math.floor(0.62 * upright.sizeIjk[2])) },
  'generated, CT in slices of 5 mm': { seed: 23, contrast: 'ct', spacingMm: [1, 1, 5], noise: 8 },
  'generated, T1 in oblique slices': { seed: 24, contrast: 't1', grid: oblique([1.5, 1.5, 3]), noise: 8 },
  'generated, FLAIR in slices of 4 mm': { seed: 25, contrast: 'flair', spacingMm: [1, 1, 4], noise: 8 },
  'generated, T1 of a small head': { seed: 26, contrast: 't1', spacingMm: 1.5, shape: SMALL, noise: 8 },
  'generated, T1 turned by 45°': { seed: 28, contrast: 't1', spacingMm: 2, pose: { yawDeg: 45, rollDeg: 8 }, noise: 8 },
  'generated, PET alone': { seed: 27, contrast: 'pet', spacingMm: 3 },
}; // prettier-ignore

const models = checkoutModels();
if (models === undefined) throw new Error('no face networks: npm run models');
const work = options.work ?? mkdtempSync(join(tmpdir(), 'efface-odd-'));
mkdirSync(work, { recursive: true });

/** Names of inputs and where they lie, archives unpacked. */
async function inputs(): Promise<[string, string][]> {
  const found = sharedStudies(join(work, 'in'));
  for (const [name, head] of Object.entries(GENERATED)) {
    const path = join(work, 'in', `${name.replaceAll(/\W+/g, '-')}.nii.gz`);
    rmSync(path, { force: true });
    mkdirSync(join(work, 'in'), { recursive: true });
    await writeNifti(path, generateHead(head).volume);
    found.push([name, path]);
  }
  return found.filter(([name]) => options.only === undefined || options.only.some((part) => name.includes(part)));
}

const template = await readTemplate(shippedTemplatePath());
await using backend = await openBackend('cpu');
await using networks = await openFaceNetworks(models);
const recognition = recognitionBy(DEFAULT_CALIBRATION, { mode: 'fast', networks, models: Object.values(FACE_MODELS) });

function rowOf(name: string, group: string, method: string, record: CaseRecord): string[] {
  const codes = record.findings.map(({ code, severity }) => (severity === 'note' ? code.toLowerCase() : code));
  const body = record.images.reduce((sum, { alteredBodyMl }) => sum + alteredBodyMl, 0);
  const seconds = ((record.timingsMs['total'] ?? 0) / 1000).toFixed(1);
  return [name, group, method, record.verdict, [...new Set(codes)].join(', ') || '-', body.toFixed(0), seconds];
}

const rows: string[][] = [];
for (const [name, path] of await inputs())
  for (const method of METHODS) {
    try {
      const study = await openStudy(path, { allowResample: true, ...(name.includes('PET') ? { modality: 'PT' } : {}) });
      const groups = groupByFrameOfReference(study);
      if (groups.length === 0) {
        const codes = new Set(study.entries.map(({ refusal }) => refusal?.code ?? 'none'));
        rows.push([name, '', method.method, 'refused', [...codes].join(', '), '-', '-']);
      }
      for (const group of groups) {
        const label = groups.length > 1 ? group.name : '';
        const destination = join(work, 'out', method.method, `${name.replaceAll(/\W+/g, '-')}${label}`);
        try {
          const record = await runCase(backend, group, destination, {
            method, template, recognition, seed: 0, pictures: false, overwrite: true, dryRun: false, inputs: [path], softwareVersion: 'bench',
          }); // prettier-ignore
          rows.push(rowOf(name, label, method.method, record));
        } catch (error) {
          if (!(error instanceof EffaceError)) throw error;
          rows.push([name, label, method.method, 'refused', error.code, '-', '-']);
        }
      }
    } catch (error) {
      const code = error instanceof EffaceError ? error.code : String(error);
      rows.push([name, '', method.method, 'refused', code, '-', '-']);
    }
    console.log(rows.at(-1)?.join(' | '));
  }

const text = markdownTables([
  {
    title: 'Odd inputs',
    note: 'Notes are in small letters. A case that fails leaves no image.',
    columns: ['input', 'group', 'method', 'verdict', 'reasons', 'of the body, ml', 'seconds'],
    rows,
  },
]);
if (options.out !== undefined) writeFileSync(options.out, text);
if (options.work === undefined) rmSync(work, { recursive: true });
