// How many cases a minute a cohort of generated heads goes through, by each way of sharing the cores out, beside the floor: reading
// and writing the same files and nothing else, by as many processes. What was written is counted and looked at before a rate is printed.
// node benchmarks/src/cohort.bench.ts [--cases 200] [--heads 20] [--spacing-mm 1.5] [--method NAME]… [--workers PROCESSESxTHREADS]…
//   [--verify fast|off] [--json FILE]       (heads are distinct people; further cases are copies of their files)
import { writeNifti } from '@efface/io';
import { generateHead } from '@efface/test-data';
import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '200' },
    heads: { type: 'string', default: '20' },
    'spacing-mm': { type: 'string', default: '1.5' },
    method: { type: 'string', multiple: true, default: ['quickshear', 'depth-mask'] },
    workers: {
      type: 'string',
      multiple: true,
      default: [`${availableParallelism()}x1`, `1x${availableParallelism()}`],
    },
    verify: { type: 'string', default: 'fast' },
    json: { type: 'string' },
  },
});
const bundle = join(import.meta.dirname, '../../packages/cli/dist/efface.mjs');
if (!existsSync(bundle)) throw new Error('there is no bundle: npm run build');
const scratch = mkdtempSync(join(tmpdir(), 'efface-throughput-'));
const nCases = Number(options.cases);
const run = promisify(execFile);

/** The cases as files of one folder. */
async function makeHeads(): Promise<string[]> {
  const folder = join(scratch, 'heads');
  mkdirSync(folder);
  const mm = Number(options['spacing-mm']);
  const files: string[] = [];
  for (let n = 0; n < nCases; n++) {
    const path = join(folder, `head-${String(n).padStart(4, '0')}.nii.gz`);
    const seed = n % Number(options.heads);
    if (n === seed)
      await writeNifti(path, generateHead({ seed, contrast: 't1', spacingMm: [mm, mm, mm], noise: 8 }).volume); // prettier-ignore
    else copyFileSync(files[seed], path);
    files.push(path);
  }
  return files;
}

/** Seconds to read and write all files, shared out among processes. */
async function floorSeconds(files: readonly string[], processes: number): Promise<number> {
  const shares = Array.from({ length: processes }, (_, n) => files.filter((__, m) => m % processes === n));
  const printed = await Promise.all(
    shares.map((own, n) => run(process.execPath, [join(import.meta.dirname, 'floor.ts'), ...own, join(scratch, `floor-${n}`)])),
  ); // prettier-ignore
  return Math.max(...printed.map(({ stdout }) => Number(stdout))) / 1000;
}

function efface(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundle, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 }); // prettier-ignore
  if (status !== 0) throw new Error(`efface ${args.join(' ')} ended with ${status}\n${stderr}`);
  return stdout;
}

interface Row {
  readonly method: string;
  readonly workers: string;
  readonly casesPerMinute: number;
  readonly floorPerMinute: number;
  readonly ofFloor: number;
}

const rows: Row[] = [];
try {
  const files = await makeHeads();
  console.log(`${nCases} cases of ${options.heads} generated T1 heads at ${options['spacing-mm']} mm, --verify ${options.verify}; ${cpus()[0].model}, ${availableParallelism()} cores\n`); // prettier-ignore
  for (const method of options.method)
    for (const workers of options.workers) {
      const [processes, threads] = workers.split('x').map(Number);
      if (!(processes > 0 && threads > 0)) throw new Error(`--workers ${workers}: PROCESSESxTHREADS was expected, such as 2x1`); // prettier-ignore
      const cohort = join(scratch, 'cohort');
      efface('cohort', 'plan', join(scratch, 'heads'), cohort, '--methods', method, '--verify', options.verify, '--modality', 'MR', '--no-pictures', '-q'); // prettier-ignore
      const floor = await floorSeconds(files, processes);
      const facts = JSON.parse(efface('cohort', 'run', cohort, '--backend', 'cpu', '--workers', String(processes), '--threads', String(threads), '--json')) as { readonly seconds: number; readonly verdicts: { readonly pass: number; readonly review: number } }; // prettier-ignore
      const images = globSync('cases/*/*/*.nii.gz', { cwd: cohort }).length;
      if (images !== nCases || facts.verdicts.pass + facts.verdicts.review !== nCases)
        throw new Error(`${method}, ${workers}: ${images} images of ${nCases} cases: a rate of less is no rate`);
      const row = { method, workers, casesPerMinute: (60 * nCases) / facts.seconds, floorPerMinute: (60 * nCases) / floor, ofFloor: floor / facts.seconds }; // prettier-ignore
      rows.push(row);
      console.log(`${method}, ${workers}: ${row.casesPerMinute.toFixed(1)} cases a minute, ${(100 * row.ofFloor).toFixed(1)} % of the floor of ${row.floorPerMinute.toFixed(0)} (goal 60 %)`); // prettier-ignore
      rmSync(cohort, { recursive: true });
    }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
