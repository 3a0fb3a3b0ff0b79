import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '@efface/benchmarks/usage';
import { benchVersions } from '@efface/compute/bench';
import { availableBackends } from '@efface/kernels/backends';
import { allCases } from '@efface/kernels/cases';
import { benchKernels, runOperations } from './bench.ts';
import { checkCases } from './cases.ts';
import { caseName, type PartContext, type PartResult, type Versions } from './part.ts';
import { sweepTuning } from './sweep.ts';

const PARTS: Readonly<Record<string, (context: PartContext) => Promise<PartResult>>> = {
  cases: checkCases,
  bench: benchKernels,
  sweep: sweepTuning,
  operations: runOperations,
};

const HELP = `Checks and times the kernels on the GPU of this machine.

  sh run.sh [options] [cases] [bench] [sweep] [operations]

  cases         every eval case against its CPU twin, with and without robust accesses
  bench         perf cases on the GPU, on all threads of the processor and on one, and their ratios
  sweep         every tuning point of every kernel on one perf case: which is fastest
  operations    whole operations against closed forms and goals
                Default: all four, each with its share of the time.

  --out FOLDER          where the results go (default device-check-results)
  --budget-seconds S    time for everything, start-up left out (default 510)
  --seconds S           longest sampling of one case on one backend (default 0.5)
  --filter TEXT         only cases and operations whose name contains TEXT (may be given several times)
  --max-mib N           leave out perf cases that move more (default 2048)

The adapter is the system's first; EFFACE_ADAPTER names another. Exit code 1: something was wrong, or not every case
could be checked in the time.`;

/** The whole check. Returns the exit code. `workerUrl`: what CPU workers are started with. Throws UsageError. */
export async function runDeviceCheck(args: string[], workerUrl: URL): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      out: { type: 'string', default: 'device-check-results' },
      'budget-seconds': { type: 'string', default: '510' },
      seconds: { type: 'string', default: '0.5' },
      filter: { type: 'string', multiple: true, default: [] },
      'max-mib': { type: 'string', default: '2048' },
      help: { type: 'boolean', default: false },
    },
  });
  const parts = positionals.length === 0 ? Object.keys(PARTS) : positionals;
  const unknown = parts.find((part) => !(part in PARTS));
  if (unknown !== undefined) throw new UsageError(`${unknown} is not a part; ${Object.keys(PARTS).join(', ')} are`);
  for (const option of ['budget-seconds', 'seconds', 'max-mib'] as const)
    if (!(Number(values[option]) > 0)) throw new UsageError(`--${option} is a number above 0, not ${values[option]}`);
  if (values.help) {
    console.log(HELP);
    return 0;
  }

  const accepts = (name: string): boolean =>
    values.filter.length === 0 || values.filter.some((text) => name.includes(text));
  const families = allCases.filter((family) =>
    [...family.eval, ...family.perf].some((kernelCase) => accepts(caseName(family.kernel, kernelCase))),
  );
  mkdirSync(values.out, { recursive: true });
  const start = performance.now();
  const secondsSpent = (): number => (performance.now() - start) / 1000;
  const save = (file: string, text: string): void => writeFileSync(join(values.out, file), text);
  const print = (text: string): void => {
    console.log(text);
    // Parts may be run one after the other into the same folder.
    appendFileSync(join(values.out, 'summary.txt'), `${text}\n`);
  };

  const adapters = (await availableBackends()).filter(({ kind }) => kind === 'webgpu');
  const host = { processor: cpus()[0]?.model.trim() ?? '', threads: availableParallelism() };
  const versions = { ...benchVersions(), ...packedVersions() };
  const run = { schema: 1, ...versions, adapters, host };
  for (const adapter of adapters) print('info' in adapter ? adapter.info.name : adapter.missing);
  print(
    `${host.processor}, ${host.threads} threads; Node.js ${run.node}, ${run.dawn}, commit ${run.commit || 'unknown'}`,
  );

  const results = earlierResults(join(values.out, 'run.json'), versions);
  let isSound = true;
  for (const [n, part] of parts.entries()) {
    // What a part leaves of its share is for those after it.
    const begin = secondsSpent();
    const deadline = begin + (Number(values['budget-seconds']) - begin) / (parts.length - n);
    const result = await runPart(part, {
      families,
      accepts,
      open: { workerUrl },
      policy: { maxSeconds: Number(values.seconds) },
      versions,
      maxBytes: Number(values['max-mib']) * 2 ** 20,
      isOutOfTime: () => secondsSpent() > deadline,
      progress: (text) => process.stderr.write(`${secondsSpent().toFixed(0).padStart(4)} s  ${text}\n`),
      print,
      save,
    });
    results[part] = { ...result, seconds: secondsSpent() - begin };
    print(`${part}: ${result.wrong.length} wrong, ${result.leftOut} left out for want of time\n`);
    isSound &&= result.wrong.length === 0 && (part !== 'cases' || result.leftOut === 0);
    save('run.json', `${JSON.stringify({ ...run, parts: results }, null, 1)}\n`);
  }
  console.log(`written to ${values.out}`);
  return isSound ? 0 : 1;
}

/** Results of other parts that an earlier run of the same code left in the folder. */
function earlierResults(path: string, { commit }: Versions): Record<string, PartResult & { readonly seconds: number }> {
  if (!existsSync(path)) return {};
  const earlier = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly commit: string;
    readonly parts: Record<string, PartResult & { readonly seconds: number }>;
  };
  return earlier.commit === commit ? earlier.parts : {};
}

/** A part that breaks off does not keep those after it from running. */
async function runPart(part: string, context: PartContext): Promise<PartResult> {
  try {
    return await PARTS[part](context);
  } catch (error) {
    context.print(`${part} broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return { wrong: [`${part} broke off`], leftOut: 0 };
  }
}

/** Commit of the checkout that was packed; there is no git where this runs. */
function packedVersions(): Partial<Versions> {
  const path = new URL('./pack.json', import.meta.url);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<Versions>) : {};
}
