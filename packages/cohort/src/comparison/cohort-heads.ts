import { type Modality } from '@efface/volume';
import { join } from 'node:path';
import { type SubjectSource } from '../audit/subjects.ts';
import { type CaseGroup, safeName, uniqueName } from '../groups.ts';
import { openGroups } from '../open-groups.ts';
import { type CohortPlan, pathOfPlan, type PlannedInput } from '../plan/cohort-plan.ts';
import { type ItemGroup, type Outcome } from '../run/journal.ts';

/** The heads of a cohort in one modality: as they were, and what the ways made of them. */
export interface CohortHeads {
  readonly modality: Modality;
  readonly known: readonly SubjectSource[];
  readonly unknown: readonly SubjectSource[];
}

/** What was seen of one input while its images were listed. */
interface ListedImage {
  readonly modality: Modality;
  readonly original: SubjectSource;
  readonly altered: readonly SubjectSource[];
}

/**
 * Every image of a cohort before and after, by modality, for an audit of each. A subject is an input; where an input has several
 * heads or images of a modality, each is one. What was not written is not in `unknown`: nobody can look at it.
 * @param outcomes by item id
 */
export async function cohortHeads(
  folder: string,
  plan: CohortPlan,
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<CohortHeads[]> {
  const found: ListedImage[] = [];
  for (const input of plan.inputs) {
    const done = plan.config.ways.flatMap(({ name }) => {
      const outcome = outcomes.get(`${input.id}/${name}`);
      return outcome && outcome.groups.length > 0 ? [{ way: name, outcome }] : [];
    });
    // An input that could not be opened has no outcome with a group: it was no head for anybody.
    if (done.length === 0) continue;
    const { modality, ...options } = plan.config.open;
    const usual = input.modality ?? modality;
    const { groups } = await openGroups(pathOfPlan(plan, input.path), { ...options, ...(usual ? { modality: usual } : {}) }); // prettier-ignore
    for (const group of groups) found.push(...imagesOf(folder, plan, input, group, groups.length > 1, done));
  }
  return [...new Set(found.map(({ modality }) => modality))].sort().map((modality) => {
    const own = found.filter((image) => image.modality === modality);
    return { modality, known: own.map(({ original }) => original), unknown: own.flatMap(({ altered }) => altered) };
  });
}

function imagesOf(
  folder: string,
  plan: CohortPlan,
  input: PlannedInput,
  group: CaseGroup,
  isOneOfSeveral: boolean,
  done: readonly { readonly way: string; readonly outcome: Outcome }[],
): ListedImage[] {
  const names = new Set<string>();
  const seen = new Map<Modality, number>();
  return group.entries.map((entry, n) => {
    const written = uniqueName(safeName(entry), names);
    const { modality } = entry;
    const nth = (seen.get(modality) ?? 0) + 1;
    seen.set(modality, nth);
    const subject = [input.id, ...(isOneOfSeveral ? [group.name] : []), ...(nth > 1 ? [String(nth)] : [])].join('/');
    const base = { subject, session: '', kind: 'scan', ...(entry.kind === 'nifti' ? { modality } : {}) } as const;
    const path = pathOfPlan(plan, input.path);
    const altered = done.flatMap(({ way, outcome }): SubjectSource[] => {
      const own = outcome.groups.find(({ name }) => name === group.name);
      const image = own && alteredPath(folder, own, n, entry.kind === 'dicom' ? written : undefined);
      return image === undefined ? [] : [{ ...base, method: way, path: image }];
    });
    return { modality, original: { ...base, method: '', path, series: entry.id }, altered };
  });
}

/** Where an image lies after; undefined when it was not written. */
function alteredPath(
  folder: string,
  { output, record }: ItemGroup,
  n: number,
  seriesFolder: string | undefined,
): string | undefined {
  const file = record.images.at(n)?.output.at(0);
  if (file === undefined || record.verdict === 'fail') return undefined;
  return join(folder, ...output.split('/'), seriesFolder ?? file.name);
}
