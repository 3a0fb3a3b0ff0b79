// What each method does to real heads: cases that pass, brain voxels altered, volume altered, seconds by stage; then an
// audit of what it left: faces detected, rank-1 and accepted pairs, at the skin, at other values of it and inside fills.
// node benchmarks/src/methods.bench.ts --known FOLDER|MANIFEST [--method NAME]… [--every N] [--portraits 9|81]
//   [--probe sweep|undo]… [--template FOLDER] [--brains FOLDER] [--work FOLDER] [--out FILE.md]
// --work: kept, and cases whose record lies there already are not done again.
// --brains: labels on the images' grids that the methods know nothing of, FOLDER/<subject>_….nii.gz; altered voxels with a label are
// counted.
import {
  DEFAULT_CALIBRATION, groupByFrameOfReference, listSubjects, type Probe, PROBES, readTemplate, recognitionBy, runAudit, runCase,
  shippedTemplatePath, thresholdsFor,
} from '@efface/cohort'; // prettier-ignore
import {
  BIOMETRIC_MASK_DEFAULTS,
  DEPTH_MASK_DEFAULTS,
  type Method,
  type MethodName,
  MINIMAL_DEFAULTS,
  QUICKSHEAR_DEFAULTS,
  REFACE_DEFAULTS,
} from '@efface/deface';
import { openNifti, openStudy } from '@efface/io';
import { openBackend } from '@efface/kernels/backends';
import {
  type Attacker,
  FACE_MODELS,
  fastGrid,
  HELD_OUT_GRID,
  openFaceNetworks,
  STANDARD_GRID,
} from '@efface/reidentify';
import { checkoutModels } from '@efface/reidentify/testing';
import { type CaseRecord, markdownTables, proportionText } from '@efface/report';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    known: { type: 'string' },
    method: { type: 'string', multiple: true },
    every: { type: 'string', default: '1' },
    portraits: { type: 'string', default: '9' },
    probe: { type: 'string', multiple: true, default: [] },
    template: { type: 'string' },
    brains: { type: 'string' },
    work: { type: 'string' },
    out: { type: 'string' },
  },
});

const METHODS: Readonly<Record<MethodName, Method>> = {
  quickshear: { method: 'quickshear', rule: 'robust', ...QUICKSHEAR_DEFAULTS, keepOutMm: QUICKSHEAR_DEFAULTS.keepOutMm.robust, ears: true },
  'biometric-mask': { method: 'biometric-mask', rule: 'full', ...BIOMETRIC_MASK_DEFAULTS },
  'depth-mask': { method: 'depth-mask', ...DEPTH_MASK_DEFAULTS },
  minimal: { method: 'minimal', ...MINIMAL_DEFAULTS },
  reface: { method: 'reface', ...REFACE_DEFAULTS },
}; // prettier-ignore

const ATTACKERS: readonly Attacker[] = ['mean', 'best', 'geometry'];

interface Outcome {
  readonly subject: string;
  readonly path: string;
  readonly record?: CaseRecord;
  readonly failure?: string;
}

function usage(message: string): never {
  throw new Error(`${message}; see the head of ${import.meta.filename}`);
}

const known = options.known ?? usage('--known is missing');
const models = checkoutModels() ?? usage('no face networks: npm run models');
const methods = (options.method ?? Object.keys(METHODS)).map((name) => METHODS[name as MethodName] ?? usage(`no method ${name}`)); // prettier-ignore
const probes = options.probe.map((name) => PROBES.find((probe) => probe === name) ?? usage(`no probe ${name}`));
const portraits = options.portraits === '81' ? '81' : '9';
const work = resolve(options.work ?? mkdtempSync(join(tmpdir(), 'efface-methods-')));

const template = await readTemplate(options.template ?? shippedTemplatePath());
await using backend = await openBackend('cpu');
await using networks = await openFaceNetworks(models);
const sources = (await listSubjects(resolve(known))).filter((_, n) => n % Number(options.every) === 0);
console.log(`${sources.length} heads, ${backend.info.name}, ${backend.info.threads} threads`);

