import { findFiles, inputErrorFrom, sha256OfFile } from '@efface/io';
import { type Modality } from '@efface/volume';
import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { type CohortConfig, type CohortPlan, type PlannedFile, type PlannedInput, sealPlan } from './cohort-plan.ts';
import { labelNamesPath } from '../structures/label-names.ts';
import { discoverInputs } from './discover-inputs.ts';
import { type FoundInput } from './found-inputs.ts';

/** How many files are hashed at a time: enough to keep a disk busy. */
const FILES_AT_ONCE = 4;

/** What a plan is made of beside the input. */
export interface PlanRequest {
  readonly config: CohortConfig;
  readonly casesPerShard: number;
  readonly softwareVersion: string;
  readonly onInput?: (done: number, total: number) => void;
}

/**
 * Plans a cohort: finds the inputs, hashes every file and writes down what is to be done with them. Reads nothing of what is in
 * an image: one that cannot be used is an outcome of the run, with its reason, not the end of the plan.
 * @throws InputNotFoundError, ManifestError
 */
export async function makePlan(path: string, request: PlanRequest): Promise<CohortPlan> {
  const found = await discoverInputs(path);
  const root = resolve(found.root);
  const used = new Set<string>();
  const named = found.inputs.map((input) => ({ input, id: uniqueId(input.name, used) }));
  const inputs: PlannedInput[] = [];
  for (const { input, id } of named) {
    inputs.push(await plannedInput(root, id, input));
    request.onInput?.(inputs.length, named.length);
  }
  return sealPlan({
    software: request.softwareVersion,
    root,
    kind: found.kind,
    config: request.config,
    casesPerShard: request.casesPerShard,
    inputs,
    leftOut: found.leftOut.map(({ code, message }) => ({ code, message })),
  });
}

async function plannedInput(root: string, id: string, found: FoundInput): Promise<PlannedInput> {
  const { subject, session, path, modality, structures, dose } = found;
  const beside = async (other: string): Promise<{ path: string; files: PlannedFile[] }> => ({
    path: inRoot(root, other),
    files: await plannedFiles(root, other),
  });
  return {
    id,
    subject,
    session,
    path: inRoot(root, path),
    ...(modality === undefined ? {} : { modality: modality satisfies Modality }),
    files: await plannedFiles(root, path),
    ...(structures === undefined
      ? {}
      : { structures: await withLabelNames(root, structures, await beside(structures)) }),
    ...(dose === undefined ? {} : { dose: await beside(dose) }),
  };
}

/** With the file that says what the labels of an image are called, where there is one: it decides what is measured. */
async function withLabelNames<B extends { readonly files: PlannedFile[] }>(
  root: string,
  image: string,
  found: B,
): Promise<B> {
  const names = labelNamesPath(image);
  if ((await stat(names).catch(() => undefined)) === undefined) return found;
  return { ...found, files: [...found.files, ...(await plannedFiles(root, names))] };
}

/** Every file at a path, hashed, in the order of their names. */
async function plannedFiles(root: string, path: string): Promise<PlannedFile[]> {
  const { files } = await findFiles(path);
  const planned = new Array<PlannedFile>(files.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < files.length) {
      const n = next++;
      try {
        planned[n] = { path: inRoot(root, files[n]), sizeBytes: (await stat(files[n])).size, sha256: await sha256OfFile(files[n]) }; // prettier-ignore
      } catch (error) {
        throw inputErrorFrom(error, files[n]);
      }
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, lane));
  return planned;
}

/** A path as a plan keeps it: relative to the root with '/', absolute where it lies elsewhere. */
function inRoot(root: string, path: string): string {
  const below = relative(root, path);
  if (below === '') return '.';
  return below.startsWith('..') || isAbsolute(below) ? path : below.split(sep).join('/');
}

/**
 * A name for a folder: letters, digits, '.', '_' and '-' only, no two alike on file systems that do not tell case, short enough
 * for all of them.
 */
function uniqueId(name: string, used: Set<string>): string {
  const safe = name.replaceAll(/[^A-Za-z0-9._-]+/g, '_').replace(/^[.-]+/, '_').slice(0, 100) || 'case'; // prettier-ignore
  let id = safe;
  for (let n = 2; used.has(id.toLowerCase()); n++) id = `${safe}-${n}`;
  used.add(id.toLowerCase());
  return id;
}
