import { type CohortPlan, readPlan, shardCount, type WorkItem, workItems } from '../plan/cohort-plan.ts';
import { claimedItems } from './claims.ts';
import { JournalReader, type Outcome, type PlacedOutcome, type Runner, standingOf, type TornLine } from './journal.ts';
import { settledOutcomes } from './run-shards.ts';

/** Counts of items. */
export interface StatusCounts {
  readonly total: number;
  readonly pass: number;
  readonly review: number;
  readonly fail: number;
  /** Claimed by a runner, alive or not. */
  readonly claimed: number;
  readonly pending: number;
}

/** How a cohort stands. */
export interface CohortStatus {
  readonly plan: CohortPlan;
  readonly all: StatusCounts;
  readonly shards: readonly StatusCounts[];
  readonly ways: Readonly<Record<string, StatusCounts>>;
  /** Whole; of the others only counts are kept. */
  readonly failed: readonly Outcome[];
  readonly claims: readonly { readonly item: string; readonly runner: Runner }[];
  readonly torn: readonly TornLine[];
}

/** Reads plan, journals and claims of a cohort. @throws PlanError, InputNotFoundError */
export async function cohortStatus(folder: string): Promise<CohortStatus> {
  const plan = await readPlan(folder);
  const items = workItems(plan);
  const reader = new JournalReader(folder);
  const outcomes = await settledOutcomes(folder, items, standingOf<PlacedOutcome>(await reader.refreshHeads()));
  const claimed = await claimedItems(folder, items);
  const failed: Outcome[] = [];
  for (const { verdict, place } of outcomes.values())
    if (verdict === 'fail') failed.push(await reader.outcomeAt(place));
  const count = (some: readonly WorkItem[]): StatusCounts => {
    const of = (verdict: Outcome['verdict']): number =>
      some.filter(({ id }) => outcomes.get(id)?.verdict === verdict).length;
    const open = some.filter(({ id }) => !outcomes.has(id));
    const busy = open.filter(({ id }) => claimed.has(id)).length;
    return {
      total: some.length,
      pass: of('pass'),
      review: of('review'),
      fail: of('fail'),
      claimed: busy,
      pending: open.length - busy,
    };
  };
  return {
    plan,
    all: count(items),
    shards: Array.from({ length: shardCount(plan) }, (_, n) => count(items.filter(({ shard }) => shard === n))),
    ways: Object.fromEntries(
      plan.config.ways.map(({ name }) => [name, count(items.filter(({ way }) => way.name === name))]),
    ),
    failed,
    claims: [...claimed].filter(([id]) => !outcomes.has(id)).map(([item, runner]) => ({ item, runner })),
    torn: reader.torn,
  };
}
