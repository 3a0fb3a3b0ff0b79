// Benchmarks the kernels on every backend that is there, or compares two runs: `npm run bench:kernels -- --help`.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  adapterLabel, benchTable, type BenchRecord, compareRuns, comparisonTable, ratioTable, timeText,
} from '@efface/compute/bench'; // prettier-ignore
import { BENCH_TARGETS, type BenchTarget, benchFamilies } from '@efface/kernels/bench';
import { allCases } from '@efface/kernels/cases';
import { goalsTable, judgeGoals } from './goals.ts';
import { reportUsageErrors, UsageError } from './usage.ts';

const HELP = `Times the perf cases of the kernels, each after a check against its twin in the same run.

  npm run bench:kernels -- [options]

  --filter TEXT      only cases whose <kernel-id>:<case-id> contains TEXT (may be given several times)
  --backend NAME     ${BENCH_TARGETS.join(' | ')}; several times for several. Default: all that are there,
                     a software GPU only when named
  --seconds S        longest sampling of one case on one backend, cold and warm each (default 1)
  --samples N        most samples of one case on one backend (default 100)
  --max-mib N        leave out cases with more in their buffers (default 2048)
  --json FILE        write the records, one JSON object a line, as they are made
  --compare FILE     compare with an earlier run's FILE; given twice: compare the two files and measure nothing
  --plots FOLDER     write roofline.svg and scaling.svg
  --list             print the names of the cases, those that --filter lets through, and measure nothing

Columns: time and warm are medians on data no cache holds and on the same buffers again; peak is the share of the copy
bandwidth and arithmetic measured in this run; noise is the interquartile range over the median; n the samples and why
there are no more; host is the median with submission and waiting; clock says whether the device's own clock or the
host's was read; check is ok, or ok (eval) where the case is too big and the first small one was checked. Verdicts:
FASTER and SLOWER only when the 95 % intervals of the medians lie apart by more than 2 %, SAME when they hold each
other, else AMBIGUOUS. Exit code 1: a case was wrong.`;

reportUsageErrors();
const { values } = parseArgs({
  options: {
    filter: { type: 'string', multiple: true, default: [] },
    backend: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '1' },
    samples: { type: 'string', default: '100' },
    'max-mib': { type: 'string', default: '2048' },
    json: { type: 'string' },
    compare: { type: 'string', multiple: true, default: [] },
    plots: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const accepts = (name: string): boolean =>
  values.filter.length === 0 || values.filter.some((text) => name.includes(text));
const [before, after] = values.compare;

if (values.help) console.log(HELP);
else if (values.list) listCases();
else if (after !== undefined) printComparison(readRecords(before), readRecords(after));
else await measure();

async function measure(): Promise<void> {
  const earlier = before === undefined ? undefined : readRecords(before);
  if (values.json !== undefined) writeFileSync(values.json, '');
  const records = await benchFamilies(allCases, console.log, {
    accepts,
    ...(values.backend && { targets: values.backend.map(targetOf) }),
    policy: { maxSeconds: positive('seconds'), maxSamples: positive('samples') },
    maxCaseBytes: positive('max-mib') * 2 ** 20,
    onRecord: ({ kernel, case: id, adapter, medianNs, problem }) =>
      process.stderr.write(`${adapterLabel(adapter)} ${kernel}:${id} ${problem ?? timeText(medianNs)}\n`),
  });
  if (values.json !== undefined) for (const record of records) appendFileSync(values.json, lineOf(record));
  console.log(`\n${benchTable(records)}`);
  const ratios = ratioTable(records);
  if (ratios !== '')
    console.log(`\nHow many times the first backend's time (same run, one case after the other)\n${ratios}`);
  const verdicts = judgeGoals(records);
  if (verdicts.length > 0)
    console.log(
      `\nGoals: ${verdicts.filter(({ isMet }) => isMet).length} of ${verdicts.length} met\n${goalsTable(verdicts)}`,
    );
  if (values.plots !== undefined) {
    // Here, so that nothing else needs the plotting library.
    const { writePlots } = await import('./plots.ts');
    await writePlots(records, values.plots);
  }
  if (earlier !== undefined) printComparison(earlier, records);
  if (records.length === 0) console.log('nothing was measured; --list prints the cases');
  process.exitCode = records.some(({ refcheck }) => refcheck === 'failed') ? 1 : 0;
}

function listCases(): void {
  for (const { kernel, perf } of allCases) {
    for (const { id } of perf) if (accepts(`${kernel.source.id}:${id}`)) console.log(`${kernel.source.id}:${id}`);
  }
}

function printComparison(earlier: readonly BenchRecord[], later: readonly BenchRecord[]): void {
  const comparisons = compareRuns(earlier, later);
  console.log(`\n${comparisonTable(comparisons)}`);
  for (const verdict of ['SLOWER', 'FASTER', 'AMBIGUOUS', 'SAME'])
    console.log(`${verdict}: ${comparisons.filter((c) => c.verdict === verdict).length}`);
}

/** A record as one line; times in whole ns, which no clock here beats. */
function lineOf(record: BenchRecord): string {
  return `${JSON.stringify({ ...record, samplesNs: record.samplesNs.map(Math.round) })}\n`;
}

function readRecords(path: string): BenchRecord[] {
  if (!existsSync(path)) throw new UsageError(`${path} is not there; --json FILE writes one`);
  const lines = readFileSync(path, 'utf8').split('\n').filter((line) => line !== ''); // prettier-ignore
  try {
    return lines.map((line) => JSON.parse(line) as BenchRecord);
  } catch {
    throw new UsageError(`${path} holds no records: one JSON object a line, as --json FILE writes them`);
  }
}

function targetOf(name: string): BenchTarget {
  const target = BENCH_TARGETS.find((known) => known === name);
  if (target === undefined) throw new UsageError(`--backend is one of ${BENCH_TARGETS.join(', ')}, not ${name}`);
  return target;
}

function positive(option: 'seconds' | 'samples' | 'max-mib'): number {
  const value = Number(values[option]);
  if (!(value > 0)) throw new UsageError(`--${option} is a number above 0, not ${values[option]}`);
  return value;
}
