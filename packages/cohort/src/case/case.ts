import { type Backend } from '@efface/compute';
import { type Finding, verdictOf } from '@efface/deface';
import { OutputFolder, writeOutput } from '@efface/io';
import { type CaseRecord, RECORD_SCHEMA, type RecordAttempt, type RecordCompanion } from '@efface/report';
import { type CaseGroup } from '../groups.ts';
import { StageClock } from '../stages.ts';
import { writeDoseFile } from '../study/write-dose-file.ts';
import { writeStructurePictures } from '../study/structure-pictures.ts';
import { writeCompanions } from '../study/write-companions.ts';
import { attempt, type Attempt } from './attempt.ts';
import { type CaseOptions } from './case-options.ts';
import { type ExaminedCase } from './examined-case.ts';
import { examineCase } from './plan-case.ts';

/** An output folder that can be begun anew: what one method wrote must not stay when another is taken. */
interface Draft {
  readonly folder: OutputFolder | undefined;
  readonly renew: () => Promise<void>;
}

/**
 * One case from files to files: read, find the anatomy, plan, check, write, record. `destination` becomes a folder with
 * the images, `record.json` and, with pictures, `qc/`; it appears whole or not at all. A case that fails its checks
 * leaves the record alone, never an image.
 * @throws EffaceError when an input cannot be used or the output cannot be written
 */
export async function runCase(
  backend: Backend,
  group: CaseGroup,
  destination: string,
  options: CaseOptions,
): Promise<CaseRecord> {
  const clock = new StageClock();
  const openOutput = async (): Promise<OutputFolder | undefined> =>
    options.dryRun
      ? undefined
      : OutputFolder.create(destination, { overwrite: options.overwrite, inputs: options.inputs });
  let output = await openOutput();
  const renew = async (): Promise<void> => {
    await output?.abort();
    output = await openOutput();
  };
  try {
    const examined = options.examined ?? (await examineCase(backend, group, options, clock));
    const draft: Draft = {
      get folder() {
        return output;
      },
      renew,
    };
    const { taken, tried } = await takeMethod(backend, group, examined, draft, options, clock);
    const findings: Finding[] = [...examined.anatomy.findings, ...taken.findings, ...whyTaken(taken, tried)];
    // Only with images that passed: alone they would say what was removed.
    const written = verdictOf(findings) === 'fail' ? NOTHING_WRITTEN : await writeObjects(backend, group, examined, taken, output, options, clock); // prettier-ignore
    findings.push(...written.findings);
    const record = makeRecord(examined, taken, tried, { findings, companions: written.companions }, options, backend, clock); // prettier-ignore
    // Nothing of the image may survive a failed case: a fresh folder holds the record alone.
    if (record.verdict === 'fail') await renew();
    if (output) {
      await writeOutput(await output.path('record.json'), `${JSON.stringify(record, null, 2)}\n`);
      await output.commit();
    }
    options.onProgress?.('done', 1);
    return record;
  } finally {
    await output?.abort();
  }
}

/**
 * Tries the methods in their order and takes the first that passes; where none does, the first that is for review, else the
 * first. What it wrote lies in the draft.
 */
async function takeMethod(
  backend: Backend,
  group: CaseGroup,
  examined: ExaminedCase,
  draft: Draft,
  options: CaseOptions,
  clock: StageClock,
): Promise<{ readonly taken: Attempt; readonly tried: readonly Attempt[] }> {
  const tryOne = (method: Attempt['method']): Promise<Attempt> =>
    attempt(backend, group, examined, method, draft.folder, options, clock);
  const tried = [await tryOne(options.method)];
  // What anatomy objects to, no method mends.
  const others = verdictOf(examined.anatomy.findings) === 'fail' ? [] : (options.otherwise ?? []);
  for (const method of others) {
    if (verdictOf(tried[tried.length - 1].findings) === 'pass') break;
    await draft.renew();
    tried.push(await tryOne(method));
  }
  const last = tried[tried.length - 1];
  if (verdictOf(last.findings) === 'pass') return { taken: last, tried };
  const best = tried.find(({ findings }) => verdictOf(findings) === 'review');
  if (best === undefined || best === last) return { taken: best ?? tried[0], tried };
  // Its images went with the draft; it makes the same again.
  await draft.renew();
  return { taken: await tryOne(best.method), tried };
}

