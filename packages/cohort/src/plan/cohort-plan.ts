import { type Method } from '@efface/deface';
import { inputErrorFrom } from '@efface/io';
import { EffaceError } from '@efface/volume';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import * as z from 'zod';

export const PLAN_SCHEMA = 'efface-plan/1';

/** Where things lie in the folder of a cohort. */
export const COHORT_FILES = {
  plan: 'plan.json',
  /** Derives new DICOM UIDs, so that a case that is done again gets the same. Secret. */
  uidKey: 'uid-key',
  /** One file a runner, lines appended. */
  journal: 'journal',
  /** Who works on what. */
  claims: 'claims',
  /** `cases/<case>/<way>/`: the output folder of a case, as `efface deface` makes it. */
  cases: 'cases',
  /** Tables, made anew by every merge. */
  results: 'results',
  /** Made by a study: an audit a modality, whose pages show original faces, and its tables, which do not. */
  audits: 'audits',
  study: 'study',
} as const;

/** A plan that cannot be used, or that other settings made. */
export class PlanError extends EffaceError {
  constructor(
    code: 'PLAN_INVALID' | 'PLAN_NOT_THERE' | 'PLAN_OTHER_SOFTWARE' | 'PLAN_CHANGED',
    message: string,
    exit: 'inputCorrupt' | 'inputNotFound' | 'inputRefused' = 'inputCorrupt',
  ) {
    super(code, exit, message);
  }
}

