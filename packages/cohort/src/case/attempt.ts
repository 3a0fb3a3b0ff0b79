import { type Backend } from '@efface/compute';
import { type Finding, type Method, verdictOf } from '@efface/deface';
import { type OutputFolder } from '@efface/io';
import { type RecordImage } from '@efface/report';
import { checkAlteredHead } from '../checks.ts';
import { type CaseGroup, safeName, uniqueName } from '../groups.ts';
import { writePictures } from '../pictures.ts';
import { checkRecognition, type RecognitionCheck } from '../recognition.ts';
import { type StageClock } from '../stages.ts';
import { type RemovedFace } from '../study/write-companions.ts';
import { alterImage, recordImage } from './alter-image.ts';
import { type CaseOptions } from './case-options.ts';
import { type ExaminedCase } from './examined-case.ts';
import { type PlannedFace, planMethod } from './plan-case.ts';

/** What a method did to the images of a case. */
export interface Attempt {
  readonly method: Method;
  readonly planned: PlannedFace;
  /** What planning and checks object to; what anatomy says holds for every method and is not here. */
  readonly findings: readonly Finding[];
  readonly images: readonly RecordImage[];
  readonly measured: Readonly<Record<string, number>>;
  /** What was done to the reference; absent where no plan could be made. */
  readonly face?: RemovedFace;
}

/**
 * Alters every image of a case by one method, one at a time, checks each, and writes it to `output` while nothing fails.
 * Without `output` nothing is written.
 */
export async function attempt(
  backend: Backend,
  group: CaseGroup,
  examined: ExaminedCase,
  method: Method,
  output: OutputFolder | undefined,
  options: CaseOptions,
  clock: StageClock,
): Promise<Attempt> {
  const { anatomy, describe } = examined;
  const { recognition, softwareVersion, onProgress: report = () => undefined } = options;
  const planned = await planMethod(backend, examined, method, options, clock);
  const { plan } = planned;
  const findings: Finding[] = [...planned.findings];
  if (!plan) return { method, planned, findings, images: [], measured: {} };
  const images: RecordImage[] = [];
  const measured: Record<string, number> = {};
  const usedNames = new Set<string>();
  let face: RemovedFace | undefined;
  for (const [n, entry] of group.entries.entries()) {
    const isReference = n === 0;
    const scan = isReference ? examined.scan : await clock.time('read', () => entry.open());
    report('check', 0.5);
    const image = await clock.time('mask', () => alterImage(backend, scan, anatomy, plan, { softwareVersion, isReference })); // prettier-ignore
    findings.push(...image.findings);
    if (isReference) {
      face = { plan, grid: scan.volume.grid, alteration: image.alteration };
      const checks = await clock.time('check', () => checkAlteredHead(backend, scan.volume, image.mask, anatomy));
      findings.push(...checks.findings);
      Object.assign(measured, checks.measured);
    }
    let recognised: RecognitionCheck | undefined;
    if (recognition) {
      report('recognise', 0.55);
      // A face that another series keeps is a face.
      recognised = await clock.time('recognise', async () =>
        checkRecognition(backend, recognition, scan, image.alteration, anatomy, await describe?.(n, scan.volume)),
      );
      findings.push(...recognised.findings);
    } else if (isReference)
      findings.push({
        code: 'RECOGNITION_NOT_TRIED',
        severity: 'note',
        message: 'verification is off: nobody tried to recognise the patient',
      });
    const verdict = verdictOf([...anatomy.findings, ...findings]);
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
        await clock.time('pictures', () =>
          writePictures(backend, scan.volume, alteration, anatomy, (name) => output.path(`qc/${name}`)),
        );
      }
    }
    images.push(await clock.time('hash', async () => recordImage(image, entry, files, warnings, recognised)));
  }
  return { method, planned, findings, images, measured, ...(face ? { face } : {}) };
}
