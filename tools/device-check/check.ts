// Runs on a machine with a GPU and nothing else: every eval case of every kernel on the adapter against its CPU twin,
// then the perf cases; writes one JSON file. Packed by pack.ts, started by run.sh.
//   check.mjs [--out FILE] [--adapter NAME] [--filter TEXT] [--seconds S a case] [--budget-seconds S] [--no-bench]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Backend } from '@efface/compute';
import {
  benchCase,
  type BenchRecord,
  BenchSubject,
  benchTable,
  benchVersions,
  measureBackend,
} from '@efface/compute/bench';
import { checkCase, type KernelCase, type KernelCases, prepareCase, tuningPoints } from '@efface/compute/testing';
import { peakCopy, peakFma } from '@efface/kernels';
import { openBackend } from '@efface/kernels/backends';
import { allCases } from '@efface/kernels/cases';

/** One run of one case on the adapter. */
interface CaseCheck {
  /** `<kernel-id>:<case-id>` */
  readonly case: string;
  /** Constants of the tuning point; empty at the base. */
  readonly tuning: Readonly<Record<string, number>>;
  readonly robustness: boolean;
  /** What is wrong; empty when the case is right. */
  readonly problems: readonly string[];
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'device-check.json' },
    adapter: { type: 'string' },
    filter: { type: 'string', default: '' },
    seconds: { type: 'string', default: '1' },
    'budget-seconds': { type: 'string', default: '480' },
    'no-bench': { type: 'boolean', default: false },
  },
});

const start = performance.now();
const secondsLeft = (): number => Number(values['budget-seconds']) - (performance.now() - start) / 1000;
const adapter = values.adapter === undefined ? {} : { adapter: values.adapter };
const families = allCases.filter((family) => nameOf(family, '').includes(values.filter.split(':')[0]));

await using backend = await openBackend('webgpu', adapter);
const found = {
  schema: 1,
  ...benchVersions(),
  ...packedVersions(),
  adapter: backend.info,
  host: { processor: cpus()[0]?.model ?? '', threads: availableParallelism() },
  /** False when time ran out before everything was checked and measured. */
  isComplete: true,
  checks: [] as CaseCheck[],
  bench: [] as BenchRecord[],
};
console.log(backend.info.name);

{
  await using unclamped = await openBackend('webgpu', { ...adapter, robustness: false });
  for (const family of families) {
    for (const [n, kernelCase] of family.eval.entries()) {
      if (!nameOf(family, kernelCase.id).includes(values.filter)) continue;
      const points = n === 0 ? [{}, ...tuningPoints(family.kernel)] : [{}];
      for (const [on, robustness] of [
        [backend, true],
        [unclamped, false],
      ] as const)
        // prettier-ignore
        for (const tuning of points) await check(on, family, kernelCase, tuning, robustness);
    }
  }
}
const wrong = found.checks.filter(({ problems }) => problems.length > 0);
console.log(`${found.checks.length - wrong.length} of ${found.checks.length} checks passed`);

if (!values['no-bench']) {
  const measure = await measureBackend(backend, { copy: peakCopy, fma: peakFma });
  const context = { versions: benchVersions(), measure, policy: { maxSeconds: Number(values.seconds) } };
  for (const family of families) {
    for (const kernelCase of family.perf) {
      if (!nameOf(family, kernelCase.id).includes(values.filter)) continue;
      if (isOutOfTime()) continue;
      found.bench.push(await benchCase(backend, new BenchSubject(family, kernelCase), context));
      save();
    }
  }
  console.log(benchTable(found.bench));
}
save();
console.log(`written: ${values.out}`);
process.exitCode = wrong.length > 0 || found.checks.length === 0 || !found.isComplete ? 1 : 0;

async function check(
  on: Backend,
  family: KernelCases,
  kernelCase: KernelCase,
  tuning: Readonly<Record<string, number>>,
  robustness: boolean,
): Promise<void> {
  if (isOutOfTime()) return;
  const name = nameOf(family, kernelCase.id);
  let problems: readonly string[];
  try {
    const failure = await checkCase(on, prepareCase(family.kernel, kernelCase), { constants: tuning, where: name });
    problems = (failure?.problems ?? []).map(({ binding, text }) => `${binding}: ${text}`);
  } catch (error) {
    problems = [String(error)];
  }
  found.checks.push({ case: name, tuning, robustness, problems });
  if (problems.length > 0) console.log(`WRONG ${name} ${JSON.stringify(tuning)} ${problems.join('; ')}`);
  // What was found so far survives a machine that is taken away.
  if (found.checks.length % 100 === 0) save();
}

function isOutOfTime(): boolean {
  if (secondsLeft() > 0) return false;
  if (found.isComplete) console.log(`${values['budget-seconds']} s are over; the rest is left out`);
  found.isComplete = false;
  return true;
}

function nameOf({ kernel }: KernelCases, caseId: string): string {
  return `${kernel.source.id}:${caseId}`;
}

function save(): void {
  writeFileSync(values.out, `${JSON.stringify(found, null, 1)}\n`);
}

/** Commit of the checkout that was packed; there is no git where this runs. */
function packedVersions(): object {
  const path = new URL('./pack.json', import.meta.url);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as object) : {};
}
