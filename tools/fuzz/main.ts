// Damaged and hostile inputs by the thousand: `npm run fuzz -- --cases 20000 --seed 3`, one of them: `--only N`.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type CaseResult } from './run-case.ts';
import { runFuzz } from './run-fuzz.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '2000' },
    from: { type: 'string', default: '0' },
    only: { type: 'string', multiple: true },
    processes: { type: 'string', default: String(availableParallelism()) },
  },
});
const first = Number(values.from);
const cases = values.only?.map(Number) ?? Array.from({ length: Number(values.cases) }, (_, n) => first + n);

function tell({ n, kind, what, outcomes, problems, ms }: CaseResult): void {
  console.log(`case ${n} (${kind}, ${ms.toFixed(0)} ms): ${what.join('; ')}`);
  for (const outcome of outcomes) console.log(`  ${outcome}`);
  for (const problem of problems) console.log(`  PROBLEM ${problem}`);
}

const report = await runFuzz({
  seed: Number(values.seed),
  cases,
  processes: Number(values.processes),
  onCase: (result, done) => {
    if (values.only || result.problems.length > 0) tell(result);
    else if (done % 2000 === 0) console.log(`${done} cases`);
  },
});

console.log(`\nseed ${values.seed}: ${report.results} cases in ${report.seconds.toFixed(1)} s, ${(report.results / report.seconds).toFixed(0)} a second`); // prettier-ignore
for (const [kind, { count, ms }] of [...report.kinds].sort()) console.log(`${kind}: ${count} cases, ${(ms / count).toFixed(1)} ms each`); // prettier-ignore
for (const [outcome, count] of [...report.outcomes].sort()) console.log(`${outcome.replace('\t', ' | ')} | ${count}`);
if (report.slowest) console.log(`slowest: case ${report.slowest.n}, ${report.slowest.ms.toFixed(0)} ms`);
console.log(`${report.failed.length} with problems${report.failed.length > 0 ? `: ${report.failed.map(({ n }) => n).join(', ')}` : ''}`); // prettier-ignore
if (report.failed.length > 0) process.exitCode = 1;