/** Only a method that searches for what hides is told what does. */
const recognition = recognitionBy(DEFAULT_CALIBRATION, { mode: 'fast', networks, models: Object.values(FACE_MODELS) });

/** Defaces one head; what a case cannot do is its outcome, not the end of the run. */
async function outcomeOf(method: Method, subject: string, path: string, destination: string): Promise<Outcome> {
  const outcome = (record: CaseRecord): Outcome => ({ subject, path: join(destination, record.images[0]?.output[0]?.name ?? ''), record }); // prettier-ignore
  const done = join(destination, 'record.json');
  if (existsSync(done)) return outcome(JSON.parse(readFileSync(done, 'utf8')) as CaseRecord);
  try {
    const [group] = groupByFrameOfReference(await openStudy(path));
    const record = await runCase(backend, group, destination, {
      method,
      template,
      seed: 0,
      pictures: false,
      overwrite: true,
      dryRun: false,
      inputs: [path],
      softwareVersion: 'bench',
      ...(method.method === 'minimal' ? { recognition } : {}),
    });
    return outcome(record);
  } catch (error) {
    return { subject, path: '', failure: error instanceof Error ? error.message : String(error) };
  }
}

const outcomes = new Map<string, Outcome[]>();
for (const method of methods) {
  const own: Outcome[] = [];
  for (const { subject, path } of sources) own.push(await outcomeOf(method, subject, path, join(work, method.method, subject)));
  outcomes.set(method.method, own);
} // prettier-ignore

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const percent = (count: number, of: number): string => `${((100 * count) / of).toFixed(1)} %`;

/** Cases by verdict, and medians over those that wrote an image. */
const rows = [...outcomes].map(([method, all]) => {
  const written = all.flatMap(({ record }) => (record && record.verdict !== 'fail' ? [record] : []));
  const codes = all.flatMap(({ record, failure }) => failure ?? record?.findings.filter(({ severity }) => severity === 'fail').map(({ code }) => code) ?? []); // prettier-ignore
  const stage = (name: string): string => (median(written.map(({ timingsMs }) => timingsMs[name] ?? 0)) / 1000).toFixed(2); // prettier-ignore
  return [
    method,
    `${all.filter(({ record }) => record?.verdict === 'pass').length} / ${all.filter(({ record }) => record?.verdict === 'review').length} / ${all.length - written.length}`,
    [...new Set(codes)].join(', ') || '-',
    median(written.map(({ images }) => images[0].alteredMl)).toFixed(0),
    median(written.map(({ images }) => images[0].alteredBodyMl)).toFixed(1),
    ...['anatomy', 'plan', 'mask', 'check', 'total'].map(stage),
  ];
});
const head = ['method', 'pass / review / fail', 'why', 'altered, ml', 'of the body, ml', 'anatomy, s', 'plan, s', 'mask and fill, s', 'check, s', 'total, s']; // prettier-ignore

/** One line a head and method, also of those that failed. */
function headsCsv(): string {
  const lines = [...outcomes].flatMap(([method, all]) =>
    all.map(({ subject, record, failure }) => {
      const codes = failure === undefined ? (record?.findings ?? []).filter(({ severity }) => severity !== 'note').map(({ code }) => code) : ['REFUSED']; // prettier-ignore
      const image = record?.images.at(0);
      return [
        subject, method, record?.verdict ?? 'fail', codes.join(' '), image?.alteredMl.toFixed(1) ?? '', image?.alteredBodyMl.toFixed(1) ?? '',
        ...['anatomy', 'plan', 'mask', 'check', 'total'].map((stage) => ((record?.timingsMs[stage] ?? 0) / 1000).toFixed(2)),
      ].join(','); // prettier-ignore
    }),
  );
  return `subject,method,verdict,findings,altered_ml,altered_body_ml,anatomy_s,plan_s,mask_s,check_s,total_s\n${lines.join('\n')}\n`;
}

