import { type Backend } from '@efface/compute';
import { encodePng, OutputFolder, writeOutput } from '@efface/io';
import {
  type FaceModel, type FaceNetworks, type InferenceProvider, type Portrait, STANDARD_GRID,
} from '@efface/reidentify'; // prettier-ignore
import {
  AUDIT_SCHEMA, auditPage, type AuditPerson, type AuditRecord, auditTables, cmcSvg, markdownTables, rocSvg, scalingSvg,
} from '@efface/report'; // prettier-ignore
import { uniqueName } from '../groups.ts';
import { type DescribedSurface, frontalPortrait } from './acquire-person.ts';
import { type AuditRequest, type AuditResult, runAudit, type SeenPerson, surfaceSet } from './audit.ts';
import { listSets } from './audit-sets.ts';
import { type Calibration, CALIBRATION_SCHEMA, type PortraitCount } from './calibration.ts';

/** File that marks a folder as an audit's, which `overwrite` may replace. */
export const AUDIT_FILE = 'audit.json';

/** How an audit is kept. */
export interface WriteAuditOptions {
  readonly overwrite: boolean;
  readonly softwareVersion: string;
  readonly provider: InferenceProvider;
  /** What the record says of the networks. */
  readonly models: readonly FaceModel[];
  readonly portraits: PortraitCount;
}

/**
 * Runs an audit and writes `audit.json`, `results.jsonl` (persons, detection, attacks, comparisons: one a line), `tables.md`,
 * `calibration.json`, `roc.svg`, `cmc.svg`, `scaling.svg`, `index.html` and `faces/` into a new folder, which appears whole or not at
 * all. The pictures show original faces.
 */
export async function writeAudit(
  backend: Backend,
  networks: FaceNetworks,
  destination: string,
  request: AuditRequest,
  options: WriteAuditOptions,
): Promise<AuditRecord> {
  // What cannot be compared is told before there is an output.
  await listSets(request);
  const inputs = [request.known, request.unknown ?? []].flatMap((set) => (typeof set === 'string' ? [set] : set.map(({ path }) => path))); // prettier-ignore
  const output = await OutputFolder.create(destination, { overwrite: options.overwrite, inputs, marker: AUDIT_FILE });
  try {
    const thumbnails = new Map<string, string>();
    const used = new Set<string>();
    const result = await runAudit(backend, networks, {
      ...request,
      onPerson: async (person, done, total) => {
        for (const { set, portrait } of thumbnailsOf(person)) {
          // Numbers, not names: what a name holds is nobody's business in a file name.
          const name = `faces/${uniqueName(`${set.replaceAll(/[^A-Za-z0-9]+/g, '-')}-${done}`, used)}.png`;
          await writeOutput(await output.path(name), encodePng(portrait.picture));
          thumbnails.set(personKey({ ...person.source, set }), name);
        }
        await request.onPerson?.(person, done, total);
      },
    });
    const { genuineFromSessions, genuineFromOneScan, persons, detection, attacks, comparisons, timingsMs } = result;
    const record: AuditRecord = {
      schema: AUDIT_SCHEMA,
      software: {
        efface: options.softwareVersion,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
      },
      backend: { kind: backend.info.kind, name: backend.info.name },
      networks: options.models,
      provider: options.provider,
      protocol: {
        grid: gridText(request),
        calibration: request.thresholds.origin,
        genuineFromSessions,
        genuineFromOneScan,
      },
      persons,
      detection,
      attacks,
      comparisons,
      timingsMs,
      finishedAt: new Date().toISOString(),
    };
    const [roc, cmc, scaling] = await Promise.all([rocSvg, cmcSvg, scalingSvg].map((plot) => plot(attacks)));
    const lines = [
      ...record.persons.map((person) => ({ kind: 'person', ...person })),
      ...record.detection.map((rate) => ({ kind: 'detection', ...rate })),
      ...record.attacks.map((rate) => ({ kind: 'attack', ...rate })),
      ...record.comparisons.map((rate) => ({ kind: 'comparison', ...rate })),
    ];
    const thumbnail = (person: AuditPerson): string | undefined => thumbnails.get(personKey(person));
    const files: Readonly<Record<string, string>> = {
      [AUDIT_FILE]: `${JSON.stringify(record, null, 2)}\n`,
      'calibration.json': `${JSON.stringify(calibrationOf(result, networks, options), null, 2)}\n`,
      'results.jsonl': lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
      'tables.md': markdownTables(auditTables(record)),
      'roc.svg': roc,
      'cmc.svg': cmc,
      'scaling.svg': scaling,
      'index.html': auditPage({ record, roc, cmc, scaling, thumbnail }),
    };
    for (const [name, text] of Object.entries(files)) await writeOutput(await output.path(name), text);
    await output.commit();
    return record;
  } finally {
    await output.abort();
  }
}

function gridText({ grids }: AuditRequest): string {
  const { cameras, lights } = grids?.known ?? STANDARD_GRID;
  const size = `${cameras.length} cameras × ${lights.length} lights`;
  return `${size} of the known, as many others of everything compared with them; perspective from 800 mm`;
}

function personKey({
  set,
  subject,
  session,
  method,
}: Pick<AuditPerson, 'set' | 'subject' | 'session' | 'method'>): string {
  return JSON.stringify([set, subject, session, method]);
}

/** One portrait of the person and one of every surface, of several of a name the one that most looks like a face. */
function thumbnailsOf({ set, acquired }: SeenPerson): { readonly set: string; readonly portrait: Portrait }[] {
  if ('failure' in acquired || acquired.portraits.length === 0) return [];
  const best = new Map<string, DescribedSurface>();
  for (const surface of acquired.surfaces) {
    const other = best.get(surface.name);
    if (!other || likeness(surface) > likeness(other)) best.set(surface.name, surface);
  }
  const surfaces = [...best.values()].map(({ name, portrait }) => ({ set: surfaceSet(set, name), portrait }));
  return [{ set, portrait: frontalPortrait(acquired.portraits) }, ...surfaces];
}

const likeness = ({ description }: DescribedSurface): number =>
  Object.values(description.detectorScores).reduce((sum, scores) => sum + scores.reduce((a, b) => a + b, 0), 0);

/** What this audit's originals and controls say of thresholds, for an audit of other people. */
function calibrationOf(
  { measuredThresholds, genuineFromSessions, genuineFromOneScan }: AuditResult,
  { recogniser }: FaceNetworks,
  { portraits }: WriteAuditOptions,
): Calibration {
  const { cuts, distances, strangers, nImpostors, nPictures } = measuredThresholds;
  const genuine = genuineFromSessions + genuineFromOneScan;
  return {
    schema: CALIBRATION_SCHEMA,
    origin:
      `an audit of ${genuine} originals: 1 % of ${nImpostors} impostor pairs accepted; 1 % of ${nPictures} pictures without a ` +
      'face taken for one',
    recogniser: recogniser.name,
    cuts,
    distances: { [portraits]: distances },
    strangers: { [portraits]: strangers },
  };
}
