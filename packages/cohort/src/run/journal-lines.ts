import { type CaseRecord } from '@efface/report';
import * as z from 'zod';
import { type PatientDrift } from '../radiomics/measure-drift.ts';
import { type DoseDrift } from './dose-drift.ts';

export const JOURNAL_SCHEMA = 'efface-journal/1';

/** Who runs: enough to find the process again, nothing about a patient. */
export interface Runner {
  readonly host: string;
  readonly pid: number;
  /** Differs for every run, also for another process of the same number. */
  readonly token: string;
}

/** What stopped an input, or a part of it, before there was a record. */
export interface ItemFailure {
  /** Of the group of images, where the failure is of one group. */
  readonly group?: string;
  readonly code: string;
  readonly message: string;
}

/** Images of one frame of reference as they ended. */
export interface ItemGroup {
  readonly name: string;
  /** Folder in the cohort's, with '/'. */
  readonly output: string;
  readonly record: CaseRecord;
  /** Drift of structures, where there were some and it was asked for. */
  readonly drift?: PatientDrift;
  /** The same of dose. */
  readonly dose?: readonly DoseDrift[];
  /** Wall time of what the record does not have, ms: the look at the input, if this way was the first to need it; drift and dose. */
  readonly timingsMs?: Readonly<Record<string, number>>;
}

/** What is kept in memory of an outcome: its record may be large, and a cohort has many. */
export interface OutcomeHead {
  readonly event: 'outcome';
  readonly item: string;
  readonly key: string;
  /** Counted from 1. */
  readonly attempt: number;
  readonly verdict: CaseRecord['verdict'];
  readonly groups: readonly Pick<ItemGroup, 'output'>[];
  readonly runner: Runner;
  readonly at: string;
}

/** How one item ended. `verdict` is the worst of its groups; a failure counts as fail. */
export interface Outcome extends OutcomeHead {
  readonly shard: number;
  readonly groups: readonly ItemGroup[];
  readonly failures: readonly ItemFailure[];
  /** What lies in the input and was not processed, with the reason. */
  readonly leftOut: readonly ItemFailure[];
  readonly durationMs: number;
}

/** The worker died over an item; after several of these it is an outcome. */
export interface Crash {
  readonly event: 'crash';
  readonly item: string;
  readonly key: string;
  readonly shard: number;
  readonly reason: string;
  readonly runner: Runner;
  readonly at: string;
}

/** A runner began. */
export interface Start {
  readonly event: 'start';
  readonly schema: typeof JOURNAL_SCHEMA;
  readonly plan: string;
  readonly software: string;
  readonly shards: readonly number[];
  readonly runner: Runner;
  readonly at: string;
}

/** What a person decided after looking. */
export interface Review {
  readonly event: 'review';
  readonly item: string;
  readonly key: string;
  readonly decision: 'accept' | 'reject' | 'none';
  readonly comment: string;
  readonly at: string;
}

export type JournalLine = Start | Outcome | Crash | Review;

/** Where a line is. */
export interface LinePlace {
  readonly file: string;
  /** Of its first byte. */
  readonly offset: number;
  readonly sizeBytes: number;
}

/** An outcome without its record, and where that is. */
export interface PlacedOutcome extends OutcomeHead {
  readonly place: LinePlace;
}

/** A line of a journal as it is kept of many. */
export type JournalHead = Start | PlacedOutcome | Crash | Review;

const base = { item: z.string(), key: z.string(), at: z.string() };
const LINE = z.discriminatedUnion('event', [
  z.looseObject({ event: z.literal('start'), schema: z.literal(JOURNAL_SCHEMA), plan: z.string() }),
  z.looseObject({ event: z.literal('outcome'), ...base, attempt: z.int().positive(), verdict: z.enum(['pass', 'review', 'fail']), groups: z.array(z.looseObject({ output: z.string() })), failures: z.array(z.looseObject({})) }),
  z.looseObject({ event: z.literal('crash'), ...base, reason: z.string() }),
  z.looseObject({ event: z.literal('review'), ...base, decision: z.enum(['accept', 'reject', 'none']), comment: z.string() }),
]); // prettier-ignore

/** The reason that a failed outcome is counted under: what kept it from a record, else what its record says. */
export function failureReasonOf({
  verdict,
  failures,
  groups,
}: Pick<Outcome, 'verdict' | 'failures' | 'groups'>): ItemFailure | undefined {
  // prettier-ignore
  if (verdict !== 'fail') return undefined;
  const found = groups.flatMap(({ record }) => record.findings).find(({ severity }) => severity === 'fail');
  return failures.at(0) ?? found;
}

/** What a line of text says; undefined when it is no line of a journal. */
export function parseLine(text: string): JournalLine | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return LINE.safeParse(found).success ? (found as JournalLine) : undefined;
  } catch {
    return undefined;
  }
}
