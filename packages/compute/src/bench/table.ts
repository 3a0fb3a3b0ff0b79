import type { BenchRecord } from './record.ts';

const HEAD = ['kernel', 'case', 'time', 'noise', 'n', 'GB/s', 'peak', 'GFLOP/s', 'peak', 'host', 'clock', 'check'];

/** Records as aligned lines, one table for each adapter. Times are medians, `peak` the share of the measured peak. */
export function benchTable(records: readonly BenchRecord[]): string {
  const adapters = [...new Set(records.map(({ adapter }) => `${adapter.backend}: ${adapter.name}`))];
  return adapters
    .map((title) => {
      const rows = records.filter(({ adapter }) => `${adapter.backend}: ${adapter.name}` === title).map(rowOf);
      return `${title}\n${alignedTable([HEAD, ...rows])}`;
    })
    .join('\n\n');
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
