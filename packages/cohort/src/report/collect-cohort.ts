import { featureDrifts } from '@efface/radiomics';
import { PYRADIOMICS_FIRST_ORDER_NAMES } from '@efface/kernels';
import { inputErrorFrom, systemErrorCode } from '@efface/io';
import { rowOf, type SiteCase, type SiteCohort, type SiteGroup } from '@efface/report';
import { type Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type CohortPlan, readPlan, type WorkItem, workItems } from '../plan/cohort-plan.ts';
import { itemKey, type ItemGroup, type JournalLine, JournalReader, type Outcome, type Review, type Standing, standingOf } from '../run/journal.ts'; // prettier-ignore
import { settledOutcomes } from '../run/run-shards.ts';
import { countWay } from '../way-counts.ts';
import { reasonCounts } from './reason-counts.ts';

/** Folder of a case in which its pictures lie. They show faces. */
export const PICTURES_FOLDER = 'qc';

/** An item with what became of it. */
export interface CollectedItem {
  readonly item: WorkItem;
  readonly outcome: Outcome | undefined;
  readonly review: Review | undefined;
}

/** A cohort as a site shows it, and again when more was journaled. */
export class CohortView {
  readonly folder: string;
  readonly plan: CohortPlan;
  readonly #items: readonly WorkItem[];
  readonly #reader: JournalReader;
  readonly #lines: JournalLine[] = [];
  #standing: Standing = standingOf([]);
  #outcomes: ReadonlyMap<string, Outcome> = new Map();

  private constructor(folder: string, plan: CohortPlan) {
    this.folder = folder;
    this.plan = plan;
    this.#items = workItems(plan);
    this.#reader = new JournalReader(folder);
  }

  /** Reads plan and journals. @throws PlanError, InputNotFoundError */
  static async open(folder: string): Promise<CohortView> {
    const view = new CohortView(folder, await readPlan(folder));
    await view.refresh();
    return view;
  }

  /** Reads what was journaled since. @returns whether there was anything */
  async refresh(): Promise<boolean> {
    const added = await this.#reader.refresh();
    if (added.length === 0) return false;
    this.#lines.push(...added);
    this.#standing = standingOf(this.#lines);
    // Another outcome may have come, or an output gone; a review changes neither.
    if (added.some(({ event }) => event === 'outcome'))
      this.#outcomes = await settledOutcomes(this.folder, this.#items, this.#standing);
    return true;
  }

  get items(): readonly CollectedItem[] {
    return this.#items.map((item) => this.#collected(item));
  }

  /** An item by its name. */
  find(id: string): CollectedItem | undefined {
    const item = this.#items.find((own) => own.id === id);
    return item && this.#collected(item);
  }

  /** The whole as a site shows it. @param study what a study of this plan made, if there was one */
  async site(study: Pick<SiteCohort, 'audits' | 'study'> = { audits: [], study: [] }): Promise<SiteCohort> {
    const cases: SiteCase[] = [];
    for (const found of this.items) cases.push(await this.siteCase(found));
    const { software, fingerprint, inputs, config, leftOut } = this.plan;
    return {
      name: basename(resolve(this.folder)),
      software,
      fingerprint,
      nInputs: inputs.length,
      cases,
      ways: config.ways.map(({ name }) => countWay(name, cases.filter(({ way }) => way === name).map(rowOf))),
      reasons: reasonCounts(cases),
      leftOut,
      ...study,
    }; // prettier-ignore
  }

  /** One case as a site shows it. */
  async siteCase({ item, outcome, review }: CollectedItem): Promise<SiteCase> {
    const groups: SiteGroup[] = [];
    for (const group of outcome?.groups ?? [])
      groups.push(siteGroup(group, await picturesOf(this.folder, item, group)));
    return {
      id: item.id,
      input: item.input.id,
      way: item.way.name,
      key: item.key,
      shard: item.shard,
      verdict: outcome?.verdict ?? 'open',
      attempt: outcome?.attempt ?? 0,
      durationMs: outcome?.durationMs,
      groups,
      failures: outcome?.failures ?? [],
      leftOut: outcome?.leftOut ?? [],
      review: review && { decision: review.decision, comment: review.comment, at: review.at },
    };
  }

  #collected(item: WorkItem): CollectedItem {
    const review = this.#standing.reviews.get(itemKey({ item: item.id, key: item.key }));
    return { item, outcome: this.#outcomes.get(item.id), review };
  }
}

function siteGroup({ name, record, drift, dose = [] }: ItemGroup, pictures: SiteGroup['pictures']): SiteGroup {
  const drifts = (drift?.drifts ?? []).map((own) => ({
    structure: own.structure,
    voxelCount: own.voxelCount,
    changedVoxelCount: own.changedVoxelCount,
    maxChange: own.maxChange,
    features: featureDrifts(own).map(({ key, original, defaced }) => ({ name: PYRADIOMICS_FIRST_ORDER_NAMES[key], before: original, after: defaced })), // prettier-ignore
  }));
  return { name, record, pictures, drift: drifts, emptyStructures: drift?.empty ?? [], dose };
}

/** Names of a group's pictures and where a site has them. */
async function picturesOf(folder: string, item: WorkItem, group: ItemGroup): Promise<Map<string, string>> {
  const path = join(folder, ...group.output.split('/'), PICTURES_FOLDER);
  let entries: Dirent[];
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return new Map();
    throw inputErrorFrom(error, path);
  }
  // No links: what they lead to is not of the case.
  const shown = entries.flatMap((entry) => (entry.isFile() && /^[a-z0-9-]+\.png$/i.test(entry.name) ? [entry.name] : [])).sort(); // prettier-ignore
  return new Map(shown.map((name) => [name, `pictures/${item.id}/${group.name}/${name}`]));
}
