import { type Backend } from '@efface/compute';
import {
  type Attacker, ATTACKERS, type AttackRates, controlsOfHead, controlsOfSolids, describeHead, type FaceNetworks,
  HELD_OUT_GRID, judgeAttack, mcNemar, type NegativeControl, type PersonDescription, type PortraitGrid,
  proportion, rankOf, scorePersons, type ScoreTable, STANDARD_GRID,
} from '@efface/reidentify'; // prettier-ignore
import type { AuditAttack, AuditDetection, AuditPerson } from '@efface/report';
import { EffaceError } from '@efface/volume';
import { StageClock } from '../stages.ts';
import { type Acquired, acquirePerson } from './acquire-person.ts';
import { type Calibration, FACE_SHARE } from './calibration.ts';
import { listSubjects, type SubjectSource } from './subjects.ts';

/** Sets that every audit has beside the unknown ones. */
export const POSITIVE_CONTROL = 'originals';
export const NEGATIVE_CONTROL = 'no face';

/** Controls are made from at most this many of the known, evenly spread. */
const CONTROL_HEADS = 20;

/** What to audit. */
export interface AuditRequest {
  /** Folder or manifest of the originals. */
  readonly known: string;
  /** Folder or manifest of what was altered; without it only the controls are measured. */
  readonly unknown?: string;
  readonly calibration: Calibration;
  /** Default all of them; `geometry` takes some 20 ms a pair. */
  readonly attackers?: readonly Attacker[];
  /** Real value of the skin instead of the measured one. */
  readonly thresholdReal?: number;
  /** Cameras and lights of the known, and of everything compared with them. */
  readonly grids?: { readonly known: PortraitGrid; readonly unknown: PortraitGrid };
  /** Called with everybody looked at, in order. */
  readonly onPerson?: (person: SeenPerson, done: number, total: number) => Promise<void> | void;
}

/** Somebody an audit looked at. */
export interface SeenPerson {
  readonly set: string;
  readonly source: SubjectSource;
  readonly acquired: Acquired;
}

/** What an audit measured. */
export interface AuditResult {
  readonly persons: readonly AuditPerson[];
  readonly detection: readonly AuditDetection[];
  readonly attacks: readonly AuditAttack[];
  readonly genuineFromSessions: number;
  readonly genuineFromOneScan: number;
  readonly timingsMs: Readonly<Record<string, number>>;
}

/** The two sets cannot be compared. */
export class AuditError extends EffaceError {
  constructor(code: 'AUDIT_NOBODY_KNOWN' | 'AUDIT_NO_COMMON_SUBJECT', message: string) {
    super(code, 'inputRefused', message);
  }
}

/** A description and where it stands in its set; undefined for a failure to acquire. */
interface Entry {
  readonly set: string;
  readonly source: SubjectSource;
  readonly description: PersonDescription | undefined;
  readonly failure?: { readonly code: string; readonly message: string };
  readonly modality?: string;
}

/**
 * Tries to recognise the unknown among the known. The known are looked at once for the gallery and once more as the
 * unknown are, from another scan of theirs or what stands in for one: those are the originals that every rate is held
 * against. Where the known have no face (backs, bare brains, heads with the front cut off, solids) detectors must see none.
 * @throws AuditError when nobody can be compared; InputNotFoundError and ManifestError for sets that cannot be listed
 */
