import { type Backend } from '@efface/compute';
import type { Method } from '@efface/deface';
import type { OpenOptions } from '@efface/io';
import {
  type Attacker, ATTACKERS, type ControlHead, controlsOfHead, controlsOfSolids, describeHead, type FaceNetworks, HELD_OUT_GRID,
  type PersonDescription, type PortraitGrid, STANDARD_GRID,
} from '@efface/reidentify'; // prettier-ignore
import type { AuditAttack, AuditComparison, AuditDetection, AuditPerson } from '@efface/report';
import { type Volume } from '@efface/volume';
import { StageClock } from '../stages.ts';
import { type Acquired, type AcquireOptions, acquirePerson, type KnownPose } from './acquire-person.ts';
import {
  type Attack,
  attack,
  compared,
  comparedMethods,
  detectionRates,
  type Entry,
  personsOf,
} from './audit-rates.ts';
import { AuditError, type AuditPaths, listSets, nobodyText } from './audit-sets.ts';
import type { Thresholds } from './calibration.ts';
import { defacedCopy } from './defaced-again.ts';
import { type MeasuredThresholds, measureThresholds } from './measure-thresholds.ts';
import type { Probe } from './probes.ts';
import type { SubjectSource } from './subjects.ts';

/** Sets that every audit has beside the unknown ones. */
export const POSITIVE_CONTROL = 'originals';
export const NEGATIVE_CONTROL = 'no face';

/** The known as an attacker has them who defaces them too. */
const AWARE = 'gallery defaced alike';

/** Controls are made from at most this many of the known, evenly spread. */
const CONTROL_HEADS = 20;

/** What to audit. */
export interface AuditRequest extends AuditPaths {
  readonly thresholds: Thresholds;
  /** Default all of them; `geometry` takes some 20 ms a pair. */
  readonly attackers?: readonly Attacker[];
  /** An attacker who knows the method: the known are defaced by it as well, each from a second session of the scan. */
  readonly aware?: Method;
  /** Where else attackers look for the unknown; at other values of the skin they look for the originals too. */
  readonly probes?: readonly Probe[];
  /** Real value of the skin instead of the measured one. */
  readonly thresholdReal?: number;
  /** How files are read. */
  readonly open?: OpenOptions;
  /** Cameras and lights of the known, and of everything compared with them. */
  readonly grids?: { readonly known: PortraitGrid; readonly unknown: PortraitGrid };
  /** Called with everybody looked at, in order. */
  readonly onPerson?: (person: SeenPerson, done: number, total: number) => Promise<void> | void;
  /** Called before a set is matched by an attacker, which takes minutes where shapes of many are laid on each other. */
  readonly onMatch?: (set: string, attacker: Attacker, done: number, total: number) => void;
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
  readonly comparisons: readonly AuditComparison[];
  readonly genuineFromSessions: number;
  readonly genuineFromOneScan: number;
  /** What the originals and the controls of this audit would set the thresholds to, for other people. */
  readonly measuredThresholds: MeasuredThresholds;
  readonly timingsMs: Readonly<Record<string, number>>;
}

/** Name of the set that one surface of another set's persons makes. */
export function surfaceSet(set: string, surface: string): string {
  return `${set}, ${surface}`;
}

/**
 * Tries to recognise the unknown among the known. The known are looked at once for the gallery and once more as the
 * unknown are, from another scan of theirs or what stands in for one: those are the originals that every rate is held
 * against. Where the known have no face (backs, bare brains, heads with the front cut off, solids) detectors must see none.
 * @throws AuditError when nobody can be compared; InputNotFoundError and ManifestError for sets that cannot be listed
 */
