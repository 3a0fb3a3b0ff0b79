import { analyseHead, backgroundModeAround, type HeadAnatomy, type HeadTemplate } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import {
  countInRegion,
  DefaceError,
  type FacePlan,
  fillOfPlan,
  type Finding,
  type KeptBack,
  maskOfPlan,
  type Method,
  planFace,
  verdictOf,
} from '@efface/deface';
import { type Alteration, OutputFolder, readMaskNifti, type Scan, type StudyEntry } from '@efface/io';
import { type CaseRecord, RECORD_SCHEMA, type RecordCompanion, type RecordImage } from '@efface/report';
import { type Mask, maskCount, spacingMm, voxelVolumeMm3 } from '@efface/volume';
import { writeFile } from 'node:fs/promises';
import { checkAlteredHead } from './checks.ts';
import { type CaseGroup, safeName, uniqueName } from './groups.ts';
import { recordFiles } from './hashes.ts';
import { writePictures } from './pictures.ts';
import { checkRecognition, type Recognition, type RecognitionCheck } from './recognition.ts';
import { StageClock } from './stages.ts';
import { writeDoseFile } from './study/write-dose-file.ts';
import { writeStructurePictures } from './study/structure-pictures.ts';
import { type RemovedFace, writeCompanions } from './study/write-companions.ts';

/** What to do with a case. */
export interface CaseOptions {
  readonly method: Method;
  /** Needed by the methods that say so. */
  readonly template?: HeadTemplate;
  /** NIfTI mask of the brain on the reference image's grid. */
  readonly brainMaskPath?: string;
  /** A dose in the image's patient coordinates that is no RT Dose (NIfTI): set to 0 where the face was. */
  readonly dosePath?: string;
  readonly seed: number;
  readonly pictures: boolean;
  /** Without it nobody tries to recognise the patient, and the record says so. */
  readonly recognition?: Recognition;
  readonly overwrite: boolean;
  /** Do everything but write. */
  readonly dryRun: boolean;
  /** Everything that is read; no output may touch it. */
  readonly inputs: readonly string[];
  readonly softwareVersion: string;
  readonly onProgress?: (stage: string, share: number) => void;
}

/** What is known once the head has been looked at. */
export interface PlannedCase {
  readonly scan: Scan;
  readonly anatomy: HeadAnatomy;
  /** Absent when none can be made; `findings` then has one of severity `fail`. */
  readonly plan?: FacePlan;
  /** What anatomy and method object to. */
  readonly findings: readonly Finding[];
}

/** Opens the first image of a group, finds the anatomy and plans the removal. Alters and writes nothing. */
export async function planCase(
  backend: Backend,
  group: CaseGroup,
  options: Pick<CaseOptions, 'method' | 'template' | 'brainMaskPath' | 'seed' | 'onProgress'>,
  clock = new StageClock(),
): Promise<PlannedCase> {
  const report = options.onProgress ?? (() => undefined);
  report('read', 0);
  const scan = await clock.time('read', () => group.entries[0].open());
  const { brainMaskPath } = options;
  const brainMask = brainMaskPath && (await clock.time('read', () => readMaskNifti(brainMaskPath, scan.volume.grid)));
  report('anatomy', 0.2);
  const anatomy = await clock.time('anatomy', () =>
    analyseHead(backend, scan.volume, { seed: options.seed, ...(brainMask ? { brainMask } : {}) }),
  );
  report('plan', 0.45);
  if (anatomy.brainSource === 'none') return { scan, anatomy, findings: anatomy.findings };
  try {
    const plan = await clock.time('plan', () => planFace(backend, scan.volume, anatomy, options.method, options));
    return { scan, anatomy, plan, findings: [...anatomy.findings, ...plan.findings] };
  } catch (error) {
    if (!(error instanceof DefaceError)) throw error;
    const finding: Finding = { code: error.code, severity: 'fail', message: error.message };
    return { scan, anatomy, findings: [...anatomy.findings, finding] };
  }
}

/** Why voxels stay, in words. */
const KEPT_BECAUSE: Readonly<Record<KeptBack['what'], string>> = {
  brain: 'too near the brain',
  protected: 'protected',
  padding: 'padding',
};