export async function runAudit(backend: Backend, networks: FaceNetworks, request: AuditRequest): Promise<AuditResult> {
  const clock = new StageClock();
  const grids = request.grids ?? { known: STANDARD_GRID, unknown: HELD_OUT_GRID };
  const knownSources = await listSubjects(request.known);
  const unknownSources = request.unknown === undefined ? [] : await listSubjects(request.unknown);
  const gallery = firstOfEach(knownSources);
  const knownNames = new Set(gallery.map(({ subject }) => subject));
  if (request.unknown !== undefined && !unknownSources.some(({ subject }) => knownNames.has(subject)))
    throw new AuditError(
      'AUDIT_NO_COMMON_SUBJECT',
      `no subject of ${request.unknown} (${names(unknownSources)}) is in ${request.known} (${names(gallery)}); name the ` +
        'files of one person alike in both, or give manifests',
    );
  const total = gallery.length + unknownSources.length + knownSources.length;
  let done = 0;
  const threshold = request.thresholdReal === undefined ? {} : { thresholdReal: request.thresholdReal };

  const look = async (
    set: string,
    source: SubjectSource,
    grid: PortraitGrid,
    secondSessionSeed?: number,
  ): Promise<{ readonly entry: Entry; readonly acquired: Acquired }> => {
    const acquired = await clock.time(set, () =>
      acquirePerson(backend, networks, source, {
        grid,
        ...threshold,
        ...(secondSessionSeed === undefined ? {} : { secondSessionSeed }),
      }),
    );
    await request.onPerson?.({ set, source, acquired }, ++done, total);
    return { entry: entryOf(set, source, acquired), acquired };
  };

  const known: Entry[] = [];
  const controls: PersonDescription[] = [];
  const describeControls = async (all: readonly NegativeControl[]): Promise<void> => {
    for (const control of all) {
      const { description } = await clock.time(NEGATIVE_CONTROL, () =>
        describeHead(backend, networks, control.request),
      );
      controls.push(description);
    }
  };
  await describeControls(controlsOfSolids(grids.known));
  const controlStride = Math.ceil(gallery.length / CONTROL_HEADS);
  for (const [n, source] of gallery.entries()) {
    const { entry, acquired } = await look('known', source, grids.known);
    known.push(entry);
    if (n % controlStride === 0 && 'head' in acquired && acquired.head)
      await describeControls(controlsOfHead(acquired.head));
  }
  if (known.every(({ description }) => description === undefined))
    throw new AuditError('AUDIT_NOBODY_KNOWN', nobodyText(request.known, known));

  const originals: Entry[] = [];
  const others = knownSources.filter((source) => !gallery.includes(source));
  for (const source of others) originals.push((await look(POSITIVE_CONTROL, source, grids.unknown)).entry);
  const withSessions = new Set(others.map(({ subject }) => subject));
  const alone = gallery.filter(({ subject, kind }) => kind === 'scan' && !withSessions.has(subject));
  for (const [n, source] of alone.entries())
    originals.push((await look(POSITIVE_CONTROL, source, grids.unknown, n + 1)).entry);

  const unknown: Entry[] = [];
  for (const source of unknownSources) unknown.push((await look(setOf(source), source, grids.unknown)).entry);

  const sets = [...new Set([POSITIVE_CONTROL, ...unknown.map(({ set }) => set)])].map((name) => ({
    name,
    entries: [...originals, ...unknown].filter(({ set }) => set === name),
  }));
  const attacks = await clock.time('match', () => {
    const found = sets.map(({ name, entries }) =>
      (request.attackers ?? ATTACKERS).flatMap((attacker) =>
        attack(name, attacker, entries, known, networks, request.calibration),
      ),
    );
    const [originalAttacks] = found;
    return found.map((some, n) =>
      some.map((one): Attack => {
        const before = originalAttacks.find(({ attacker }) => attacker === one.attacker);
        if (n === 0 || !before) return one;
        return { ...one, record: { ...one.record, mcNemarAgainstOriginals: againstOriginals(before, one) } };
      }),
    );
  });
  return {
    persons: [
      ...personsOf(known, [], request.calibration),
      ...sets.flatMap(({ entries }, n) => personsOf(entries, attacks[n], request.calibration)),
    ],
    detection: detectionRates(sets, controls, networks, request.calibration),
    attacks: attacks.flat().map(({ record }) => record),
    genuineFromSessions: others.length,
    genuineFromOneScan: alone.length,
    timingsMs: clock.timingsMs(),
  };
}

const setOf = ({ method }: SubjectSource): string => (method === '' ? 'unknown' : method);

function firstOfEach(sources: readonly SubjectSource[]): SubjectSource[] {
  return [...new Map([...sources].reverse().map((source) => [source.subject, source])).values()].reverse();
}

function isKnown({ subject }: SubjectSource, known: readonly Entry[]): boolean {
  return known.some(({ source }) => source.subject === subject);
}

function entryOf(set: string, source: SubjectSource, acquired: Acquired): Entry {
  return 'failure' in acquired
    ? { set, source, description: undefined, failure: acquired.failure }
    : { set, source, description: acquired.description, modality: acquired.head?.volume.modality ?? 'photograph' };
}

const LISTED = 3;

function names(sources: readonly SubjectSource[]): string {
  const all = [...new Set(sources.map(({ subject }) => subject))];
  return all.length <= LISTED ? all.join(', ') : `${all.slice(0, LISTED).join(', ')} and ${all.length - LISTED} more`;
}

function nobodyText(path: string, known: readonly Entry[]): string {
  const reasons = known.slice(0, LISTED).map(({ failure }) => `\n  ${failure?.message ?? ''} [${failure?.code ?? ''}]`);
  const more = known.length > LISTED ? `\n  and ${known.length - LISTED} more` : '';
  return `${path}: nobody there could be looked at${reasons.join('')}${more}`;
}

/** One attacker against one set. */
interface Attack {
  readonly set: string;
  readonly attacker: Attacker;
  readonly table: ScoreTable;
  readonly rates: AttackRates;
  readonly record: AuditAttack;
}

