import { adapterLabel, type BenchRecord } from './record.ts';

const HEAD = [
  'kernel',
  'case',
  'time',
  'warm',
  'noise',
  'n',
  'GB/s',
  'peak',
  'GFLOP/s',
  'peak',
  'host',
  'clock',
  'check',
];

/**
 * Records as aligned lines, one table for each adapter. Times are medians: `time` on data that no cache holds, `warm` on
 * the same buffers again and again; `peak` is the share of the measured peak.
 */
export function benchTable(records: readonly BenchRecord[]): string {
  const adapters = [...new Set(records.map(({ adapter }) => `${adapter.backend}: ${adapter.name}`))];
  return adapters
    .map((title) => {
      const rows = records.filter(({ adapter }) => `${adapter.backend}: ${adapter.name}` === title).map(rowOf);
      return `${title}\n${alignedTable([HEAD, ...rows])}`;
    })
    .join('\n\n');
}

/**
 * One line for each case: the median on every backend and how many times the first one's (`×`) that is. Cases that only
 * one backend ran are left out. Empty when there are none.
 */
export function ratioTable(records: readonly BenchRecord[]): string {
  const labels = [...new Set(records.map(({ adapter }) => adapterLabel(adapter)))];
  const [base, ...others] = labels;
  const times = new Map<string, Map<string, number>>();
  for (const { kernel, case: id, variant, adapter, medianNs } of records) {
    if (medianNs === null) continue;
    const key = JSON.stringify([kernel, variant === '' ? id : `${id}#${variant}`]);
    const row = times.get(key) ?? new Map<string, number>();
    times.set(key, row.set(adapterLabel(adapter), medianNs));
  }
  const rows = [...times].flatMap(([key, row]) => {
    const baseNs = row.get(base);
    if (row.size < 2 || baseNs === undefined) return [];
    const cells = others.flatMap((label) => {
      const timeNs = row.get(label) ?? null;
      return [timeText(timeNs), timeNs === null ? '-' : `${(timeNs / baseNs).toPrecision(3)} ×`];
    });
    return [[...(JSON.parse(key) as string[]), timeText(baseNs), ...cells]];
  });
  if (rows.length === 0) return '';
  return alignedTable([['kernel', 'case', base, ...others.flatMap((label) => [label, ''])], ...rows]);
}

/** Cells as aligned columns: text left, numbers right. */
export function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A time in the unit that suits it, three figures. */
export function timeText(timeNs: number | null): string {
  if (timeNs === null) return '-';
  const units = [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs']] as const; // prettier-ignore
  for (const [factor, unit] of units) if (timeNs >= factor) return `${(timeNs / factor).toPrecision(3)} ${unit}`;
  return `${Math.round(timeNs)} ns`;
}

function rowOf(record: BenchRecord): string[] {
  const name = record.variant === '' ? record.case : `${record.case}#${record.variant}`;
  if (record.medianNs === null)
    return [record.kernel, name, ...HEAD.slice(3).map(() => '-'), `${record.refcheck}: ${record.problem ?? ''}`];
  return [
    record.kernel,
    name,
    timeText(record.medianNs),
    timeText(record.warmMedianNs),
    percent(record.noise),
    `${record.samplesNs.length} ${record.stop}`,
    number(record.gbPerS),
    percent(record.shareOfPeakBandwidth),
    number(record.gflopPerS),
    percent(record.shareOfPeakArithmetic),
    timeText(record.hostMedianNs),
    record.timer ?? '-',
    record.refcheckBy === 'case' ? 'ok' : 'ok (eval)',
  ];
}

function percent(share: number | null): string {
  return share === null || share === 0 ? '-' : `${(100 * share).toFixed(1)}%`;
}

function number(value: number | null): string {
  return value === null || value === 0 ? '-' : value.toPrecision(3);
}
