import { COHORT_FILES, type CohortConfig, type CohortPlan, makePlan, type PlanWritten, readCalibration, shardCount, shippedTemplatePath, type VerifyMode, workItems, writePlan } from '@efface/cohort'; // prettier-ignore
import { findFiles, sha256OfFile } from '@efface/io';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exitOnSignals } from '../../session.ts';
import { type FileOptions, type OutputOptions } from '../../options.ts';
import { openProgress } from '../../progress.ts';
import { VERSION } from '../../version.ts';
import { type MethodOptions, protectionOf, waysOf } from '../method-options.ts';

/** Options of `efface cohort plan`. */
export interface CohortPlanOptions
  extends Omit<MethodOptions, 'method' | 'structures' | 'brainMask'>, FileOptions, OutputOptions {
  readonly methods: string;
  readonly casesPerShard: number;
  readonly verify: VerifyMode | 'off';
  readonly pictures: boolean;
  readonly drift: boolean;
  readonly recogniser?: string;
  readonly calibration?: string;
  readonly uidKeyFile?: string;
  readonly keepSourceReferences?: boolean;
  readonly allowUncleaned?: boolean;
  readonly overwrite?: boolean;
}

/** What was planned. */
export interface PlanFacts {
  readonly output: string;
  readonly written: PlanWritten;
  readonly inputs: number;
  readonly methods: readonly string[];
  readonly cases: number;
  readonly shards: number;
  readonly leftOut: CohortPlan['leftOut'];
  readonly fingerprint: string;
}

/** Finds and hashes the inputs of a cohort and writes down what is to be done with them. */
export async function planCohort(input: string, output: string, options: CohortPlanOptions): Promise<PlanFacts> {
  const config = await configOf(options);
  const uidKey = options.uidKeyFile === undefined ? undefined : await readFile(options.uidKeyFile);
  const progress = openProgress({ quiet: options.quiet === true, json: options.json === true });
  const plan = await makePlan(input, {
    config,
    casesPerShard: options.casesPerShard,
    softwareVersion: VERSION,
    onInput: (done, total) => {
      progress.step({ stage: 'hash inputs', done, total });
    },
  }).finally(() => {
    progress.end();
  });
  const written = await writePlan(output, plan, { input, overwrite: options.overwrite === true, ...(uidKey ? { uidKey } : {}) }); // prettier-ignore
  return {
    output,
    written,
    inputs: plan.inputs.length,
    methods: plan.config.ways.map(({ name }) => name),
    cases: workItems(plan).length,
    shards: shardCount(plan),
    leftOut: plan.leftOut,
    fingerprint: plan.fingerprint,
  };
}

/** `efface cohort plan`. */
export async function cohortPlan(input: string, output: string, options: CohortPlanOptions): Promise<void> {
  exitOnSignals(options.json === true);
  const facts = await planCohort(input, output, options);
  process.stdout.write(options.json ? `${JSON.stringify(facts, null, 2)}\n` : planText(facts));
  if (!options.json) process.stdout.write(`next: efface cohort run ${output}\n`);
}

/** A plan in words. */
export function planText({ output, written, inputs, methods, cases, shards, leftOut }: PlanFacts): string {
  const lines = [
    `${join(output, COHORT_FILES.plan)}: ${written}; ${inputs} inputs by ${methods.join(', ')}: ${cases} cases in ${shards} shards`,
    ...leftOut.map(({ code, message }) => `left out: ${message} [${code}]`),
  ];
  return `${lines.join('\n')}\n`;
}

async function configOf(options: CohortPlanOptions): Promise<CohortConfig> {
  const { template, calibration, recogniser } = options;
  // What cannot be used is told now, not by every case.
  if (calibration !== undefined) await readCalibration(calibration);
  return {
    ways: waysOf(options.methods, options),
    verify: options.verify,
    seed: options.seed,
    pictures: options.pictures,
    drift: options.drift,
    protect: [...(protectionOf(options).protection?.names ?? [])],
    open: {
      ...(options.modality === undefined ? {} : { modality: options.modality }),
      allowUnknownOrientation: options.allowUnknownOrientation === true,
      allowResample: options.allowResample === true,
      keepSourceReferences: options.keepSourceReferences === true,
      allowUncleaned: options.allowUncleaned === true,
    },
    template: {
      ...(template === undefined ? {} : { path: resolve(template) }),
      sha256: await sha256OfFolder(template ?? shippedTemplatePath()),
    },
    ...(recogniser === undefined ? {} : { recogniser }),
    ...(calibration === undefined
      ? {}
      : { calibration: { path: resolve(calibration), sha256: await sha256OfFile(calibration) } }),
  };
}

/** One hash for all files of a folder. */
export async function sha256OfFolder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await findFiles(folder)).files) hash.update(await sha256OfFile(file));
  return hash.digest('hex');
}