/** One image of a case, altered in thought: mask and fill are known, nothing is written. */
interface AlteredImage {
  readonly scan: Scan;
  readonly mask: Mask;
  readonly alteration: Alteration;
  readonly fillReal?: number;
  readonly keptBack: readonly KeptBack[];
  readonly findings: readonly Finding[];
  readonly alteredBodyMl: number;
}

async function alterImage(
  backend: Backend,
  scan: Scan,
  anatomy: HeadAnatomy,
  plan: FacePlan,
  { softwareVersion, isReference }: { readonly softwareVersion: string; readonly isReference: boolean },
): Promise<AlteredImage> {
  const { volume } = scan;
  const findings: Finding[] = [];
  const { mask, keptBack } = await maskOfPlan(backend, plan, volume);
  if (maskCount(mask) === 0)
    findings.push({ code: 'NOTHING_REMOVED', severity: 'fail', message: `${scan.label}: the region removes no voxel` });
  for (const { what, name, nVoxels } of keptBack)
    findings.push({
      code: 'REGION_KEPT_BACK',
      severity: 'note',
      message: `${scan.label}: ${nVoxels} voxels of the region stay: ${KEPT_BECAUSE[what]}${name === undefined ? '' : ` (${name})`}`,
    });
  // The anatomy is that of the reference; an MR beside a CT has air of its own.
  const backgroundReal = isReference ? undefined : backgroundModeAround(volume, anatomy.body);
  const { fill, fillReal, clipped } = await fillOfPlan(
    backend,
    plan,
    scan.frames,
    mask,
    backgroundReal ?? anatomy.background.modeReal,
  );
  if (clipped)
    findings.push({
      code: 'FILL_CLIPPED',
      severity: 'review',
      message: `${scan.label}: stored as ${volume.type}, which cannot hold ${fillReal === undefined ? 'all fill values' : `the fill value ${fillReal}`}; the nearest value was used`,
    });
  const brainVoxels = await countInRegion(backend, plan, anatomy.brain);
  if (brainVoxels > 0)
    findings.push({
      code: 'BRAIN_TOUCHED',
      severity: 'fail',
      message: `${scan.label}: ${brainVoxels} brain voxels would change`,
    });
  const bodyVoxels = await countInRegion(backend, plan, anatomy.body);
  const alteredBodyMl = (bodyVoxels * voxelVolumeMm3(anatomy.body.grid)) / 1000;
  const parameters = Object.entries(plan.parameters).map(([name, value]) => `${name}=${String(value)}`);
  const alteration: Alteration = {
    mask,
    fill,
    methodText: `efface ${plan.method} ${plan.rule} ${parameters.join(' ')}`.trim(),
    softwareVersion,
    verified: false,
  };
  return { scan, mask, alteration, ...(fillReal === undefined ? {} : { fillReal }), keptBack, findings, alteredBodyMl };
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
  const report = options.onProgress ?? (() => undefined);
  const outputOptions = { overwrite: options.overwrite, inputs: options.inputs };
  let output = options.dryRun ? undefined : await OutputFolder.create(destination, outputOptions);
  try {
    const planned = await planCase(backend, group, options, clock);
    const { plan, anatomy } = planned;
    const findings: Finding[] = [...planned.findings];
    const images: RecordImage[] = [];
    const measured: Record<string, number> = {};
    const usedNames = new Set<string>();
    let companions: readonly RecordCompanion[] = [];
    let face: RemovedFace | undefined;

    if (plan) {
      for (const [n, entry] of group.entries.entries()) {
        const isReference = n === 0;
        const scan = isReference ? planned.scan : await clock.time('read', () => entry.open());
        report('check', 0.5);
        const { softwareVersion } = options;
        const image = await clock.time('mask', () => alterImage(backend, scan, anatomy, plan, { softwareVersion, isReference })); // prettier-ignore
        findings.push(...image.findings);
        if (isReference) {
          face = { plan, grid: scan.volume.grid, alteration: image.alteration };
          const checks = await clock.time('check', () => checkAlteredHead(backend, scan.volume, image.mask, anatomy));
          findings.push(...checks.findings);
          Object.assign(measured, checks.measured);
        }
        const { recognition } = options;
        let recognised: RecognitionCheck | undefined;
        if (recognition) {
          report('recognise', 0.55);
          // A face that another series keeps is a face.
          recognised = await clock.time('recognise', () =>
            checkRecognition(backend, recognition, scan, image.alteration, anatomy),
          );
          findings.push(...recognised.findings);
        } else if (isReference)
          findings.push({
            code: 'RECOGNITION_NOT_TRIED',
            severity: 'note',
            message: 'verification is off: nobody tried to recognise the patient',
          });
        const verdict = verdictOf(findings);
        const alteration = { ...image.alteration, verified: verdict === 'pass' };
        let files: readonly string[] = [];
        let warnings = scan.warnings;
        if (output && verdict !== 'fail') {
          const path = await output.path(`${uniqueName(safeName(entry), usedNames)}${scan.outputExtension}`);
          report('write', 0.6);
          const written = await clock.time('write', () =>
            scan.write(alteration, path, { onProgress: (share) => report('write', 0.6 + 0.25 * share) }),
          );
          files = written.files;
          warnings = [...warnings, ...written.warnings];
          if (options.pictures && isReference) {
            report('pictures', 0.85);
            const qc = output;
            await clock.time('pictures', () =>
              writePictures(backend, scan.volume, alteration, anatomy, (name) => qc.path(`qc/${name}`)),
            );
          }
        }
        images.push(await clock.time('hash', async () => recordImage(image, entry, files, warnings, recognised)));
      }
    }
    // Only with images that passed: alone they would say what was removed.
    if (face && verdictOf(findings) !== 'fail') {
      const [removed, target] = [face, output];
      const written = await clock.time('objects', () => writeCompanions(backend, group.companions, removed, target));
      companions = written.companions;
      const { dosePath } = options;
      if (dosePath !== undefined) {
        const dose = await clock.time('objects', () => writeDoseFile(backend, dosePath, removed, target));
        companions = [...companions, dose];
      }
      const drawn = written.companions.findIndex(
        (object) => object.kind === 'structure set' && object.output.length > 0,
      );
      if (options.pictures && output && drawn >= 0) {
        const qc = output;
        const set = {
          before: group.companions[drawn].path,
          after: await qc.path(written.companions[drawn].output[0].name),
        };
        const { volume } = planned.scan;
        await clock.time('pictures', () =>
          writeStructurePictures(backend, set, volume, removed.alteration, (name) => qc.path(`qc/${name}`)),
        );
      }
      findings.push(...written.findings);
    }

    const record = makeRecord(planned, { images, companions, findings, measured }, options, backend, clock);
    if (output) {
      if (record.verdict === 'fail') {
        // Nothing of the image may survive a failed case: a fresh folder holds the record alone.
        await output.abort();
        output = await OutputFolder.create(destination, outputOptions);
      }
      await writeFile(await output.path('record.json'), `${JSON.stringify(record, null, 2)}\n`);
      await output.commit();
    }
    report('done', 1);
    return record;
  } finally {
    await output?.abort();
  }
}

