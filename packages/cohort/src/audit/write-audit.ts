import { type Backend } from '@efface/compute';
import { encodePng, OutputFolder } from '@efface/io';
import {
  type FaceModel,
  type FaceNetworks,
  type InferenceProvider,
  type Portrait,
  STANDARD_GRID,
} from '@efface/reidentify';
import {
  AUDIT_SCHEMA, auditPage, type AuditPerson, type AuditRecord, auditTables, cmcSvg, markdownTables, rocSvg,
} from '@efface/report'; // prettier-ignore
import { writeFile } from 'node:fs/promises';
import { uniqueName } from '../groups.ts';
import { type AuditRequest, listSets, runAudit, type SeenPerson } from './audit.ts';

/** File that marks a folder as an audit's, which `overwrite` may replace. */
const RECORD_NAME = 'audit.json';

/** How an audit is kept. */
export interface WriteAuditOptions {
  readonly overwrite: boolean;
  readonly softwareVersion: string;
  readonly provider: InferenceProvider;
  /** What the record says of the networks. */
  readonly models: readonly FaceModel[];
}

/**
 * Runs an audit and writes `audit.json`, `results.jsonl` (persons, detection, attacks: one a line), `tables.md`,
 * `roc.svg`, `cmc.svg`, `index.html` and `faces/` into a new folder, which appears whole or not at all. The pictures
 * show original faces.
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
  const inputs = [request.known, ...(request.unknown === undefined ? [] : [request.unknown])];
  const output = await OutputFolder.create(destination, { overwrite: options.overwrite, inputs, marker: RECORD_NAME });
  try {
    const thumbnails = new Map<string, string>();
    const used = new Set<string>();
    const result = await runAudit(backend, networks, {
      ...request,
      onPerson: async (person, done, total) => {
        const picture = thumbnailOf(person);
        if (picture) {
          // Numbers, not names: what a name holds is nobody's business in a file name.
          const name = `faces/${uniqueName(`${person.set.replaceAll(/[^A-Za-z0-9]+/g, '-')}-${done}`, used)}.png`;
          await writeFile(await output.path(name), encodePng(picture));
          thumbnails.set(personKey({ ...person.source, set: person.set }), name);
        }
        await request.onPerson?.(person, done, total);
      },
    });
    const { genuineFromSessions, genuineFromOneScan, ...measured } = result;
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
        calibration: request.calibration.origin,
        genuineFromSessions,
        genuineFromOneScan,
      },
      ...measured,
      finishedAt: new Date().toISOString(),
    };
    const [roc, cmc] = [await rocSvg(record.attacks), await cmcSvg(record.attacks)];
    const lines = [
      ...record.persons.map((person) => ({ kind: 'person', ...person })),
      ...record.detection.map((rate) => ({ kind: 'detection', ...rate })),
      ...record.attacks.map((rate) => ({ kind: 'attack', ...rate })),
    ];
    const thumbnail = (person: AuditPerson): string | undefined => thumbnails.get(personKey(person));
    const files: Readonly<Record<string, string>> = {
      [RECORD_NAME]: `${JSON.stringify(record, null, 2)}\n`,
      'results.jsonl': lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
      'tables.md': markdownTables(auditTables(record)),
      'roc.svg': roc,
      'cmc.svg': cmc,
      'index.html': auditPage({ record, roc, cmc, thumbnail }),
    };
    for (const [name, text] of Object.entries(files)) await writeFile(await output.path(name), text);
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

/** The portrait nearest to straight ahead, under a light from the middle. */
function thumbnailOf({ acquired }: SeenPerson): Portrait['picture'] | undefined {
  if ('failure' in acquired || acquired.portraits.length === 0) return undefined;
  const angle = ({ camera: { yawDegrees, pitchDegrees }, light }: Portrait): number =>
    Math.hypot(yawDegrees, pitchDegrees) + Math.hypot(light.yawDegrees, light.pitchDegrees - 30) / 100;
  return acquired.portraits.reduce((best, one) => (angle(one) < angle(best) ? one : best)).picture;
}