/** Stored voxels with a label above 0 that are not as they were, over all heads a method wrote. */
async function brainVoxelsChanged(brains: string, method: string): Promise<string[]> {
  const files = readdirSync(brains);
  const labelled = { voxels: 0, changed: 0, heads: [] as string[] };
  for (const { subject, path, record } of outcomes.get(method) ?? []) {
    if (!record || record.verdict === 'fail') continue;
    const source = sources.find((one) => one.subject === subject)?.path ?? '';
    const labels = join(brains, files.find((file) => file.startsWith(`${subject}_`)) ?? usage(`${brains}: nothing of ${subject}`));
    const [before, after, brain] = await Promise.all([source, path, labels].map(async (file) => (await openNifti(file, { modality: 'MR' })).volume)); // prettier-ignore
    let changed = 0;
    for (let v = 0; v < brain.voxels.length; v++)
      if (Number(brain.voxels[v]) > 0) {
        labelled.voxels++;
        if (before.voxels[v] !== after.voxels[v]) changed++;
      }
    labelled.changed += changed;
    if (changed > 0) labelled.heads.push(`${subject}: ${changed}`);
  }
  return [method, String(labelled.voxels), String(labelled.changed), labelled.heads.join(', ') || '-'];
} // prettier-ignore

mkdirSync(work, { recursive: true });
const csv = (lines: readonly string[]): string => `subject,session,method,path\n${lines.join('\n')}\n`;
writeFileSync(join(work, 'known.csv'), csv(sources.map(({ subject, path }) => `${subject},,,${path}`)));
const left = [...outcomes].flatMap(([method, all]) => all.flatMap(({ subject, path, record }) => record && record.verdict !== 'fail' ? [`${subject},,${method},${path}`] : [])); // prettier-ignore
writeFileSync(join(work, 'unknown.csv'), csv(left));
const brainRows: string[][] = [];
if (options.brains !== undefined)
  for (const method of outcomes.keys()) brainRows.push(await brainVoxelsChanged(options.brains, method));
const audit = await runAudit(backend, networks, {
  known: join(work, 'known.csv'),
  unknown: join(work, 'unknown.csv'),
  thresholds: thresholdsFor(DEFAULT_CALIBRATION, portraits, networks),
  attackers: ATTACKERS,
  probes: probes satisfies readonly Probe[],
  ...(portraits === '9' ? { grids: { known: fastGrid(STANDARD_GRID), unknown: fastGrid(HELD_OUT_GRID) } } : {}),
});

const text = markdownTables([
  { title: 'Cases', note: 'Medians over the images that were written; no case with a brain voxel altered writes one.', columns: head, rows },
  {
    title: 'Recognition',
    note: 'Rank-1 of the altered heads in a gallery of all originals, with exact 95 % intervals; pairs accepted at a false match rate of 1 in 100.',
    columns: ['set', 'attacker', 'rank-1', 'chance', 'area under the curve', 'accepted at 1e-2', 'at the frozen threshold'],
    rows: audit.attacks.map(({ set, attacker, identification, verification }) => [
      set,
      attacker,
      proportionText(identification.rankOne),
      percent(identification.chance, 1),
      `${verification.areaUnderCurve.toFixed(3)} [${verification.areaInterval.low.toFixed(3)}, ${verification.areaInterval.high.toFixed(3)}]`,
      percent(verification.trueAcceptRateAt1In100, 1),
      verification.accepted ? proportionText(verification.accepted.genuine) : '-',
    ]),
  },
  {
    title: 'Faces detected',
    note: 'Heads in at least half of whose portraits a face is seen.',
    columns: ['set', 'detector', 'heads', 'portraits'],
    rows: audit.detection.map(({ set, detector, persons, pictures }) => [set, detector, proportionText(persons), proportionText(pictures)]),
  },
  ...(brainRows.length === 0 ? [] : [{
    title: 'The brain',
    note: 'Stored voxels with a label above 0 in somebody else’s segmentation that are not as they were.',
    columns: ['method', 'labelled voxels', 'changed', 'in which heads'],
    rows: brainRows,
  }]),
]); // prettier-ignore
console.log(text);
if (options.out !== undefined) {
  writeFileSync(options.out, text);
  writeFileSync(options.out.replace(/(\.md)?$/, '-heads.csv'), headsCsv());
}
if (options.work === undefined) rmSync(work, { recursive: true });
