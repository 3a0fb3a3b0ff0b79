import {
  type PortraitCount, type Probe, PROBES, thresholdsFor, writeAudit,
} from '@efface/cohort'; // prettier-ignore
import { type Attacker, ATTACKERS, fastGrid, HELD_OUT_GRID, STANDARD_GRID } from '@efface/reidentify';
import { auditTables, markdownTables, studyTable } from '@efface/report';
import { join } from 'node:path';
import { cliCalibration, type NetworkOptions, openCliNetworks } from '../networks.ts';
import { type ComputeOptions, type FileOptions, type OutputOptions, UsageError } from '../options.ts';
import { openProgress } from '../progress.ts';
import { exitOnSignals, withCliBackend } from '../session.ts';
import { methodsOf } from './method-options.ts';
import { VERSION } from '../version.ts';

/** Options of `efface audit`. */
export interface AuditCommandOptions extends FileOptions, NetworkOptions, ComputeOptions, OutputOptions {
  readonly known: string;
  readonly unknown?: string;
  readonly output: string;
  readonly threshold?: number;
  readonly attackers: string;
  readonly portraits: PortraitCount;
  readonly probes?: string;
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

function parseProbes(list: string): Probe[] {
  return list.split(',').map((name) => {
    const probe = PROBES.find((one) => one === name.trim());
    if (!probe) throw new UsageError(`--probes ${name}: expected ${PROBES.join(', ')}`);
    return probe;
  });
}

const FAST_GRIDS = { known: fastGrid(STANDARD_GRID), unknown: fastGrid(HELD_OUT_GRID) };

/** Tries to recognise the unknown among the known and writes what came of it. */
export async function audit(options: AuditCommandOptions): Promise<void> {
  const json = options.json === true;
  const attackers = parseAttackers(options.attackers);
  const probes = options.probes === undefined ? [] : parseProbes(options.probes);
  const { portraits } = options;
  const calibration = await cliCalibration(options);
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
          thresholds: thresholdsFor(calibration, portraits, opened.networks),
          attackers,
          probes,
          open: options,
          ...(portraits === '9' ? { grids: FAST_GRIDS } : {}),
          ...(options.unknown === undefined ? {} : { unknown: options.unknown }),
          ...(options.aware === undefined
            ? {}
            : { aware: methodsOf({ method: options.aware, rule: 'robust', seed: 0 }).method }),
          ...(options.threshold === undefined ? {} : { thresholdReal: options.threshold }),
          onPerson: ({ set }, done, total) => progress.step({ stage: set, done, total }),
          onMatch: (set, attacker, done, total) => {
            progress.step({ stage: `${set} by ${attacker}`, done, total });
          },
        },
        {
          overwrite: options.overwrite === true,
          softwareVersion: VERSION,
          provider: options.ortProvider,
          models: opened.models,
          portraits,
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
    for (const { set, missed = [] } of record.persons)
      lines.push(...missed.map(({ code, message }) => `not looked at (${set}): ${message} [${code}]`));
    const nPosed = record.persons.filter(({ isPosedAsKnown }) => isPosedAsKnown).length;
    if (nPosed > 0) lines.push(`${nPosed} had no head that could be found and were looked at as their known scans lie`);
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
