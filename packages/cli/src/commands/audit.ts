import { type Calibration, DEFAULT_CALIBRATION, writeAudit } from '@efface/cohort';
import { type Attacker, ATTACKERS, fastGrid, HELD_OUT_GRID, STANDARD_GRID } from '@efface/reidentify';
import { auditTables, markdownTables, studyTable } from '@efface/report';
import { join } from 'node:path';
import { type NetworkOptions, openCliNetworks } from '../networks.ts';
import { type ComputeOptions, type OutputOptions, UsageError } from '../options.ts';
import { openProgress } from '../progress.ts';
import { exitOnSignals, withCliBackend } from '../session.ts';
import { quickshearOptions } from './method-options.ts';
import { VERSION } from '../version.ts';

/** Options of `efface audit`. */
export interface AuditCommandOptions extends NetworkOptions, ComputeOptions, OutputOptions {
  readonly known: string;
  readonly unknown?: string;
  readonly output: string;
  readonly threshold?: number;
  readonly attackers: string;
  readonly portraits: '81' | '9';
  readonly aware?: 'quickshear';
  readonly style: 'tables' | 'study';
  readonly overwrite?: boolean;
}

function parseAttackers(list: string): Attacker[] {
  return list.split(',').map((name) => {
    const attacker = ATTACKERS.find((one) => one === name.trim());
    if (!attacker) throw new UsageError(`--attackers ${name}: expected ${ATTACKERS.join(', ')}`);
    return attacker;
  });
}

function distancesOf({ recogniser }: AuditCommandOptions, isFast: boolean): Calibration['distances'] {
  const { distances, fastDistance } = DEFAULT_CALIBRATION;
  const { geometry, ...descriptors } = distances;
  const shape = geometry === undefined ? {} : { geometry };
  if (recogniser !== undefined) return shape;
  if (!isFast) return { ...descriptors, ...shape };
  return fastDistance === undefined ? shape : { mean: fastDistance, ...shape };
}

const FAST_GRIDS = { known: fastGrid(STANDARD_GRID), unknown: fastGrid(HELD_OUT_GRID) };

/** Tries to recognise the unknown among the known and writes what came of it. */
export async function audit(options: AuditCommandOptions): Promise<void> {
  const json = options.json === true;
  const attackers = parseAttackers(options.attackers);
  // Thresholds hold for the networks they were measured with.
  const isFast = options.portraits === '9';
  const calibration: Calibration = { ...DEFAULT_CALIBRATION, distances: distancesOf(options, isFast) };
  exitOnSignals(json);
  const progress = openProgress({ quiet: options.quiet === true, json });
  try {
    await using opened = await openCliNetworks(options, options.threads);
    const record = await withCliBackend(options, (backend) =>
      writeAudit(
        backend,
        opened.networks,
        options.output,
        {
          known: options.known,
          calibration,
          attackers,
          ...(isFast ? { grids: FAST_GRIDS } : {}),
          ...(options.unknown === undefined ? {} : { unknown: options.unknown }),
          ...(options.aware === undefined
            ? {}
            : { aware: quickshearOptions({ method: options.aware, rule: 'robust', seed: 0 }) }),
          ...(options.threshold === undefined ? {} : { thresholdReal: options.threshold }),
          onPerson: ({ set }, done, total) => progress.step({ stage: set, done, total }),
        },
        {
          overwrite: options.overwrite === true,
          softwareVersion: VERSION,
          provider: options.ortProvider,
          models: opened.models,
        },
      ),
    );
    progress.end();
    if (json) {
      process.stdout.write(`${JSON.stringify(record, null, 2)}\n`);
      return;
    }
    const failures = record.persons.filter(({ failure }) => failure !== undefined);
    const lines = failures.map(({ set, failure }) => `not acquired (${set}): ${failure?.message} [${failure?.code}]`);
    const recogniser = opened.networks.recogniser.name;
    const tables = options.style === 'study' ? [studyTable(record, `${recogniser}, mean`)] : auditTables(record);
    process.stdout.write(markdownTables(tables));
    process.stdout.write(
      ['', ...lines, `${join(options.output, 'index.html')} shows everybody; do not share it`, ''].join('\n'),
    );
  } finally {
    progress.end();
  }
}
