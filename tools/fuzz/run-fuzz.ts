import { fork } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBases } from './dicom-bases.ts';
import { type CaseResult } from './run-case.ts';

/** A case that takes longer hangs. */
const CASE_LIMIT_MS = 10_000;

/** Young and old generation of a child together; the inputs are tiny. */
const HEAP_MIB = 192;

/** Files of cases live for milliseconds; a disk would only be slow. */
const MEMORY_FOLDER = '/dev/shm';

/** Cases a child is told at a time. */
const BATCH = 32;

export interface FuzzOptions {
  readonly seed: number;
  readonly cases: readonly number[];
  readonly processes: number;
  readonly onCase?: (result: CaseResult, done: number) => void;
}

/** What a run came to. */
export interface FuzzReport {
  readonly results: number;
  /** How often each step of each kind ended how. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly kinds: ReadonlyMap<string, { readonly count: number; readonly ms: number }>;
  readonly failed: readonly CaseResult[];
  readonly slowest: CaseResult | undefined;
  readonly seconds: number;
}

/** Runs cases in child processes with a bounded heap; one that hangs or ends is replaced, and its case is a failure. */
export async function runFuzz({ seed, cases, processes, onCase }: FuzzOptions): Promise<FuzzReport> {
  const folder = mkdtempSync(join(existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'efface-fuzz-'));
  try {
    const bases = join(folder, 'bases');
    await writeBases(bases);
    const started = performance.now();
    const report = { results: 0, outcomes: new Map<string, number>(), kinds: new Map<string, { count: number; ms: number }>(), failed: [] as CaseResult[], slowest: undefined as CaseResult | undefined, seconds: 0 }; // prettier-ignore
    const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);
    const note = (result: CaseResult): void => {
      report.results++;
      const { count: nBefore, ms } = report.kinds.get(result.kind) ?? { count: 0, ms: 0 };
      report.kinds.set(result.kind, { count: nBefore + 1, ms: ms + result.ms });
      for (const outcome of result.outcomes) count(report.outcomes, `${result.kind}\t${outcome}`);
      if (result.problems.length > 0) report.failed.push(result);
      if (!report.slowest || result.ms > report.slowest.ms) report.slowest = result;
      onCase?.(result, report.results);
    };
    const queue = new Queue(cases);
    const lane = async (_: unknown, n: number): Promise<void> => {
      for (let start = 0; !queue.isEmpty; start++)
        await runChild([String(seed), join(folder, `lane-${n}-${start}`), bases], queue, note);
    };
    await Promise.all(Array.from({ length: Math.min(processes, cases.length) }, lane));
    report.seconds = (performance.now() - started) / 1000;
    return report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Cases that are still to be run; those of a child that ended come back. */
class Queue {
  #cases: number[];

  constructor(cases: readonly number[]) {
    this.#cases = [...cases];
  }

  get isEmpty(): boolean {
    return this.#cases.length === 0;
  }

  take(): number[] {
    return this.#cases.splice(0, BATCH);
  }

  giveBack(cases: readonly number[]): void {
    this.#cases.unshift(...cases);
  }
}

/** One child until there is nothing left to do, or it is no more. */
async function runChild(
  [seed, own, bases]: readonly [string, string, string],
  queue: Queue,
  note: (result: CaseResult) => void,
): Promise<void> {
  const [folder, cwd] = [join(own, 'cases'), join(own, 'work')];
  mkdirSync(folder, { recursive: true });
  mkdirSync(cwd);
  const child = fork(join(import.meta.dirname, 'worker.ts'), [seed, folder, bases], {
    cwd,
    execArgv: [`--max-old-space-size=${HEAP_MIB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let words = '';
  child.stderr?.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-1500)));
  let waiting: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  let hangs = false;
  const watch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      hangs = true;
      child.kill('SIGKILL');
    }, CASE_LIMIT_MS);
  };
  let made: Pick<CaseResult, 'kind' | 'what'> = { kind: 'none', what: [] };
  child.on('message', (message: 'ready' | CaseResult | typeof made) => {
    if (typeof message === 'object' && !('n' in message)) {
      made = message;
      return;
    }
    if (message !== 'ready') {
      waiting.shift();
      note(message);
    }
    watch();
    if (waiting.length > 0) return;
    waiting = queue.take();
    if (waiting.length > 0) child.send(waiting);
    else {
      clearTimeout(timer);
      child.disconnect();
    }
  });
  const how = await new Promise<string>((resolve) =>
    child.on('exit', (code, signal) => resolve(`${code ?? signal ?? '?'}`)),
  );
  clearTimeout(timer);
  const left = readdirSync(cwd);
  const [n, ...others] = waiting;
  queue.giveBack(others);
  const problems = [
    ...(left.length > 0 ? [`left in the working directory: ${left.join()}`] : []),
    ...(n === undefined
      ? []
      : [hangs ? `took longer than ${CASE_LIMIT_MS} ms` : `the process ended (${how}): ${words}`]),
  ];
  if (problems.length > 0) note({ n: n ?? -1, ...made, outcomes: [], problems, ms: CASE_LIMIT_MS });
}
