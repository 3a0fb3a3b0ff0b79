import {
  csvOf, type DriftCase, driftMarkdown, driftTable, measureDrift, readDriftManifest, studyMarkdown, summaryTable, writeParquet,
} from '@efface/cohort'; // prettier-ignore
import { inputErrorFrom, OutputFolder, writeOutput } from '@efface/io';
import {
  canonicalName, parseStructureAliases, type RadiomicsSettings, type StructureDrift, STUDY_STRUCTURES, summariseDrift,
} from '@efface/radiomics'; // prettier-ignore
import { EffaceError, EXIT_CODES } from '@efface/volume';
import { readFile } from 'node:fs/promises';
import { type ComputeOptions, type FileOptions, type OutputOptions, UsageError } from '../options.ts';
import { openProgress } from '../progress.ts';
import { exitOnSignals, withCliBackend } from '../session.ts';
import { readParameters } from './radiomics.ts';

/** File that marks a folder as one of drift, which `--overwrite` may replace. */
const RECORD_NAME = 'drift.json';

/** Options of `efface drift`. */
export interface DriftOptions extends FileOptions, ComputeOptions, OutputOptions {
  readonly structures?: string;
  readonly altered?: string;
  readonly expectUntouched?: string;
  readonly aliases?: string;
  readonly params?: string;
  readonly style: 'tables' | 'study';
  readonly output?: string;
  readonly overwrite?: boolean;
}

interface Failure {
  readonly patient: string;
  readonly code: string;
  readonly message: string;
}

/** Prints, and writes on demand, what defacing did to the structures of one patient or of those of a manifest. */
export async function drift(original: string, defaced: string | undefined, options: DriftOptions): Promise<void> {
  const cases = await casesOf(original, defaced, options);
  const aliases = await readAliases(options.aliases);
  const { binWidth, binCount, voxelArrayShift } = onlyBins((await readParameters(options.params)).settings, options);
  const expectUntouched = (options.expectUntouched ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [canonicalName(name.trim(), aliases)])); // prettier-ignore
  const settings = { aliases, expectUntouched, open: options, binWidth, voxelArrayShift, ...(binCount === null ? {} : { binCount }) }; // prettier-ignore
  const json = options.json === true;
  exitOnSignals(json);
  await using output = await openOutput(original, cases, options);
  const drifts: StructureDrift[] = [];
  const failures: Failure[] = [];
  const empty: { readonly patient: string; readonly structure: string }[] = [];
  const progress = openProgress({ quiet: options.quiet === true || cases.length === 1, json });
  await withCliBackend(options, async (backend) => {
    for (const [n, item] of cases.entries()) {
      try {
        const found = await measureDrift(backend, item, settings);
        drifts.push(...found.drifts);
        empty.push(...found.empty.map((structure) => ({ patient: item.patient, structure })));
      } catch (error) {
        if (!(error instanceof EffaceError) || cases.length === 1) throw error;
        failures.push({ patient: item.patient, code: error.code, message: error.message });
      }
      progress.step({ stage: 'patients', done: n + 1, total: cases.length });
    }
  });
  progress.end();
  const summaries = summariseDrift(drifts);
  const study = studyMarkdown(summaries);
  const tables = driftMarkdown(summaries);
  const record = { patients: cases.length, summaries, empty, failures };
  if (output) {
    const files: Readonly<Record<string, string>> = {
      [RECORD_NAME]: `${JSON.stringify({ ...record, drifts }, null, 2)}\n`,
      'drift.csv': csvOf(driftTable(drifts)),
      'summary.csv': csvOf(summaryTable(summaries)),
      'study.md': study,
      'tables.md': tables,
    };
    for (const [name, text] of Object.entries(files)) await writeOutput(await output.path(name), text);
    await writeParquet(await output.path('drift.parquet'), driftTable(drifts));
    await output.commit();
  }
  process.stdout.write(json ? `${JSON.stringify(record, null, 2)}\n` : options.style === 'study' ? study : tables);
  for (const { message, code } of failures) process.stderr.write(`${message} [${code}]\n`);
  if (empty.length > 0) process.stderr.write(`${empty.length} structures have no voxel on their image and are left out\n`); // prettier-ignore
  if (failures.length > 0) process.exitCode = integrityOr(failures);
}

/** A broken promise of integrity is worse than a case that could not be compared. */
function integrityOr(failures: readonly Failure[]): number {
  const isBroken = failures.some(({ code }) => code === 'DRIFT_NOT_UNTOUCHED');
  return EXIT_CODES[isBroken ? 'verificationFailed' : 'someFailed'].code;
}

async function casesOf(original: string, defaced: string | undefined, options: DriftOptions): Promise<DriftCase[]> {
  const { structures, altered } = options;
  if (defaced === undefined) {
    if (structures !== undefined || altered !== undefined)
      throw new UsageError('--structures and --altered go with two images; a manifest has columns for them');
    return readDriftManifest(original);
  }
  if (structures === undefined) throw new UsageError('--structures is missing: where are the structures?');
  return [{ patient: '1', original, defaced, structures, ...(altered === undefined ? {} : { altered }) }];
}

async function readAliases(path: string | undefined): Promise<ReturnType<typeof parseStructureAliases>> {
  if (path === undefined) return STUDY_STRUCTURES;
  try {
    return parseStructureAliases(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof EffaceError) throw error;
    throw inputErrorFrom(error, path);
  }
}

/** Drift is of the voxels as they are: what makes other voxels of them first has no place here. */
function onlyBins(settings: RadiomicsSettings, { params }: DriftOptions): RadiomicsSettings {
  const { normalize, resampledPixelSpacing, resegmentRange } = settings;
  if (normalize || resampledPixelSpacing !== null || resegmentRange !== null)
    throw new UsageError(
      `--params ${params}: normalize, resampledPixelSpacing and resegmentRange make other voxels of an image; drift takes binWidth, ` +
        'binCount and voxelArrayShift (use `efface radiomics` on both images for the rest)',
    );
  return settings;
}

async function openOutput(
  original: string,
  cases: readonly DriftCase[],
  { output, overwrite }: DriftOptions,
): Promise<OutputFolder | undefined> {
  if (output === undefined) return undefined;
  const inputs = [original, ...cases.flatMap((item) => [item.original, item.defaced, item.structures])];
  return OutputFolder.create(output, { overwrite: overwrite === true, inputs, marker: RECORD_NAME });
}
