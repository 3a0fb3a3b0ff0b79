import { type HeadTemplate } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { inputErrorFrom, openScan, sha256OfFile, type Companion, type ScanWarning } from '@efface/io';
import { STUDY_STRUCTURES } from '@efface/radiomics';
import { type CaseRecord } from '@efface/report';
import { EffaceError } from '@efface/volume';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runCase } from '../case/case.ts';
import { type CaseOptions } from '../case/case-options.ts';
import { type ExaminedCase } from '../case/examined-case.ts';
import { examineCase } from '../case/plan-case.ts';
import { type CaseGroup, safeName } from '../groups.ts';
import { openGroups } from '../open-groups.ts';
import { COHORT_FILES, type CohortPlan, pathOfPlan, type PlannedFile, type PlannedInput, type WorkItem } from '../plan/cohort-plan.ts'; // prettier-ignore
import { type DriftCase, driftOfImages, type PatientDrift } from '../radiomics/measure-drift.ts';
import { type Recognition } from '../recognition.ts';
import { StageClock } from '../stages.ts';
import { type OpenedImage } from '../structures/structure-groups.ts';
import { type DoseDrift, doseDriftOf } from './dose-drift.ts';
import { type ItemFailure, type ItemGroup, type Outcome } from './journal.ts';

/** What all items of a run share. */
export interface ItemContext {
  readonly backend: Backend;
  readonly plan: CohortPlan;
  /** The cohort's folder. */
  readonly folder: string;
  readonly template?: HeadTemplate;
  readonly recognition?: Recognition;
  readonly uidKey: Uint8Array;
  readonly softwareVersion: string;
}

/** A file is not what it was when the plan was made. */
class InputChangedError extends EffaceError {
  constructor(path: string) {
    super('INPUT_CHANGED', 'inputRefused', `${path}: is not the file that was planned; make the plan anew`);
  }
}

/** What an item comes to. */
export type ItemResult = Pick<Outcome, 'verdict' | 'groups' | 'failures' | 'leftOut'>;

/** An input that is open: what all ways of it start from. */
interface OpenInput {
  readonly groups: readonly CaseGroup[];
  readonly leftOut: readonly ScanWarning[];
  readonly examined: Map<CaseGroup, Promise<ExaminedCase>>;
}

/**
 * Does items, one input after the other. The input that was opened last stays open, so that its other ways read and look at it no
 * second time; that is what memory holds beside the work itself.
 */
export class ItemRunner {
  readonly #context: ItemContext;
  readonly #open = new Map<string, Promise<OpenInput>>();
  readonly #inputsKept: number;

  /** @param inputsKept how many inputs stay open; as many as are worked on at a time */
  constructor(context: ItemContext, inputsKept = 1) {
    this.#context = context;
    this.#inputsKept = inputsKept;
  }