/** Why the other methods were not taken, where there was a choice. */
function whyTaken(taken: Attempt, tried: readonly Attempt[]): Finding[] {
  const others = tried.filter(({ method }) => method.method !== taken.method.method);
  if (others.length === 0) return [];
  const reasons = others.map(({ method, findings }) => {
    const verdict = verdictOf(findings);
    const reason = findings.find(({ severity }) => severity === verdict);
    return `${method.method}: ${verdict}${reason === undefined ? '' : ` (${reason.message})`}`;
  });
  return [
    { code: 'METHOD_CHOSEN', severity: 'note', message: `${taken.method.method} was taken; ${reasons.join('; ')}` },
  ];
}

interface WrittenObjects {
  readonly companions: readonly RecordCompanion[];
  readonly findings: readonly Finding[];
}

const NOTHING_WRITTEN: WrittenObjects = { companions: [], findings: [] };

/** Writes what belongs to the images: the objects of the study, the dose, pictures of structures. */
async function writeObjects(
  backend: Backend,
  group: CaseGroup,
  { scan }: ExaminedCase,
  { face }: Attempt,
  output: OutputFolder | undefined,
  { dosePath, pictures }: CaseOptions,
  clock: StageClock,
): Promise<WrittenObjects> {
  if (!face) return NOTHING_WRITTEN;
  const written = await clock.time('objects', () => writeCompanions(backend, group.companions, face, output));
  const dose =
    dosePath === undefined ? [] : [await clock.time('objects', () => writeDoseFile(backend, dosePath, face, output))];
  const drawn = written.companions.findIndex(({ kind, output: files }) => kind === 'structure set' && files.length > 0);
  if (pictures && output && drawn >= 0) {
    const set = {
      before: group.companions[drawn].path,
      after: await output.path(written.companions[drawn].output[0].name),
    };
    await clock.time('pictures', () =>
      writeStructurePictures(backend, set, scan.volume, face.alteration, (name) => output.path(`qc/${name}`)),
    );
  }
  return { companions: [...written.companions, ...dose], findings: written.findings };
}

function makeRecord(
  { anatomy }: ExaminedCase,
  { method, planned: { plan }, images, measured }: Attempt,
  tried: readonly Attempt[],
  { findings, companions }: Pick<CaseRecord, 'companions' | 'findings'>,
  options: CaseOptions,
  backend: Backend,
  clock: StageClock,
): CaseRecord {
  const { kind, name, driver, threads } = backend.info;
  return {
    schema: RECORD_SCHEMA,
    verdict: verdictOf(findings),
    findings,
    method: method.method,
    ...(options.otherwise === undefined ? {} : { tried: tried.map(recordAttempt) }),
    rule: plan?.rule ?? '',
    parameters: plan?.parameters ?? {},
    measured: { brainMl: anatomy.brainVolumeMl, ...plan?.measured, ...measured },
    images,
    companions,
    software: {
      efface: options.softwareVersion,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    },
    backend: { kind, name, driver, threads },
    recognition: options.recognition
      ? {
          mode: options.recognition.mode,
          networks: options.recognition.models.map(({ name, sha256 }) => ({ name, sha256 })),
        }
      : { mode: 'off', networks: [] },
    seed: options.seed,
    timingsMs: clock.timingsMs(),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    finishedAt: new Date().toISOString(),
  };
}

function recordAttempt({ method, findings }: Attempt): RecordAttempt {
  return { method: method.method, verdict: verdictOf(findings), findings };
}
