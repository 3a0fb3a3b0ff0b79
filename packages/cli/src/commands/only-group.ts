import { type CaseGroup, type OpenedStudy } from '@efface/cohort';
import { UsageError } from '../options.ts';

/** The only group, or UsageError that lists what `--series` may name. */
export function onlyGroup(input: string, { groups }: OpenedStudy): CaseGroup {
  if (groups.length === 1) return groups[0];
  const names = groups.map(({ entries: [first] }) => `\n  --series ${first.aliases[0] ?? first.id}: ${first.label}`);
  throw new UsageError(`${input} holds ${groups.length} images; choose one:${names.join('')}`);
}
