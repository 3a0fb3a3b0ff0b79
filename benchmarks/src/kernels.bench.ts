// Benchmarks the kernels on every backend that is there, or compares two runs.
//   node benchmarks/src/kernels.bench.ts [--filter TEXT] [--backend cpu|webgpu] [--seconds S] [--max-mib N] [--json FILE]
//   node benchmarks/src/kernels.bench.ts compare BEFORE.jsonl AFTER.jsonl
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { BackendKind } from '@efface/compute';
import { type BenchRecord, compareRuns, comparisonTable } from '@efface/compute/bench';
import { benchFamilies } from '@efface/kernels/bench';
import { allCases } from '@efface/kernels/cases';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    filter: { type: 'string', default: '' },
    backend: { type: 'string' },
    seconds: { type: 'string', default: '2' },
    'max-mib': { type: 'string', default: '2048' },
    json: { type: 'string' },
  },
});

if (positionals[0] === 'compare') {
  const [, before, after] = positionals;
  if (after === undefined) throw new RangeError('compare needs two files: BEFORE.jsonl AFTER.jsonl');
  const comparisons = compareRuns(readRecords(before), readRecords(after));
  console.log(comparisonTable(comparisons));
  // The verdicts are for people; CI reads this line.
  for (const verdict of ['SLOWER', 'FASTER', 'AMBIGUOUS', 'SAME'])
    console.log(`${verdict}: ${comparisons.filter((c) => c.verdict === verdict).length}`);
} else {
  const { backend } = values;
  if (backend !== undefined && backend !== 'cpu' && backend !== 'webgpu')
    throw new RangeError(`--backend is cpu or webgpu, not ${backend}`);
  const kinds: readonly BackendKind[] = backend === undefined ? ['cpu', 'webgpu'] : [backend];
  const records = await benchFamilies(allCases, console.log, {
    filter: values.filter,
    kinds,
    policy: { maxSeconds: Number(values.seconds) },
    maxCaseBytes: Number(values['max-mib']) * 2 ** 20,
  });
  if (values.json !== undefined)
    writeFileSync(values.json, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  if (records.length === 0) console.log(`no case contains ${values.filter}`);
  process.exitCode = records.some(({ refcheck }) => refcheck === 'failed') ? 1 : 0;
}

function readRecords(path: string): BenchRecord[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter((line) => line !== ''); // prettier-ignore
  return lines.map((line) => JSON.parse(line) as BenchRecord);
}
