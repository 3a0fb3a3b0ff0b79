import { type CaseOptions, groupByFrameOfReference, recognitionBy, runCase } from '@efface/cohort';
import { type MethodFacts, type MethodName, METHODS } from '@efface/deface';
import { openStudy, writeNifti } from '@efface/io';
import { markdownTables } from '@efface/report';
import { generateHead } from '@efface/test-data';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cliCalibration, type NetworkOptions, openCliNetworks } from '../networks.ts';
import { type ComputeOptions, type OutputOptions } from '../options.ts';
import { openProgress } from '../progress.ts';
import { exitOnSignals, withCliBackend } from '../session.ts';
import { VERSION } from '../version.ts';
import { methodsOf, templateOf } from './method-options.ts';

/** Options of `efface methods`. */
export interface MethodsOptions extends NetworkOptions, ComputeOptions, OutputOptions {
  readonly measure?: boolean;
}

/** What a method did to the generated head. */
interface MethodCost {
  readonly verdict: string;
  readonly alteredBodyMl: number;
  readonly faceSeenShareAfter: number;
  readonly descriptorDistance: number;
  readonly descriptorDistanceThreshold: number;
  /** From the image in memory to the altered one: without reading, recognition and writing. */
  readonly seconds: number;
}

const NAMES = Object.keys(METHODS) as MethodName[];

/** A head of the size and grid of common planning CT. */
const MEASURED_HEAD = { seed: 1, contrast: 'ct', spacingMm: [1, 1, 1] } as const;
const MEASURED_HEAD_TEXT = `a generated CT head (seed ${MEASURED_HEAD.seed}, ${MEASURED_HEAD.spacingMm.join(' × ')} mm)`;

/** Prints what each method does, in the order in which `auto` tries them. */
export async function methods(options: MethodsOptions): Promise<void> {
  const costs = options.measure ? await measureMethods(options) : undefined;
  if (options.json) {
    const facts = NAMES.map((name) => ({ name, ...METHODS[name], ...(costs ? { measured: costs.get(name) } : {}) }));
    process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
    return;
  }
  process.stdout.write(NAMES.map((name) => factsText(name, METHODS[name])).join('\n'));
  process.stdout.write('\nIn this order `--method auto` tries them, and takes the first that passes verification.\n');
  process.stdout.write(
    costs ? `\n${costTable(costs)}` : '`efface methods --measure` says what each costs on this machine.\n',
  );
}

function factsText(name: MethodName, { what, alters, costs, needsTemplate, after }: MethodFacts): string {
  const brain = 'the brain, found in the image or given by --brain-mask';
  const template = 'a head template: one comes with efface, --template names another';
  const needs = needsTemplate ? `${brain}; ${template}` : brain;
  const lines = { does: what, alters, costs, needs, after };
  return `${name}\n${Object.entries(lines)
    .map(([key, text]) => `  ${key.padEnd(7)} ${text}\n`)
    .join('')}`;
}

function costTable(costs: ReadonlyMap<MethodName, MethodCost>): string {
  return markdownTables([
    {
      title: 'Measured here',
      note: `On ${MEASURED_HEAD_TEXT}; seconds are of anatomy, plan, mask and fill. Recognised: at a distance up to the threshold.`,
      columns: ['method', 'verdict', 'of the body altered, ml', 'portraits with a face', 'distance (threshold)', 'seconds'],
      rows: [...costs].map(([name, cost]) => [
        name,
        cost.verdict,
        cost.alteredBodyMl.toFixed(0),
        `${(100 * cost.faceSeenShareAfter).toFixed(0)} %`,
        `${cost.descriptorDistance.toFixed(3)} (${cost.descriptorDistanceThreshold.toFixed(3)})`,
        cost.seconds.toFixed(1),
      ]),
    },
  ]); // prettier-ignore
}

async function measureMethods(options: MethodsOptions): Promise<ReadonlyMap<MethodName, MethodCost>> {
  const scratch = await mkdtemp(join(tmpdir(), 'efface-methods-'));
  const progress = openProgress({ quiet: options.quiet === true, json: options.json === true });
  exitOnSignals(options.json === true);
  try {
    await using opened = await openCliNetworks(options, options.threads);
    const calibration = await cliCalibration(options);
    const recognition = recognitionBy(calibration, { mode: 'fast', networks: opened.networks, models: opened.models });
    const input = join(scratch, 'head.nii');
    await writeNifti(input, generateHead(MEASURED_HEAD).volume);
    const [group] = groupByFrameOfReference(await openStudy(input));
    const shared: Omit<CaseOptions, 'method'> = {
      ...(await templateOf({ method: 'auto', seed: 0 })),
      seed: 0, pictures: false, recognition, overwrite: false, dryRun: true, inputs: [], softwareVersion: VERSION,
    }; // prettier-ignore
    return await withCliBackend(options, async (backend) => {
      const costs = new Map<MethodName, MethodCost>();
      for (const [n, name] of NAMES.entries()) {
        progress.step({ stage: name, done: n, total: NAMES.length });
        const { method } = methodsOf({ method: name, seed: 0 });
        const { verdict, images, timingsMs } = await runCase(backend, group, scratch, { ...shared, method });
        const [image] = images;
        const { faceSeenShareAfter = NaN, descriptorDistance = NaN, descriptorDistanceThreshold = NaN } = image.recognition ?? {}; // prettier-ignore
        const seconds = ['anatomy', 'plan', 'mask'].reduce((sum, stage) => sum + (timingsMs[stage] ?? 0), 0) / 1000;
        costs.set(name, { verdict, alteredBodyMl: image.alteredBodyMl, faceSeenShareAfter, descriptorDistance, descriptorDistanceThreshold, seconds }); // prettier-ignore
      }
      return costs;
    });
  } finally {
    progress.end();
    await rm(scratch, { recursive: true, force: true });
  }
}
