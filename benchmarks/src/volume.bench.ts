// Whole volumes: wall time of `efface deface` by stage, peak memory, and the floor (reading and writing the same file
// and nothing else) in the same run, by each method on each backend asked for. Runs alternate, medians and ratios are printed.
// node benchmarks/src/volume.bench.ts [--runs N] [--method NAME]… [--backend NAME]… [--input ct|mr] [--json FILE]
import { writeNifti } from '@efface/io';
import { generateHead } from '@efface/test-data';
import { type Vec3, voxelCount } from '@efface/volume';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    json: { type: 'string' },
    backend: { type: 'string', multiple: true, default: ['cpu', 'webgpu'] },
    method: { type: 'string', multiple: true, default: ['quickshear'] },
    input: { type: 'string', default: '' },
  },
});
const root = join(import.meta.dirname, '..', '..');
const cli = join(root, 'packages/cli/dist/efface.mjs');
const cache = join(root, 'node_modules/.cache/efface/bench-inputs');
const scratch = join(tmpdir(), `efface-bench-${process.pid}`);

interface Input {
  readonly name: string;
  readonly contrast: 'ct' | 't1';
  readonly sizeIjk: Vec3;
  readonly spacingMm: Vec3;
  /** Bytes of one stored voxel. */
  readonly voxelBytes: number;
}

const INPUTS: readonly Input[] = [
  { name: 'ct-512x512x200.nii', contrast: 'ct', sizeIjk: [512, 512, 200], spacingMm: [0.5, 0.5, 1.25], voxelBytes: 2 },
  {
    name: 'ct-512x512x200.nii.gz',
    contrast: 'ct',
    sizeIjk: [512, 512, 200],
    spacingMm: [0.5, 0.5, 1.25],
    voxelBytes: 2,
  },
  { name: 'mr-256x256x256.nii.gz', contrast: 't1', sizeIjk: [256, 256, 256], spacingMm: [1, 1, 1], voxelBytes: 2 },
];

/** One measured run of the product. */
interface Run {
  readonly wallMs: number;
  readonly stagesMs: Readonly<Record<string, number>>;
  readonly peakBytes: number;
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)];
}

async function makeInput({ name, contrast, sizeIjk, spacingMm: [di, dj, dk] }: Input): Promise<string> {
  const path = join(cache, name);
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  const [ni, nj, nk] = sizeIjk;
  const affineIjkToLps = [
    di,
    0,
    0,
    (-di * (ni - 1)) / 2,
    0,
    dj,
    0,
    (-dj * (nj - 1)) / 2,
    0,
    0,
    dk,
    (-dk * (nk - 1)) / 2,
  ];
  await writeNifti(path, generateHead({ seed: 7, contrast, grid: { sizeIjk, affineIjkToLps } }).volume);
  return path;
}

function floorMs(path: string): number {
  const printed = execFileSync(process.execPath, [join(import.meta.dirname, 'floor.ts'), path, join(scratch, 'floor')]);
  return Number(printed.toString());
}

/** Largest wall time without pictures and recognition, s, on two CPU cores; goals of the methods. */
const GOALS_S: Readonly<Record<string, number>> = {
  quickshear: 2,
  'depth-mask': 4,
  'biometric-mask': 6,
  reface: 25,
};

function runOnce(path: string, method: string, backend: string): Run {
  const out = join(scratch, 'out');
  rmSync(out, { recursive: true, force: true });
  const begin = process.hrtime.bigint();
  execFileSync(
    process.execPath,
    [cli, 'deface', path, out, '--method', method, '--backend', backend, '--no-pictures', '--verify', 'off', '--quiet'],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const wallMs = Number(process.hrtime.bigint() - begin) / 1e6;
  const record = JSON.parse(readFileSync(join(out, 'record.json'), 'utf8')) as {
    readonly verdict: string;
    readonly timingsMs: Record<string, number>;
    readonly peakRssBytes: number;
  };
  // A time without a right result is no time.
  if (record.verdict === 'fail') throw new Error(`${path} on ${backend}: ${method} failed its checks`);
  return { wallMs, stagesMs: record.timingsMs, peakBytes: record.peakRssBytes };
}

function goalText(method: string, backend: string): string {
  return backend === 'cpu' && method in GOALS_S ? ` (goal ${GOALS_S[method] * 1000})` : '';
}

const rows: Record<string, unknown>[] = [];
console.log(
  `${cpus()[0].model}, ${availableParallelism()} cores, Node ${process.version}, median of ${options.runs} runs\n`,
);
try {
  const ways = options.method.flatMap((method) => options.backend.map((backend) => ({ method, backend })));
  for (const input of INPUTS.filter(({ name }) => name.startsWith(options.input))) {
    const path = await makeInput(input);
    const floors: number[] = [];
    const runs = ways.map((way) => ({ ...way, samples: [] as Run[] }));
    for (let n = 0; n < Number(options.runs); n++) {
      floors.push(floorMs(path));
      for (const { method, backend, samples } of runs) samples.push(runOnce(path, method, backend));
    }
    const floor = median(floors);
    const allowedMiB =
      (4 * voxelCount({ sizeIjk: input.sizeIjk, affineIjkToLps: [] }) * input.voxelBytes) / 2 ** 20 + 300;
    for (const { method, backend, samples } of runs) {
      const wall = median(samples.map((run) => run.wallMs));
      const work = median(samples.map((run) => run.stagesMs['total']));
      const typical = samples.find((run) => run.stagesMs['total'] === work) ?? samples[0];
      const peakMiB = Math.max(...samples.map((run) => run.peakBytes)) / 2 ** 20;
      rows.push({
        input: input.name,
        method,
        backend,
        wallMs: wall,
        workMs: work,
        floorMs: floor,
        ratio: work / floor,
        peakMiB,
        allowedMiB,
        stagesMs: typical.stagesMs,
      });
      const stages = Object.entries(typical.stagesMs).map(([stage, ms]) => `${stage} ${ms.toFixed(0)}`);
      console.log(
        `${input.name}, ${method} on ${backend}: process ${wall.toFixed(0)} ms${goalText(method, backend)}, work ${work.toFixed(0)} ms = ` +
          `${(work / floor).toFixed(2)} × floor of ${floor.toFixed(0)} ms; peak ${peakMiB.toFixed(0)} MiB of ${allowedMiB.toFixed(0)}`,
      );
      console.log(`  stages, ms: ${stages.join(', ')}\n`);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
