import {
  compareDoses, DOSE_RECORD_NAME, type DoseComparison, doseRecord, openDose, passPercent, uncoveredPercent, writeDoseComparison,
} from '@efface/cohort'; // prettier-ignore
import { OutputFolder } from '@efface/io';
import { type DoseMetric, parseDoseMetric } from '@efface/radiomics';
import { EXIT_CODES } from '@efface/volume';
import { type ComputeOptions } from '../options.ts';
import { exitOnSignals, withCliBackend } from '../session.ts';

/** Options of `efface dose compare`. */
export interface DoseCompareOptions extends ComputeOptions {
  readonly structures?: string;
  readonly metrics: string;
  readonly gammaPercent: number;
  readonly gammaMm: number;
  readonly local?: boolean;
  readonly thresholdPercent: number;
  readonly cap: number;
  readonly gammaSteps?: number;
  readonly binGy: number;
  readonly output?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** Prints, and writes on demand, how dose B differs from dose A. */
export async function doseCompare(pathA: string, pathB: string, options: DoseCompareOptions): Promise<void> {
  const { structures, json = false } = options;
  const settings = {
    metrics: metricsOf(options.metrics),
    gamma: {
      dosePercent: options.gammaPercent,
      distanceMm: options.gammaMm,
      isLocal: options.local === true,
      thresholdPercent: options.thresholdPercent,
      cap: options.cap,
      ...(options.gammaSteps === undefined ? {} : { stepsPerDistance: options.gammaSteps }),
    },
    binGy: options.binGy,
  };
  exitOnSignals(json);
  await using output = await openOutput(pathA, pathB, options);
  const [a, b] = [await openDose(pathA), await openDose(pathB)];
  const comparison = await withCliBackend(options, (backend) => compareDoses(backend, a, b, structures, settings));
  if (output) {
    await writeDoseComparison(output, comparison, settings);
    await output.commit();
  }
  process.stdout.write(json ? `${JSON.stringify(doseRecord(comparison, settings), null, 2)}\n` : textOf(comparison));
  warn(comparison);
}

function metricsOf(list: string): DoseMetric[] {
  return list.split(',').filter((text) => text.trim() !== '').map(parseDoseMetric); // prettier-ignore
}

async function openOutput(a: string, b: string, { output, overwrite, structures }: DoseCompareOptions) {
  if (output === undefined) return undefined;
  const inputs = [a, b, ...(structures === undefined ? [] : [structures])];
  return OutputFolder.create(output, { overwrite: overwrite === true, inputs, marker: DOSE_RECORD_NAME });
}

function textOf({ structures, gamma }: DoseComparison): string {
  const percent = passPercent(gamma.passRate);
  const { judged, passed } = gamma.passRate;
  const lines = [`gamma: ${percent === undefined ? 'nothing to judge' : `${percent.toFixed(3)} % of ${judged} voxels pass (${passed})`}`]; // prettier-ignore
  const number = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(3));
  for (const own of structures) {
    const pass = passPercent(own.gamma);
    lines.push(`${own.name}: ${(own.volumeMm3 / 1000).toFixed(2)} cc, gamma ${pass === undefined ? '–' : `${pass.toFixed(2)} %`}`); // prettier-ignore
    for (const { metric, a, b } of own.metrics) {
      const difference = a === undefined || b === undefined ? undefined : b - a;
      lines.push(`  ${metric.name}: ${number(a)} → ${number(b)} ${metric.unit} (${number(difference)})`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** What the numbers do not show by themselves. Names of structures are free text and stay in the tables. */
function warn({ structures, empty, judgedUncovered }: DoseComparison): void {
  const say = (count: number, text: string): void => {
    if (count > 0) process.stderr.write(`${count} ${text}\n`);
  };
  const isPartly = (dose: 0 | 1) => (own: (typeof structures)[number]) => (uncoveredPercent(own, dose) ?? 0) > 0;
  const bare = structures.filter(({ coveredMm3 }) => coveredMm3.includes(0));
  say(
    judgedUncovered,
    'judged voxels of dose A are not covered by the grid of dose B; they pass only by what is near them',
  );
  say(
    structures.filter(isPartly(0)).length,
    'structures are not wholly covered by the grid of dose A; their numbers are of the covered part',
  );
  say(
    structures.filter(isPartly(1)).length,
    'structures are not wholly covered by the grid of dose B; their numbers are of the covered part',
  );
  say(bare.length, 'structures have no part that both doses cover, or no part at all; they have no numbers');
  say(empty.length, 'regions have no closed contours');
  // The others are there.
  if (bare.length > 0) process.exitCode = EXIT_CODES.someFailed.code;
}
