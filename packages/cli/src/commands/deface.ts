import {
  type Calibration,
  type CaseOptions,
  openGroups,
  type Recognition,
  recognitionBy,
  runCase,
  type VerifyMode,
} from '@efface/cohort';
import { type CaseRecord } from '@efface/report';
import { EXIT_CODES } from '@efface/volume';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFailure, type Failure, reportFailure } from '../failure.ts';
import { type ComputeOptions, type InputOptions, type OutputOptions, UsageError } from '../options.ts';
import { cliCalibration, type NetworkOptions, openCliNetworks, type OpenedNetworks } from '../networks.ts';
import { openProgress } from '../progress.ts';
import { exitOnSignals, withCliBackend } from '../session.ts';
import { VERSION } from '../version.ts';
import { type MethodOptions, methodsOf, protectionOf, templateOf } from './method-options.ts';

/** Options of `efface deface`. */
export interface DefaceOptions extends MethodOptions, InputOptions, NetworkOptions, ComputeOptions, OutputOptions {
  readonly pictures: boolean;
  readonly verify: VerifyMode | 'off';
  readonly uidKeyFile?: string;
  readonly keepSourceReferences?: boolean;
  readonly allowUncleaned?: boolean;
  readonly dose?: string;
  readonly overwrite?: boolean;
  readonly dryRun?: boolean;
}

/** How one frame of reference ended. */
interface CaseOutcome {
  readonly name: string;
  readonly output: string;
  readonly record?: CaseRecord;
  readonly failure?: Failure;
}

/** Removes faces; sets the exit code of the process. */
export async function deface(input: string, output: string, options: DefaceOptions): Promise<void> {
  const json = options.json === true;
  if (/\.nii(\.gz)?$/i.test(output))
    throw new UsageError(
      `OUT is a folder that will hold the image, record.json and qc/; ${output} is named like a file`,
    );
  const methods = methodsOf(options);
  if (options.method === 'auto' && options.verify === 'off')
    throw new UsageError('--method auto takes what passes verification; leave out --verify off, or name a method');
  const protection = protectionOf(options);
  const template = await templateOf(options);
  const uidKey = options.uidKeyFile === undefined ? undefined : await readFile(options.uidKeyFile);
  const { groups, leftOut } = await openGroups(input, { ...options, ...(uidKey ? { uidKey } : {}) });
  if (options.dose !== undefined && groups.length > 1)
    throw new UsageError(`--dose ${options.dose}: ${input} holds ${groups.length} heads; choose one with --series`);
  exitOnSignals(json);
  await using opened = options.verify === 'off' ? undefined : await openCliNetworks(options, options.threads);
  const recognition = opened && recognitionOf(await cliCalibration(options), opened, options.verify);
  const outcomes = await withCliBackend(options, async (backend) => {
    const done: CaseOutcome[] = [];
    for (const group of groups) {
      const destination = groups.length === 1 ? output : join(output, group.name);
      const progress = openProgress({ quiet: options.quiet === true, json });
      const caseOptions: CaseOptions = {
        ...methods,
        ...template,
        ...protection,
        ...(options.brainMask === undefined ? {} : { brainMaskPath: options.brainMask }),
        ...(options.dose === undefined ? {} : { dosePath: options.dose }),
        seed: options.seed,
        pictures: options.pictures,
        ...(recognition ? { recognition } : {}),
        overwrite: options.overwrite === true,
        dryRun: options.dryRun === true,
        inputs: [input, ...[options.brainMask, options.dose, options.structures].filter((path) => path !== undefined)],
        softwareVersion: VERSION,
        onProgress: (stage, share) =>
          progress.step({ stage: `${group.name}: ${stage}`, done: Math.round(100 * share), total: 100 }),
      };
      try {
        done.push({
          name: group.name,
          output: destination,
          record: await runCase(backend, group, destination, caseOptions),
        });
      } catch (error) {
        if (groups.length === 1) throw error;
        // One bad image must not cost the others; its reason is told and counts.
        const failure = describeFailure(error);
        reportFailure(failure, json, error);
        done.push({ name: group.name, output: destination, failure });
      } finally {
        progress.end();
      }
    }
    return done;
  });
  if (json) process.stdout.write(`${JSON.stringify({ cases: outcomes, leftOut }, null, 2)}\n`);
  else process.stdout.write(outcomeText(outcomes, leftOut, options.dryRun === true));
  process.exitCode = exitCodeOf(outcomes);
}

function recognitionOf(
  calibration: Calibration,
  { networks, models }: OpenedNetworks,
  mode: DefaceOptions['verify'],
): Recognition | undefined {
  return mode === 'off' ? undefined : recognitionBy(calibration, { mode, networks, models });
}

function exitCodeOf(outcomes: readonly CaseOutcome[]): number {
  const failed = outcomes.filter(({ record }) => record === undefined || record.verdict === 'fail');
  if (failed.length === 0) return EXIT_CODES.ok.code;
  if (failed.length < outcomes.length) return EXIT_CODES.someFailed.code;
  return failed[0].failure?.exitCode ?? EXIT_CODES.verificationFailed.code;
}

function outcomeText(
  outcomes: readonly CaseOutcome[],
  leftOut: readonly { readonly code: string; readonly message: string }[],
  isDryRun: boolean,
): string {
  const lines: string[] = [];
  for (const { name, output, record, failure } of outcomes) {
    if (failure) {
      lines.push(`${name}: failed, nothing was written [${failure.code}]`);
      continue;
    }
    if (!record) continue;
    const alteredMl = record.images[0]?.alteredBodyMl.toFixed(0) ?? '0';
    const seconds = (record.timingsMs['total'] / 1000).toFixed(1);
    lines.push(
      `${name}: ${record.verdict}; ${alteredMl} ml of the head altered by ${record.method} in ${seconds} s on ${record.backend.name}`,
    );
    for (const line of companionLines(record)) lines.push(`  ${line}`);
    for (const finding of record.findings) lines.push(`  ${finding.severity}: ${finding.message} [${finding.code}]`);
    if (isDryRun) lines.push('  dry run: nothing was written');
    else if (record.verdict === 'fail') lines.push(`  no image was written; ${join(output, 'record.json')} says why`);
    else lines.push(`  ${output}`);
  }
  for (const { code, message } of leftOut) lines.push(`left out: ${message} [${code}]`);
  return `${lines.join('\n')}\n`;
}

/** What was done with the objects beside the images, one line each. */
function companionLines({ companions }: CaseRecord): string[] {
  return companions.map(({ kind, input, output, clippedRegions, zeroedVoxels, danglingReferences }) => {
    const done = [
      ...(output.length === 0 ? ['not written'] : [output[0].name]),
      ...(clippedRegions.length === 0 ? [] : [`regions of the surface clipped: ${clippedRegions.length}`]),
      ...(zeroedVoxels === 0 ? [] : [`${zeroedVoxels} voxels set to 0`]),
      ...(danglingReferences === 0 ? [] : [`${danglingReferences} references to what is not here`]),
    ];
    return `${kind} ${input[0]?.name ?? ''}: ${done.join(', ')}`;
  });
}