export async function runAudit(backend: Backend, networks: FaceNetworks, request: AuditRequest): Promise<AuditResult> {
  const { knownSources, unknownSources, gallery } = await listSets(request);
  const people = new People(backend, networks, request);
  const { aware, probes = [], attackers = ATTACKERS, thresholds } = request;
  const scans = gallery.filter(({ kind }) => kind === 'scan');
  const isAware = aware !== undefined && unknownSources.length > 0;
  people.total = gallery.length + knownSources.length + unknownSources.length + (isAware ? scans.length : 0);

  const known: Entry[] = [];
  const controls: PersonDescription[] = await people.controls();
  const controlStride = Math.ceil(gallery.length / CONTROL_HEADS);
  for (const [n, source] of gallery.entries()) {
    const { entries, head } = await people.look('known', source, people.grids.known);
    known.push(...entries);
    if (n % controlStride === 0 && head) controls.push(...(await people.controls(head)));
  }
  if (known.every(({ descriptions }) => descriptions.length === 0))
    throw new AuditError('AUDIT_NOBODY_KNOWN', nobodyText(request.known, known));

  const originals: Entry[] = [];
  const asOriginal = { probes: probes.filter((probe) => probe === 'sweep') };
  const others = knownSources.filter((source) => !gallery.includes(source));
  for (const source of others)
    originals.push(...(await people.look(POSITIVE_CONTROL, source, people.grids.unknown, asOriginal)).entries);
  const withSessions = new Set(others.map(({ subject }) => subject));
  const alone = scans.filter(({ subject }) => !withSessions.has(subject));
  for (const [n, source] of alone.entries()) {
    const options = { ...asOriginal, secondSessionSeed: n + 1 };
    originals.push(...(await people.look(POSITIVE_CONTROL, source, people.grids.unknown, options)).entries);
  }

  const unknown: Entry[] = [];
  for (const source of unknownSources)
    unknown.push(...(await people.look(setOf(source), source, people.grids.unknown, { probes })).entries);

  const defaced: Entry[] = [];
  if (isAware)
    for (const [n, source] of scans.entries()) {
      const alter = (volume: Volume): Promise<Volume> => defacedCopy(backend, volume, aware);
      // Other turns and other noise than the originals' second sessions.
      const options = { secondSessionSeed: gallery.length + n + 1, alter };
      defaced.push(...(await people.look(AWARE, source, people.grids.known, options)).entries);
    }

  const sets = setsOf([...originals, ...unknown]);
  const awareSets = defaced.length === 0 ? [] : setsOf(unknown.filter(({ probe }) => probe === undefined));
  const nMatches = (sets.length + awareSets.length) * attackers.length;
  let nMatched = 0;
  const judge = async (
    name: string,
    entries: readonly Entry[],
    others: readonly Entry[],
    by: Thresholds,
  ): Promise<Attack[]> => {
    const found: Attack[] = [];
    for (const attacker of attackers) {
      request.onMatch?.(name, attacker, nMatched++, nMatches);
      found.push(...(await attack(name, attacker, entries, others, networks, by)));
    }
    return found;
  };
  const attacks: Attack[][] = [];
  await people.clock.time('match', async () => {
    const plain = await judge(POSITIVE_CONTROL, originals.filter(({ set }) => set === POSITIVE_CONTROL), known, thresholds); // prettier-ignore
    for (const { name, entries } of sets)
      attacks.push(name === POSITIVE_CONTROL ? plain : compared(plain, await judge(name, entries, known, thresholds)));
  });
  // The thresholds are those of faces: what is left without one has none. Further surfaces the known have none of either.
  const awareAttacks: Attack[] = [];
  await people.clock.time('match', async () => {
    for (const { name, entries } of awareSets)
      awareAttacks.push(...(await judge(surfaceSet(name, AWARE), entries, defaced, { ...thresholds, distances: {} })));
  });
  return {
    persons: [
      ...personsOf(known, [], thresholds),
      ...sets.flatMap(({ entries }, n) => personsOf(entries, attacks[n], thresholds)),
      ...personsOf(defaced, [], thresholds),
    ],
    detection: detectionRates(
      [
        ...sets.map(({ name, entries }) => ({ name, persons: entries.map(({ descriptions }) => descriptions) })),
        { name: NEGATIVE_CONTROL, persons: controls.map((control) => [control]) },
      ],
      networks.detectors,
      thresholds,
    ),
    attacks: [...attacks.flat(), ...awareAttacks].map(({ record }) => record),
    comparisons: comparedMethods(
      attacks.flat().filter(({ set, record }) => set !== POSITIVE_CONTROL && record.probe === undefined),
    ),
    genuineFromSessions: others.length,
    genuineFromOneScan: alone.length,
    measuredThresholds: measureThresholds(
      controls,
      attacks.flat().filter(({ set }) => set === POSITIVE_CONTROL),
    ),
    timingsMs: people.clock.timingsMs(),
  };
}

