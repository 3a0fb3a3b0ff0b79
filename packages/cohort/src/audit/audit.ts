import { type Backend } from '@efface/compute';
import type { QuickshearOptions } from '@efface/deface';
import {
  type Attacker, ATTACKERS, controlsOfHead, controlsOfSolids, describeHead, type FaceNetworks, HELD_OUT_GRID,
  type NegativeControl, type PersonDescription, type PortraitGrid, STANDARD_GRID,
} from '@efface/reidentify'; // prettier-ignore
import type { AuditAttack, AuditDetection, AuditPerson } from '@efface/report';
import { EffaceError, type Volume } from '@efface/volume';
import { StageClock } from '../stages.ts';
import { type Acquired, type AcquireOptions, acquirePerson } from './acquire-person.ts';
import { type Attack, attack, compared, descriptionsOf, detectionRates, type Entry, personsOf } from './audit-rates.ts';
import type { Calibration } from './calibration.ts';
import { defacedCopy } from './defaced-again.ts';
import { listSubjects, type SubjectSource } from './subjects.ts';

/** Sets that every audit has beside the unknown ones. */
export const POSITIVE_CONTROL = 'originals';
export const NEGATIVE_CONTROL = 'no face';

/** The known as an attacker has them who defaces them too. */
const AWARE = 'gallery defaced alike';

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
  /** An attacker who knows the method: the known are defaced by it as well, each from a second session of the scan. */
  readonly aware?: QuickshearOptions;
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

/** Who an audit will look at; of each known subject the first session is the gallery. */
export interface AuditSets {
  readonly knownSources: readonly SubjectSource[];
  readonly unknownSources: readonly SubjectSource[];
  readonly gallery: readonly SubjectSource[];
}

/**
 * Lists the sets of an audit without opening a scan.
 * @throws AuditError when no subject is in both; InputNotFoundError and ManifestError for sets that cannot be listed
 */
export async function listSets(request: Pick<AuditRequest, 'known' | 'unknown'>): Promise<AuditSets> {
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
  return { knownSources, unknownSources, gallery };
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
  const { knownSources, unknownSources, gallery } = await listSets(request);
  const scans = gallery.filter(({ kind }) => kind === 'scan');
  const nAware = request.aware && unknownSources.length > 0 ? scans.length : 0;
  const total = gallery.length + unknownSources.length + knownSources.length + nAware;
  let done = 0;
  const threshold = request.thresholdReal === undefined ? {} : { thresholdReal: request.thresholdReal };

  const look = async (
    set: string,
    source: SubjectSource,
    grid: PortraitGrid,
    options: Pick<AcquireOptions, 'secondSessionSeed' | 'alter'> = {},
  ): Promise<{ readonly entry: Entry; readonly acquired: Acquired }> => {
    const acquired = await clock.time(set, () =>
      acquirePerson(backend, networks, source, {
        grid,
        ...threshold,
        ...options,
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
    originals.push((await look(POSITIVE_CONTROL, source, grids.unknown, { secondSessionSeed: n + 1 })).entry);

  const unknown: Entry[] = [];
  for (const source of unknownSources) unknown.push((await look(setOf(source), source, grids.unknown)).entry);

  const defaced: Entry[] = [];
  const { aware } = request;
  if (aware && nAware > 0)
    for (const [n, source] of scans.entries()) {
      const alter = (volume: Volume): Promise<Volume> => defacedCopy(backend, volume, aware);
      // Other turns and other noise than the originals' second sessions.
      const options = { secondSessionSeed: gallery.length + n + 1, alter };
      defaced.push((await look(AWARE, source, grids.known, options)).entry);
    }

  const sets = [...new Set([POSITIVE_CONTROL, ...unknown.map(({ set }) => set)])].map((name) => ({
    name,
    entries: [...originals, ...unknown].filter(({ set }) => set === name),
  }));
  const { calibration, attackers = ATTACKERS } = request;
  const attacks = await clock.time('match', () => {
    const judge = (name: string, entries: readonly Entry[]): Attack[] =>
      attackers.flatMap((attacker) => attack(name, attacker, entries, known, networks, calibration));
    const originalAttacks = judge(POSITIVE_CONTROL, originals);
    return sets.map(({ name, entries }) =>
      name === POSITIVE_CONTROL ? originalAttacks : compared(originalAttacks, judge(name, entries)),
    );
  });
  // The thresholds are those of faces: what is left without one has none.
  const awareAttacks = await clock.time('match', () =>
    sets
      .filter(({ name }) => defaced.length > 0 && name !== POSITIVE_CONTROL)
      .flatMap(({ name, entries }) =>
        attackers.flatMap((attacker) =>
          attack(`${name}, ${AWARE}`, attacker, entries, defaced, networks, { ...calibration, distances: {} }),
        ),
      ),
  );
  return {
    persons: [
      ...personsOf(known, [], calibration),
      ...sets.flatMap(({ entries }, n) => personsOf(entries, attacks[n], calibration)),
      ...personsOf(defaced, [], calibration),
    ],
    detection: detectionRates(
      [
        ...sets.map(({ name, entries }) => ({ name, persons: descriptionsOf(entries) })),
        { name: NEGATIVE_CONTROL, persons: controls },
      ],
      networks.detectors,
      calibration,
    ),
    attacks: [...attacks.flat(), ...awareAttacks].map(({ record }) => record),
    genuineFromSessions: others.length,
    genuineFromOneScan: alone.length,
    timingsMs: clock.timingsMs(),
  };
}

const setOf = ({ method }: SubjectSource): string => (method === '' ? 'unknown' : method);

function firstOfEach(sources: readonly SubjectSource[]): SubjectSource[] {
  return [...new Map([...sources].reverse().map((source) => [source.subject, source])).values()].reverse();
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
