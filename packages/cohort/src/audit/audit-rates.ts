import {
  type Attacker, type AttackRates, type FaceDetector, type FaceNetworks, judgeAttack, mcNemar, type PersonDescription,
  proportion, rankOf, scorePersons, type ScoreTable,
} from '@efface/reidentify'; // prettier-ignore
import type { AuditAttack, AuditDetection, AuditPerson } from '@efface/report';
import { type Calibration, FACE_SHARE } from './calibration.ts';
import type { SubjectSource } from './subjects.ts';

/** A description and where it stands in its set; undefined for a failure to acquire. */
export interface Entry {
  readonly set: string;
  readonly source: SubjectSource;
  readonly description: PersonDescription | undefined;
  readonly failure?: { readonly code: string; readonly message: string };
  readonly modality?: string;
}

/** What is known of each; undefined for failures to acquire. */
export function descriptionsOf(entries: readonly Entry[]): (PersonDescription | undefined)[] {
  return entries.map(({ description }) => description);
}

function isKnown({ subject }: SubjectSource, known: readonly Entry[]): boolean {
  return known.some(({ source }) => source.subject === subject);
}

/** One attacker against one set. */
export interface Attack {
  readonly set: string;
  readonly attacker: Attacker;
  readonly table: ScoreTable;
  readonly rates: AttackRates;
  readonly record: AuditAttack;
}

/** Nothing where the attacker has nobody to tell apart or the known have not what it looks at. */
export function attack(
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
    scores: scorePersons(attacker, descriptionsOf(entries), descriptionsOf(known), recogniser.metric),
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
export function personsOf(entries: readonly Entry[], attacks: readonly Attack[], { cuts }: Calibration): AuditPerson[] {
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

/** How often each detector sees a face in each set. */
export function detectionRates(
  sets: readonly { readonly name: string; readonly persons: readonly (PersonDescription | undefined)[] }[],
  detectors: readonly Pick<FaceDetector, 'name'>[],
  { cuts }: Calibration,
): AuditDetection[] {
  return sets.flatMap(({ name: set, persons }) =>
    detectors.map(({ name: detector }) => {
      const cut = cuts[detector];
      // Somebody who could not be acquired has no pictures and no face that was seen.
      const scores = persons.map((person) => person?.detectorScores[detector] ?? []);
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

/** Attacks with the probability that they do as well against the originals. */
export function compared(originals: readonly Attack[], attacks: readonly Attack[]): Attack[] {
  return attacks.map((one) => {
    const before = originals.find(({ attacker }) => attacker === one.attacker);
    if (!before) return one;
    return { ...one, record: { ...one.record, mcNemarAgainstOriginals: againstOriginals(before, one) } };
  });
}