/** Looks at one person after the other and keeps the time. */
class People {
  readonly clock = new StageClock();
  readonly grids: { readonly known: PortraitGrid; readonly unknown: PortraitGrid };
  total = 0;
  readonly #backend: Backend;
  readonly #networks: FaceNetworks;
  readonly #request: AuditRequest;
  /** Of the known, by subject. */
  readonly #poses = new Map<string, KnownPose>();
  #done = 0;

  constructor(backend: Backend, networks: FaceNetworks, request: AuditRequest) {
    this.#backend = backend;
    this.#networks = networks;
    this.#request = request;
    this.grids = request.grids ?? { known: STANDARD_GRID, unknown: HELD_OUT_GRID };
  }

  /** One entry for the person and one for each further surface's name. */
  async look(
    set: string,
    source: SubjectSource,
    grid: PortraitGrid,
    options: Pick<AcquireOptions, 'secondSessionSeed' | 'alter' | 'probes'> = {},
  ): Promise<{ readonly entries: Entry[]; readonly head?: ControlHead }> {
    const { thresholdReal, open, onPerson } = this.#request;
    const pose = this.#poses.get(source.subject);
    const acquired = await this.clock.time(set, () =>
      acquirePerson(this.#backend, this.#networks, source, {
        grid,
        ...(thresholdReal === undefined ? {} : { thresholdReal }),
        ...(open === undefined ? {} : { open }),
        ...(pose === undefined ? {} : { pose }),
        ...options,
      }),
    );
    await onPerson?.({ set, source, acquired }, ++this.#done, this.total);
    if ('failure' in acquired) return { entries: [{ set, source, descriptions: [], failure: acquired.failure }] };
    const { description, modality, surfaces, head, missed, isPosedAsKnown } = acquired;
    // The first scan of a subject is the known one.
    if (head && !pose) {
      const { frame, thresholdReal, volume } = head;
      this.#poses.set(source.subject, { frame, thresholdReal, grid: volume.grid });
    }
    const names = [...new Set(surfaces.map(({ name }) => name))];
    const further = names.map((name): Entry => {
      const seen = surfaces.filter((surface) => surface.name === name);
      const descriptions = seen.map((surface) => surface.description);
      return { set: surfaceSet(set, name), probe: name, source, descriptions, modality };
    });
    const entry: Entry = { set, source, descriptions: [description], modality, missed, ...(isPosedAsKnown ? { isPosedAsKnown } : {}) }; // prettier-ignore
    return { entries: [entry, ...further], ...(head ? { head } : {}) };
  }

  /** Descriptions of what has no face: solids, or a head from behind, without its front, and its bare brain. */
  async controls(head?: ControlHead): Promise<PersonDescription[]> {
    const descriptions: PersonDescription[] = [];
    for (const { request } of head ? controlsOfHead(head) : controlsOfSolids(this.grids.known)) {
      const look = (): ReturnType<typeof describeHead> => describeHead(this.#backend, this.#networks, request);
      descriptions.push((await this.clock.time(NEGATIVE_CONTROL, look)).description);
    }
    return descriptions;
  }
}

const setOf = ({ method }: SubjectSource): string => (method === '' ? 'unknown' : method);

function setsOf(entries: readonly Entry[]): { readonly name: string; readonly entries: Entry[] }[] {
  const names = [...new Set(entries.map(({ set }) => set))];
  return names.map((name) => ({ name, entries: entries.filter(({ set }) => set === name) }));
}