const file = z.object({
  /** Relative to the plan's root with '/', or absolute where it lies outside of it. */
  path: z.string().min(1),
  sizeBytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const NAME = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/).max(120); // prettier-ignore

const input = z.object({ path: z.string().min(1), files: z.array(file) });

const plannedInput = z.object({
  /** Name of its folder in the output; holds no patient data unless the user's own names do. */
  id: NAME,
  subject: z.string().min(1),
  session: z.string(),
  path: z.string().min(1),
  modality: z.enum(['CT', 'MR', 'PT', 'OT']).optional(),
  files: z.array(file).min(1),
  /** Structures whose features and dose are compared before and after. */
  structures: input.optional(),
  /** A dose in NIfTI that belongs to the image. */
  dose: input.optional(),
});

const method = z.looseObject({ method: z.string() });

const way = z.object({
  /** Name of a method, or `auto`. */
  name: NAME,
  method,
  /** Methods to try while none passes. */
  otherwise: z.array(method).optional(),
});

const config = z.object({
  ways: z.array(way).min(1),
  verify: z.enum(['fast', 'full', 'off']),
  seed: z.int().nonnegative(),
  pictures: z.boolean(),
  /** Measure drift and dose in structures where there are some. */
  drift: z.boolean(),
  protect: z.array(z.string()),
  open: z.object({
    modality: z.enum(['CT', 'MR', 'PT', 'OT']).optional(),
    allowUnknownOrientation: z.boolean(),
    allowResample: z.boolean(),
    keepSourceReferences: z.boolean(),
    allowUncleaned: z.boolean(),
  }),
  /** Identity of what else decides the result; the paths are the user's. */
  template: z.object({ path: z.string().optional(), sha256: z.string() }),
  recogniser: z.string().optional(),
  calibration: z.object({ path: z.string(), sha256: z.string() }).optional(),
});

const plan = z.object({
  schema: z.literal(PLAN_SCHEMA),
  software: z.string(),
  root: z.string().refine(isAbsolute, { message: 'is no absolute path' }),
  kind: z.enum(['dicom', 'nifti', 'bids', 'manifest']),
  config,
  casesPerShard: z.int().positive(),
  inputs: z.array(plannedInput).min(1),
  /** What lies in the input and is no case, with the reason. */
  leftOut: z.array(z.object({ code: z.string(), message: z.string() })),
  /** SHA-256 of all of the above. */
  fingerprint: z.string(),
});

/** One image or study to process, with all its files. */
export type PlannedInput = z.infer<typeof plannedInput>;

/** A file of an input as it was when the plan was made. */
export type PlannedFile = z.infer<typeof file>;

/** A method, or a choice of methods, that every case goes through. */
export interface Way {
  readonly name: string;
  readonly method: Method;
  readonly otherwise?: readonly Method[] | undefined;
}

/** All that decides what becomes of an input. */
export interface CohortConfig extends Omit<z.infer<typeof config>, 'ways'> {
  readonly ways: readonly Way[];
}

/** What is to be done, with nothing left open: the same input and settings give the same bytes. */
export interface CohortPlan extends Omit<z.infer<typeof plan>, 'config' | 'inputs'> {
  readonly config: CohortConfig;
  readonly inputs: readonly PlannedInput[];
}

/** One input by one way: what a runner claims, does and journals. */
export interface WorkItem {
  /** `<input>/<way>`. */
  readonly id: string;
  /** Changes with the bytes of the input, the settings and the software: what is done under it need not be done again. */
  readonly key: string;
  readonly shard: number;
  readonly input: PlannedInput;
  readonly way: Way;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The plan with its fingerprint. */
export function sealPlan(open: Omit<CohortPlan, 'fingerprint' | 'schema'>): CohortPlan {
  const sealed = { schema: PLAN_SCHEMA, ...open } as const;
  return { ...sealed, fingerprint: fingerprintOf(sealed) };
}

function fingerprintOf(sealed: Omit<CohortPlan, 'fingerprint'>): string {
  // The order of the keys is that of the schema, whoever wrote the file.
  const { schema, software, root, kind, config: settings, casesPerShard, inputs, leftOut } = sealed;
  return sha256(JSON.stringify([schema, software, root, kind, settings, casesPerShard, inputs, leftOut]));
}

export function shardCount({ inputs, casesPerShard }: Pick<CohortPlan, 'inputs' | 'casesPerShard'>): number {
  return Math.ceil(inputs.length / casesPerShard);
}

/** Everything a plan asks for, in its order: all ways of an input follow one another, so that what is known of it serves all. */
export function workItems(plan: CohortPlan): WorkItem[] {
  const { software, config: settings, casesPerShard, inputs } = plan;
  const { ways, ...others } = settings;
  return inputs.flatMap((input, n) =>
    ways.map((way) => ({
      id: `${input.id}/${way.name}`,
      key: sha256(JSON.stringify([PLAN_SCHEMA, software, others, way, input])),
      shard: Math.floor(n / casesPerShard),
      input,
      way,
    })),
  );
}

/** Another version would make other results. @throws PlanError */
export function checkSoftware(folder: string, { software }: Pick<CohortPlan, 'software'>, version: string): void {
  if (software !== version)
    throw new PlanError(
      'PLAN_OTHER_SOFTWARE',
      `${folder}: was planned by efface ${software}, this is ${version}; run it with that version or plan anew`,
      'inputRefused',
    );
}

/** Absolute path of something a plan names. */
export function pathOfPlan({ root }: Pick<CohortPlan, 'root'>, path: string): string {
  return isAbsolute(path) ? path : join(root, path);
}

/**
 * Reads the plan of a cohort's folder.
 * @throws PlanError when there is none, it is damaged, or somebody changed it
 */
export async function readPlan(folder: string): Promise<CohortPlan> {
  const path = join(folder, COHORT_FILES.plan);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const reason = inputErrorFrom(error, path);
    if (reason instanceof EffaceError && reason.code === 'INPUT_NOT_FOUND')
      throw new PlanError('PLAN_NOT_THERE', `${folder}: holds no ${COHORT_FILES.plan}; make one with efface cohort plan`, 'inputNotFound'); // prettier-ignore
    throw reason;
  }
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new PlanError('PLAN_INVALID', `${path}: is no JSON; make the plan anew`);
  }
  const parsed = plan.safeParse(found);
  if (!parsed.success) {
    const [{ path: at, message }] = parsed.error.issues;
    throw new PlanError('PLAN_INVALID', `${path}: ${at.join('.')}: ${message}; make the plan anew`);
  }
  const read = found as CohortPlan;
  if (fingerprintOf(read) !== read.fingerprint)
    throw new PlanError('PLAN_CHANGED', `${path}: was changed after it was made; make the plan anew`);
  return read;
}