/** Nothing where the attacker has nobody to tell apart or the known have not what it looks at. */
function attack(
  set: string,
  attacker: Attacker,
  entries: readonly Entry[],
  known: readonly Entry[],
  { recogniser }: FaceNetworks,
  { distances }: Calibration,
): Attack[] {
  const isBlind = attacker === 'geometry' && !known.some(({ description }) => description?.depth);
  if (isBlind || known.length < 2 || !entries.some(({ source }) => isKnown(source, known))) return [];
  const table: ScoreTable = {
    unknown: entries.map(({ source }) => source.subject),
    known: known.map(({ source }) => source.subject),
    scores: scorePersons(
      attacker,
      entries.map(({ description }) => description),
      known.map(({ description }) => description),
      recogniser.metric,
    ),
  };
  const distance = distances[attacker];
  const rates = judgeAttack(table, distance === undefined ? undefined : -distance);
  const { roc, ...rest } = rates;
  const record: AuditAttack = {
    set,
    attacker: attackerName(attacker, recogniser.name),
    ...rest,
    roc: roc.map(({ falseMatchRate, trueAcceptRate }) => [falseMatchRate, trueAcceptRate]),
  };
  return [{ set, attacker, table, rates, record }];
}

/** `geometry` looks at no network. */
function attackerName(attacker: Attacker, recogniser: string): string {
  return attacker === 'geometry' ? attacker : `${recogniser}, ${attacker}`;
}

/** The persons of a set; row n of the attacks' tables is entry n. */
function personsOf(entries: readonly Entry[], attacks: readonly Attack[], { cuts }: Calibration): AuditPerson[] {
  return entries.map(({ set, source: { subject, session, method }, description, failure, modality }, row) => {
    const person = { set, subject, session, method, ...(modality === undefined ? {} : { modality }) };
    if (!description) return { ...person, ...(failure ? { failure } : {}) };
    const detectedShare = Object.fromEntries(
      Object.entries(description.detectorScores).map(([name, scores]) => [name, shareAbove(scores, cuts[name])]),
    );
    const nearest = Object.fromEntries(attacks.map(({ table, record }) => [record.attacker, nearestOf(table, row)]));
    return { ...person, detectedShare, nearest };
  });
}

function shareAbove(scores: readonly number[], cut: number): number {
  return scores.filter((score) => score > cut).length / scores.length;
}

function nearestOf({ known, unknown, scores }: ScoreTable, row: number): NonNullable<AuditPerson['nearest']>[string] {
  const own = known.indexOf(unknown[row]);
  const nearest = scores[row].indexOf(Math.max(...scores[row]));
  const distance = (column: number): number | null => (scores[row][column] > -Infinity ? -scores[row][column] : null);
  const rank = rankOf({ scores: scores[row], mate: own < 0 ? undefined : own });
  return {
    subject: known[nearest],
    distance: distance(nearest),
    own: own < 0 ? null : distance(own),
    rank: rank === undefined || rank === Infinity ? null : rank,
  };
}

function detectionRates(
  sets: readonly { readonly name: string; readonly entries: readonly Entry[] }[],
  controls: readonly PersonDescription[],
  { detectors }: FaceNetworks,
  { cuts }: Calibration,
): AuditDetection[] {
  const all = [
    ...sets.map(({ name, entries }) => ({ name, descriptions: entries.map(({ description }) => description) })),
    { name: NEGATIVE_CONTROL, descriptions: controls },
  ];
  return all.flatMap(({ name: set, descriptions }) =>
    detectors.map(({ name: detector }) => {
      const cut = cuts[detector];
      // Somebody who could not be acquired has no pictures and no face that was seen.
      const scores = descriptions.map((description) => description?.detectorScores[detector] ?? []);
      const pictures = scores.flat();
      const seen = scores.filter((some) => some.length > 0 && shareAbove(some, cut) >= FACE_SHARE);
      return {
        set,
        detector,
        cut,
        pictures: proportion(pictures.filter((score) => score > cut).length, pictures.length),
        persons: proportion(seen.length, scores.length),
      };
    }),
  );
}

/** Rank-1 of the same subjects in two sets: exact McNemar probability. */
function againstOriginals(originals: Attack, other: Attack): number {
  const isFirst = ({ table: { known, unknown, scores } }: Attack): Map<string, boolean> =>
    new Map(
      unknown.flatMap((subject, row) => {
        const rank = rankOf({ scores: scores[row], mate: known.indexOf(subject) });
        return known.includes(subject) ? [[subject, rank === 1] as const] : [];
      }),
    );
  const [before, after] = [isFirst(originals), isFirst(other)];
  const both = [...before.keys()].filter((subject) => after.has(subject));
  const count = (was: boolean, is: boolean): number =>
    both.filter((subject) => before.get(subject) === was && after.get(subject) === is).length;
  return mcNemar(count(true, false), count(false, true));
}