async function recordImage(
  image: AlteredImage,
  entry: StudyEntry,
  files: readonly string[],
  warnings: RecordImage['warnings'],
  recognised: RecognitionCheck | undefined,
): Promise<RecordImage> {
  const { volume } = image.scan;
  const voxelMl = voxelVolumeMm3(volume.grid) / 1000;
  const alteredVoxels = maskCount(image.mask);
  return {
    label: image.scan.label,
    modality: volume.modality,
    sizeIjk: volume.grid.sizeIjk,
    spacingMm: spacingMm(volume.grid),
    storedType: volume.type,
    alteredVoxels,
    alteredMl: alteredVoxels * voxelMl,
    alteredBodyMl: image.alteredBodyMl,
    ...(image.fillReal === undefined ? {} : { fillReal: image.fillReal }),
    keptBack: image.keptBack,
    ...(recognised ? { recognition: recognised.measured } : {}),
    input: await recordFiles(entry.files),
    output: await recordFiles(files),
    warnings,
  };
}

function makeRecord(
  { anatomy, plan }: PlannedCase,
  {
    images,
    companions,
    findings,
    measured,
  }: Pick<CaseRecord, 'images' | 'companions' | 'measured'> & { readonly findings: readonly Finding[] },
  options: CaseOptions,
  backend: Backend,
  clock: StageClock,
): CaseRecord {
  const { kind, name, driver, threads } = backend.info;
  return {
    schema: RECORD_SCHEMA,
    verdict: verdictOf(findings),
    findings,
    method: options.method.method,
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