  /**
   * Does one item: `cases/<input>/<way>/` appears, whole. What is wrong with an input is its outcome.
   * @throws OutputError when nothing can be written any more, and defects: they concern the run, not the item
   */
  async run(item: WorkItem): Promise<ItemResult> {
    // What another plan, or another try, left there must not pass for this one's.
    await rm(join(this.#context.folder, COHORT_FILES.cases, item.id), { recursive: true, force: true, maxRetries: 3 });
    let input: OpenInput;
    try {
      input = await this.#inputOf(item.input);
    } catch (error) {
      return { verdict: 'fail', groups: [], failures: [failureOf(error)], leftOut: [] };
    }
    const groups: ItemGroup[] = [];
    const failures: ItemFailure[] = [];
    for (const group of input.groups) {
      try {
        groups.push(await this.#runGroup(item, input, group));
      } catch (error) {
        failures.push({ group: group.name, ...failureOf(error) });
      }
    }
    return { verdict: worstOf(groups, failures), groups, failures, leftOut: input.leftOut };
  }

  /** The input, opened and found unchanged; kept for its other ways. */
  #inputOf(input: PlannedInput): Promise<OpenInput> {
    const known = this.#open.get(input.id);
    if (known) return known;
    const opened = this.#openInput(input);
    this.#open.set(input.id, opened);
    // The oldest goes first; one that is still worked on lives on there.
    for (const id of this.#open.keys()) if (this.#open.size > this.#inputsKept) this.#open.delete(id);
    return opened;
  }

  async #openInput(input: PlannedInput): Promise<OpenInput> {
    const { plan, uidKey } = this.#context;
    await checkUnchanged(plan, [...input.files, ...(input.structures?.files ?? []), ...(input.dose?.files ?? [])]);
    const { modality: usual, ...options } = plan.config.open;
    const { modality = usual, path } = input;
    const opened = await openGroups(pathOfPlan(plan, path), { ...options, uidKey, ...(modality ? { modality } : {}) });
    return { ...opened, examined: new Map() };
  }

  async #runGroup(item: WorkItem, input: OpenInput, group: CaseGroup): Promise<ItemGroup> {
    const { backend, plan, folder, template, recognition, softwareVersion } = this.#context;
    const { config } = plan;
    const structures = item.input.structures && pathOfPlan(plan, item.input.structures.path);
    const dose = item.input.dose && pathOfPlan(plan, item.input.dose.path);
    const options: CaseOptions = {
      method: item.way.method,
      ...(item.way.otherwise === undefined ? {} : { otherwise: item.way.otherwise }),
      ...(template ? { template } : {}),
      ...(recognition ? { recognition } : {}),
      protection: { names: config.protect, ...(structures === undefined ? {} : { structuresPath: structures }) },
      ...(dose === undefined ? {} : { dosePath: dose }),
      seed: config.seed,
      pictures: config.pictures,
      overwrite: true,
      dryRun: false,
      inputs: [pathOfPlan(plan, item.input.path)],
      softwareVersion,
    };
    const clock = new StageClock();
    const examined = input.examined.get(group) ?? examineCase(backend, group, options, clock);
    input.examined.set(group, examined);
    const parts = [COHORT_FILES.cases, item.id, ...(input.groups.length === 1 ? [] : [group.name])];
    const destination = join(folder, ...parts);
    const record = await runCase(backend, group, destination, { ...options, examined: await examined });
    const cost = config.drift && record.verdict !== 'fail' ? await this.#costOf(item, group, destination, record, structures, dose, clock) : {}; // prettier-ignore
    const timingsMs = Object.fromEntries(Object.entries(clock.timingsMs()).filter(([stage]) => stage !== 'total'));
    return { name: group.name, output: parts.join('/'), record, ...cost, timingsMs };
  }

  /** Drift and dose of structures, where there are some. */
  async #costOf(
    { input }: WorkItem,
    group: CaseGroup,
    destination: string,
    record: CaseRecord,
    structuresPath: string | undefined,
    dosePath: string | undefined,
    clock: StageClock,
  ): Promise<Pick<ItemGroup, 'drift' | 'dose'>> {
    const { backend } = this.#context;
    const drawn = group.companions.filter(({ kind }) => kind === 'structure set' || kind === 'segmentation');
    const structures = structuresPath === undefined ? drawn.map(({ path }) => path) : [structuresPath];
    if (structures.length === 0) return {};
    const drift = await clock.time('drift', () => this.#driftOf(input, group, destination, record, structures));
    const dose: DoseDrift[] = [];
    for (const pair of dosePairs(group, destination, record, dosePath))
      dose.push(...(await clock.time('dose', () => doseDriftOf(backend, pair, structures))));
    return { drift, ...(dose.length === 0 ? {} : { dose }) };
  }

  async #driftOf(
    { id }: PlannedInput,
    group: CaseGroup,
    destination: string,
    record: CaseRecord,
    structures: readonly string[],
  ): Promise<PatientDrift> {
    const { backend } = this.#context;
    const [entry] = group.entries;
    const original = imageOf(await entry.open());
    const written = entry.kind === 'dicom' ? safeName(entry) : record.images[0].output[0].name;
    const defacedPath = join(destination, written);
    const defaced = imageOf(await openScan(defacedPath, { modality: original.volume.modality, allowUnknownOrientation: true })); // prettier-ignore
    const found: PatientDrift[] = [];
    for (const path of structures) {
      const pair: DriftCase = { patient: id, original: entry.files[0], defaced: defacedPath, structures: path };
      found.push(await driftOfImages(backend, pair, original, defaced, { aliases: STUDY_STRUCTURES, expectUntouched: [] })); // prettier-ignore
    }
    return { drifts: found.flatMap(({ drifts }) => drifts), empty: found.flatMap(({ empty }) => empty) };
  }
}

/** Doses of a case before and after. */
function dosePairs(
  { companions }: CaseGroup,
  destination: string,
  record: CaseRecord,
  dosePath: string | undefined,
): { readonly before: string; readonly after: string }[] {
  const written = record.companions.filter(({ kind }) => kind === 'dose');
  const originals = [
    ...companions.filter(({ kind }: Companion) => kind === 'dose').map(({ path }) => path),
    ...(dosePath === undefined ? [] : [dosePath]),
  ];
  return originals.flatMap((before, n) => {
    const after = written.at(n)?.output.at(0)?.name;
    return after === undefined ? [] : [{ before, after: join(destination, after) }];
  });
}

function imageOf({ volume, frameOfReferenceUid }: Pick<OpenedImage, 'volume' | 'frameOfReferenceUid'>): OpenedImage {
  return { volume, grid: volume.grid, ...(frameOfReferenceUid === undefined ? {} : { frameOfReferenceUid }) };
}

async function checkUnchanged(plan: CohortPlan, files: readonly PlannedFile[]): Promise<void> {
  for (const file of files) {
    const path = pathOfPlan(plan, file.path);
    let sizeBytes: number;
    try {
      sizeBytes = (await stat(path)).size;
    } catch (error) {
      throw inputErrorFrom(error, path);
    }
    if (sizeBytes !== file.sizeBytes || (await sha256OfFile(path)) !== file.sha256) throw new InputChangedError(path);
  }
}

/** An error as an outcome. Those that concern the run, and defects, are thrown on. */
function failureOf(error: unknown): ItemFailure {
  if (error instanceof EffaceError && error.exit !== 'output' && error.exit !== 'unavailable')
    return { code: error.code, message: error.message };
  throw error;
}

const BY_SEVERITY = ['pass', 'review', 'fail'] as const;

function worstOf(groups: readonly ItemGroup[], failures: readonly ItemFailure[]): Outcome['verdict'] {
  if (failures.length > 0 || groups.length === 0) return 'fail';
  return BY_SEVERITY[Math.max(...groups.map(({ record }) => BY_SEVERITY.indexOf(record.verdict)))];
}
