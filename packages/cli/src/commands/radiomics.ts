import { csvOf, extractRadiomics, openImage, radiomicsTable, type RadiomicsRow, writeParquet } from '@efface/cohort';
import { inputErrorFrom, OutputFile, type SuvMeasure } from '@efface/io';
import { DEFAULT_PARAMETERS, parseParameters, type RadiomicsConvention, type RadiomicsParameters } from '@efface/radiomics'; // prettier-ignore
import { EffaceError, EXIT_CODES } from '@efface/volume';
import { readFile, writeFile } from 'node:fs/promises';
import { type ComputeOptions, type InputOptions, UsageError } from '../options.ts';
import { exitOnSignals, withCliBackend } from '../session.ts';

/** Options of `efface radiomics`. */
export interface RadiomicsOptions extends InputOptions, ComputeOptions {
  readonly output?: string;
  readonly params?: string;
  readonly convention: RadiomicsConvention;
  readonly unit: 'stored' | 'suv-bw' | 'suv-lbm' | 'suv-bsa';
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** None of the structures has features, with the reason of each. */
class NoFeaturesError extends EffaceError {
  constructor(structures: string, rows: readonly RadiomicsRow[]) {
    const reasons = rows.map(({ label, failure }) => `\n  label ${label}: ${failure?.message ?? ''} [${failure?.code ?? ''}]`); // prettier-ignore
    super(rows[0].failure?.code ?? 'REGION_EMPTY', 'inputRefused', `${structures}: no structure has features${reasons.join('')}`); // prettier-ignore
  }
}

/** Prints or writes the first-order features of every structure of an image. */
export async function radiomics(image: string, structures: string, options: RadiomicsOptions): Promise<void> {
  const { output, convention, json = false } = options;
  const format = formatOf(output, json);
  const parameters = await readParameters(options.params);
  exitOnSignals(json);
  const request = { image: await openImage(image, options, suvOf(options)), structures, parameters, convention };
  const rows = await withCliBackend(options, (backend) => extractRadiomics(backend, request));
  if (rows.every(({ failure }) => failure !== undefined)) throw new NoFeaturesError(structures, rows);
  const table = radiomicsTable(image, rows, request);
  const record = { image, structures, convention, settings: parameters.settings, ignored: parameters.ignored, rows };
  const text = format === 'json' ? `${JSON.stringify(record, null, 2)}\n` : csvOf(table);
  if (output === undefined) process.stdout.write(text);
  else {
    const inputs = [image, structures, ...(options.params === undefined ? [] : [options.params])];
    await using file = await OutputFile.create(output, { overwrite: options.overwrite === true, inputs });
    if (format === 'parquet') await writeParquet(file.path, table);
    else await writeFile(file.path, text);
    await file.commit();
  }
  for (const name of parameters.ignored) process.stderr.write(`note: ${options.params}: ${name} is not used\n`);
  const failed = rows.filter(({ failure }) => failure !== undefined);
  for (const { label, source, failure } of failed)
    process.stderr.write(`${source}: label ${label}: ${failure?.message ?? ''} [${failure?.code ?? ''}]\n`);
  if (failed.length > 0) process.exitCode = EXIT_CODES.someFailed.code;
}

function suvOf({ unit }: RadiomicsOptions): SuvMeasure | undefined {
  return unit === 'stored' ? undefined : (unit.slice('suv-'.length) as 'bw' | 'lbm' | 'bsa');
}

function formatOf(output: string | undefined, json: boolean): 'csv' | 'json' | 'parquet' {
  if (output === undefined) return json ? 'json' : 'csv';
  const format = /\.(csv|json|parquet)$/i.exec(output)?.[1].toLowerCase();
  if (format === undefined) throw new UsageError(`--output ${output}: the name must end in .csv, .json or .parquet`);
  return format as 'csv' | 'json' | 'parquet';
}

/** A parameter file of PyRadiomics; its defaults where there is none. */
export async function readParameters(path: string | undefined): Promise<RadiomicsParameters> {
  if (path === undefined) return DEFAULT_PARAMETERS;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw inputErrorFrom(error, path);
  }
  return parseParameters(text, path);
}
