import {
  type Attacker, type AttackRates, type FaceDetector, type FaceNetworks, judgeAttack, mcNemar, type PersonDescription,
  proportion, rankOf, scorePersons, type ScoreTable,
} from '@efface/reidentify'; // prettier-ignore
import {
  type AuditAttack,
  type AuditComparison,
  type AuditDetection,
  type AuditPerson,
  FACE_SHARE,
} from '@efface/report';
import { type Thresholds } from './calibration.ts';
import type { SubjectSource } from './subjects.ts';

/** Somebody in a set. */
export interface Entry {
  readonly set: string;
  readonly source: SubjectSource;
  /** None for a failure to acquire; several where an attacker looks at several surfaces and takes what fits best. */
  readonly descriptions: readonly PersonDescription[];
  readonly failure?: { readonly code: string; readonly message: string };
  readonly modality?: string;
  /** What an attacker could not look at. */
  readonly missed?: readonly { readonly code: string; readonly message: string }[];
  readonly isPosedAsKnown?: true;
  /** Name of the surface, where it is not the skin where it usually is. */
  readonly probe?: string;
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

/** Of somebody known there is one description at most. */
const ofKnown = (known: readonly Entry[]): (PersonDescription | undefined)[] =>
  known.map(({ descriptions }) => descriptions.at(0));

/** Scores of the best of every unknown's descriptions against every known. */
async function bestScores(
  attacker: Attacker,
  entries: readonly Entry[],
  known: readonly Entry[],
  { recogniser }: FaceNetworks,
): Promise<Float64Array[]> {
  const rows = entries.map(() => new Float64Array(known.length).fill(-Infinity));
  const owners = entries.flatMap(({ descriptions }, row) => descriptions.map(() => row));
  const descriptions = entries.flatMap((entry) => entry.descriptions);
  const all = await scorePersons(attacker, descriptions, ofKnown(known), recogniser.metric);
  for (const [n, scores] of all.entries()) {
    const row = rows[owners[n]];
    for (let column = 0; column < row.length; column++) row[column] = Math.max(row[column], scores[column]);
  }
  return rows;
}

/** Nothing where the attacker has nobody to tell apart or the known have not what it looks at. */
export async function attack(
  set: string,
  attacker: Attacker,
  entries: readonly Entry[],
  known: readonly Entry[],
  networks: FaceNetworks,
  { distances }: Pick<Thresholds, 'distances'>,
): Promise<Attack[]> {
  if (isBlind(attacker, known) || known.length < 2 || !entries.some(({ source }) => isKnown(source, known))) return [];
  const table: ScoreTable = {
    unknown: entries.map(({ source }) => source.subject),
    known: known.map(({ source }) => source.subject),
    scores: await bestScores(attacker, entries, known, networks),
  };
  const distance = distances[attacker];
  const rates = judgeAttack(table, distance === undefined ? undefined : -distance);
  const { roc, ...rest } = rates;
  const { probe } = entries[0];
  const record: AuditAttack = {
    set,
    ...(probe === undefined ? {} : { probe }),
    attacker: attackerName(attacker, networks.recogniser.name),
    ...rest,
    roc: roc.map(({ falseMatchRate, trueAcceptRate }) => [falseMatchRate, trueAcceptRate]),
  };
  return [{ set, attacker, table, rates, record }];
}

/** The known have not what the attacker looks at: no shape, or one picture each. */
function isBlind(attacker: Attacker, known: readonly Entry[]): boolean {
  const descriptions = known.flatMap((entry) => entry.descriptions);
  if (attacker === 'geometry') return !descriptions.some(({ depth }) => depth);
  if (attacker === 'linear') return !descriptions.some(({ descriptors }) => descriptors.length > 1);
  return false;
}

/** `geometry` looks at no network. */
function attackerName(attacker: Attacker, recogniser: string): string {
  return attacker === 'geometry' ? attacker : `${recogniser}, ${attacker}`;
}

/** The persons of a set; row n of the attacks' tables is entry n. */
export function personsOf(
  entries: readonly Entry[],
  attacks: readonly Attack[],
  { cuts }: Pick<Thresholds, 'cuts'>,
): AuditPerson[] {
  return entries.map((entry, row) => {
    const { set, source, descriptions, failure, modality, missed = [], isPosedAsKnown } = entry;
    const { subject, session, method } = source;
    const person = {
      set,
      subject,
      session,
      method,
      ...(modality === undefined ? {} : { modality }),
      ...(missed.length === 0 ? {} : { missed }),
      ...(isPosedAsKnown ? { isPosedAsKnown } : {}),
    };
    if (descriptions.length === 0) return { ...person, ...(failure ? { failure } : {}) };
    const detectedShare = Object.fromEntries(
      Object.keys(descriptions[0].detectorScores).map((name) => [name, mostSeen(descriptions, name, cuts[name])]),
    );
    const nearest = Object.fromEntries(attacks.map(({ table, record }) => [record.attacker, nearestOf(table, row)]));
    return { ...person, detectedShare, nearest };
  });
}

/** Share of pictures with a face, of the description that has most. */
function mostSeen(descriptions: readonly PersonDescription[], detector: string, cut: number): number {
  return Math.max(0, ...descriptions.map(({ detectorScores }) => shareAbove(detectorScores[detector], cut)));
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
  sets: readonly { readonly name: string; readonly persons: readonly (readonly PersonDescription[])[] }[],
  detectors: readonly Pick<FaceDetector, 'name'>[],
  { cuts }: Pick<Thresholds, 'cuts'>,
): AuditDetection[] {
  return sets.flatMap(({ name: set, persons }) =>
    detectors.map(({ name: detector }) => {
      const cut = cuts[detector];
      // Somebody who could not be acquired has no pictures and no face that was seen.
      const pictures = persons.flat().flatMap(({ detectorScores }) => detectorScores[detector]);
      const seen = persons.filter((descriptions) => mostSeen(descriptions, detector, cut) >= FACE_SHARE);
      return {
        set,
        detector,
        cut,
        pictures: proportion(pictures.filter((score) => score > cut).length, pictures.length),
        persons: proportion(seen.length, persons.length),
      };
    }),
  );
}

/** Rank-1 of the same subjects in two sets, once each: who is found in one alone, and the exact McNemar probability. */
function compareRankOne(a: Attack, b: Attack): Pick<AuditComparison, 'subjects' | 'onlyA' | 'onlyB' | 'mcNemar'> {
  const isFirst = ({ table: { known, unknown, scores } }: Attack): Map<string, boolean> =>
    new Map(
      unknown.flatMap((subject, row) => {
        const rank = rankOf({ scores: scores[row], mate: known.indexOf(subject) });
        return known.includes(subject) ? [[subject, rank === 1] as const] : [];
      }),
    );
  const [inA, inB] = [isFirst(a), isFirst(b)];
  const both = [...inA.keys()].filter((subject) => inB.has(subject));
  const onlyA = both.filter((subject) => inA.get(subject) && !inB.get(subject)).length;
  const onlyB = both.filter((subject) => !inA.get(subject) && inB.get(subject)).length;
  return { subjects: both.length, onlyA, onlyB, mcNemar: mcNemar(onlyA, onlyB) };
}

/** Attacks with the probability that they do as well against the originals. */
export function compared(originals: readonly Attack[], attacks: readonly Attack[]): Attack[] {
  return attacks.map((one) => {
    const before = originals.find(({ attacker }) => attacker === one.attacker);
    if (!before) return one;
    return { ...one, record: { ...one.record, mcNemarAgainstOriginals: compareRankOne(before, one).mcNemar } };
  });
}

/** Every two of the methods that were audited, by each attacker. */
export function comparedMethods(attacks: readonly Attack[]): AuditComparison[] {
  return attacks.flatMap((a, n) =>
    attacks
      .slice(n + 1)
      .filter(({ attacker }) => attacker === a.attacker)
      .map((b) => ({ attacker: a.record.attacker, setA: a.set, setB: b.set, ...compareRankOne(a, b) })),
  );
}
