import { OutputFolder, writeNifti, writeStudy } from '@efface/io';
import { generateHead, generateStudy, sharedPath } from '@efface/test-data';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ComputeOptions, type OutputOptions } from '../options.ts';
import { type NetworkOptions } from '../networks.ts';
import { deface } from './deface.ts';
import { doseCompare } from './dose.ts';
import { drift } from './drift.ts';

/** Options of `efface demo`. */
export interface DemoOptions extends NetworkOptions, ComputeOptions, OutputOptions {
  readonly generated?: boolean;
  readonly study?: boolean;
  readonly seed: number;
  readonly overwrite?: boolean;
}

/** A real head of the shared data set, when it lies beside the checkout. */
const REAL_HEAD = 'data/ixi_t1_2mm/T1/IXI015-HH-1258_T1.nii.gz';

/** Defaces a head with quickshear and says where the pictures are. */
export async function demo(output: string, options: DemoOptions): Promise<void> {
  if (options.study) {
    await demoStudy(output, options);
    return;
  }
  const scratch = await mkdtemp(join(tmpdir(), 'efface-demo-'));
  try {
    const real = options.generated ? undefined : sharedPath(REAL_HEAD);
    const input = real ?? join(scratch, `generated-head-${options.seed}.nii.gz`);
    if (real === undefined) {
      if (!options.quiet) process.stderr.write(`no data at hand: generating head ${options.seed}, CT\n`);
      await writeNifti(input, generateHead({ seed: options.seed, contrast: 'ct', spacingMm: [1, 1, 1] }).volume);
    }
    await deface(input, output, {
      ...options,
      ...QUICKSHEAR,
    });
    if (!options.json) process.stdout.write(`\nBefore is above, after below: ${join(output, 'qc', 'renders.png')}\n`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What the commands take when nothing is said. */
const DOSE_DEFAULTS = {
  metrics: 'Dmean,Dmax,D95%,D2%,D0.03cc,V20Gy',
  gammaPercent: 3,
  gammaMm: 3,
  thresholdPercent: 10,
  cap: 2,
  binGy: 0.1,
} as const;
const QUICKSHEAR = { method: 'quickshear', rule: 'robust', seed: 0, pictures: true, verify: 'fast' } as const;

/**
 * Writes a generated study, defaces it, and says what that cost: `study`, `defaced`, `drift` (the table of the 2023 study) and
 * `dose` in the folder.
 */
async function demoStudy(output: string, options: DemoOptions): Promise<void> {
  const [study, defaced] = ['study', 'defaced'].map((name) => join(output, name));
  await writeGeneratedStudy(study, options);
  await deface(study, defaced, { ...options, ...QUICKSHEAR });
  // What failed was told; there is nothing to compare.
  if (process.exitCode) return;
  const shared = { ...options, structures: join(study, 'RTSTRUCT.dcm') };
  // Series 1 is the CT that the structures were drawn on.
  const images = [join(study, 'CT'), join(defaced, 'series-1')] as const;
  await drift(...images, { ...shared, style: 'study', output: join(output, 'drift') });
  const doses = [join(study, 'RTDOSE.dcm'), join(defaced, 'rtdose-1.dcm')] as const;
  await doseCompare(...doses, { ...shared, ...DOSE_DEFAULTS, output: join(output, 'dose') });
}

/** Says in the folder what it is, and that it may be overwritten. */
const STUDY_MARKER = 'efface-generated-study.txt';

/** Writes the generated head-and-neck study as DICOM. */
async function writeGeneratedStudy(output: string, { seed, overwrite, quiet, json }: DemoOptions): Promise<void> {
  await using folder = await OutputFolder.create(output, { overwrite: overwrite ?? false, marker: STUDY_MARKER });
  if (!quiet)
    process.stderr.write(
      `generating study ${seed}: CT, MR, PET, structures, plan, dose, a segmentation and a registration\n`,
    );
  const study = generateStudy({ seed });
  const marker = await folder.path(STUDY_MARKER);
  await writeFile(marker, `A generated head-and-neck study: ${study.identity.patientName} is nobody.\n`);
  const files = await writeStudy(dirname(marker), study);
  await folder.commit();
  const facts = { output, files: files.length, structures: study.regions.length };
  process.stdout.write(
    json ? `${JSON.stringify(facts)}\n` : `${facts.files} DICOM files with ${facts.structures} structures: ${output}\n`,
  );
}
