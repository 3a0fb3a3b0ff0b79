import { OutputFolder, writeOutput } from '@efface/io';
import { EffaceError } from '@efface/volume';
import { readPlan, type WorkItem, workItems } from '../plan/cohort-plan.ts';
import { itemKey, JournalReader, type Outcome, type Review, standingOf } from '../run/journal.ts';
import { releaseCase, type ReleasedFile } from './release-case.ts';

export const RELEASE_SCHEMA = 'efface-release/1';

/** What a release says of itself; it also marks the folder, which `overwrite` may replace. */
export const RELEASE_MARKER = 'release.json';

const REASONS = {
  /** Nothing was accepted. */
  RELEASE_NOTHING: 'inputRefused',
  /** Several ways of one input would leave: together they may show what each hides. */
  RELEASE_TWO_WAYS: 'inputRefused',
  /** There is no such way in the plan. */
  RELEASE_NO_WAY: 'usage',
  /** All that was accepted is missing or is not what was recorded. */
  RELEASE_ALL_WRONG: 'someFailed',
} as const;

/** A release that cannot be made. */
export class ReleaseError extends EffaceError {
  constructor(code: keyof typeof REASONS, message: string) {
    super(code, REASONS[code], message);
  }
}

/** What is let out. */
export interface ReleaseRequest {
  /** Also what passed and was not rejected, seen or not. */
  readonly passed: boolean;
  /** One way alone. */
  readonly way?: string;
  readonly overwrite: boolean;
  readonly softwareVersion: string;
  readonly onCase?: (done: number, total: number) => void;
}

/** A case that left. */
export interface ReleasedCase {
  readonly item: string;
  readonly key: string;
  readonly verdict: Outcome['verdict'];
  /** `accepted` by a person, else `passed` the checks. */
  readonly because: 'accepted' | 'passed';
  readonly files: readonly ReleasedFile[];
}

/** A case that was to leave and did not. */
export interface ReleaseProblem {
  readonly item: string;
  readonly code: string;
  readonly message: string;
}

/** `release.json`. */
export interface Release {
  readonly schema: typeof RELEASE_SCHEMA;
  readonly software: string;
  /** Fingerprint of the plan. */
  readonly plan: string;
  readonly cases: readonly ReleasedCase[];
  readonly problems: readonly ReleaseProblem[];
}

interface Candidate {
  readonly item: WorkItem;
  readonly outcome: Outcome | undefined;
  readonly because: ReleasedCase['because'];
}

/**
 * Copies what may leave into a folder that appears whole or not at all: of each case the images and objects its record names, every
 * one held against the hash in the record after it was copied, and the record. Never its pictures: they show faces. A case of which
 * something is missing or is other than recorded does not leave at all, and `problems` says so.
 * @throws ReleaseError, PlanError, OutputError
 */
export async function releaseCohort(cohort: string, destination: string, request: ReleaseRequest): Promise<Release> {
  const plan = await readPlan(cohort);
  const { way } = request;
  if (way !== undefined && !plan.config.ways.some(({ name }) => name === way))
    throw new ReleaseError('RELEASE_NO_WAY', `--way ${way}: the plan has ${plan.config.ways.map(({ name }) => name).join(', ')}`); // prettier-ignore
  const standing = standingOf(await new JournalReader(cohort).refresh());
  const candidates = workItems(plan).flatMap((item): Candidate[] => {
    if (way !== undefined && item.way.name !== way) return [];
    const name = itemKey({ item: item.id, key: item.key });
    const outcome = standing.outcomes.get(name);
    const because = reasonToLeave(outcome, standing.reviews.get(name), request.passed);
    return because ? [{ item, outcome, because }] : [];
  });
  checkCandidates(cohort, candidates, request);
  await using output = await OutputFolder.create(destination, { overwrite: request.overwrite, marker: RELEASE_MARKER, inputs: [cohort] }); // prettier-ignore
  const cases: ReleasedCase[] = [];
  const problems: ReleaseProblem[] = [];
  for (const [n, { item, outcome, because }] of candidates.entries()) {
    const released = await releaseCase(cohort, item, outcome, output);
    if ('code' in released) problems.push({ item: item.id, ...released });
    else cases.push({ item: item.id, key: item.key, verdict: released.verdict, because, files: released.files });
    request.onCase?.(n + 1, candidates.length);
  }
  const release: Release = { schema: RELEASE_SCHEMA, software: request.softwareVersion, plan: plan.fingerprint, cases, problems }; // prettier-ignore
  if (cases.length === 0) {
    const list = problems.map(({ message, code }) => `\n  ${message} [${code}]`).join('');
    throw new ReleaseError('RELEASE_ALL_WRONG', `${cohort}: nothing could be released${list}`);
  }
  await writeOutput(await output.path(RELEASE_MARKER), `${JSON.stringify(release, null, 2)}\n`);
  await output.commit();
  return release;
}

function reasonToLeave(
  outcome: Outcome | undefined,
  review: Review | undefined,
  isPassEnough: boolean,
): ReleasedCase['because'] | undefined {
  if (review?.decision === 'accept') return 'accepted';
  if (review?.decision === 'reject' || !isPassEnough) return undefined;
  return outcome?.verdict === 'pass' ? 'passed' : undefined;
}

function checkCandidates(cohort: string, candidates: readonly Candidate[], { way, passed }: ReleaseRequest): void {
  if (candidates.length === 0)
    throw new ReleaseError('RELEASE_NOTHING', `${cohort}: nothing was accepted${way === undefined ? '' : ` by ${way}`}; look at it with efface review${passed ? '' : ', or release what passed unseen with --passed'}`); // prettier-ignore
  const byInput = Map.groupBy(candidates, ({ item }) => item.input.id);
  for (const [input, own] of byInput)
    if (own.length > 1)
      throw new ReleaseError('RELEASE_TWO_WAYS', `${input}: would leave by ${own.map(({ item }) => item.way.name).join(' and ')}, and what one of them hides another may show; choose with --way`); // prettier-ignore
}
