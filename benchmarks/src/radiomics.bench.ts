// First-order features of twelve structures of a planning CT before and after defacing, from one read of both, beside
// PyRadiomics where it is installed. Ratios of one run; no time without its check.
// node benchmarks/src/radiomics.bench.ts [--runs 5] [--python PYTHON] [--json FILE]
import { type Backend, releaseVolume, uploadVolume } from '@efface/compute';
import { writeNifti } from '@efface/io';
import {
  type FirstOrderFeatures, firstOrderFromValues, firstOrderOfStructures, PYRADIOMICS_FIRST_ORDER_NAMES,
  type StructureFeatures,
} from '@efface/kernels'; // prettier-ignore
import { openBackend } from '@efface/kernels/backends';
import { generateHead } from '@efface/test-data';
import { allocateShared, maskHas, uniformRescale, type Volume, voxelVolumeMm3 } from '@efface/volume';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, python: { type: 'string', default: 'python3' }, json: { type: 'string' } },
}); // prettier-ignore
const nRuns = Number(options.runs);
const cores = availableParallelism();

const SIZE = [512, 512, 200] as const;
const [ni, nj, nk] = SIZE;
const affineIjkToLps = [0.5, 0, 0, -127.75, 0, 0.5, 0, -127.75, 0, 0, 1.25, -124.375];
const { volume, truth } = generateHead({ seed: 7, contrast: 'ct', grid: { sizeIjk: SIZE, affineIjkToLps } });
const structures = truth.structures.filter(({ name }) => name !== 'BODY');
const before = volume.voxels as Int16Array;
// What quickshear would do, roughly: a half-space in front becomes air.
const after = before.slice();
const bits = new Uint32Array(allocateShared(4 * before.length));
for (let k = 0, v = 0; k < nk; k++)
  for (let j = 0; j < nj; j++)
    for (let i = 0; i < ni; i++, v++) {
      if (2 * j + 3 * k < 420) after[v] = -1000;
      for (let n = 0; n < structures.length; n++) if (maskHas(structures[n].mask, i, j, k)) bits[v] |= 1 << n;
    }
const defaced: Volume = { ...volume, voxels: after };

/** In closed form, from plain lists: what both must give. */
function reference(voxels: Int16Array, n: number): FirstOrderFeatures {
  const values = [];
  for (let v = 0; v < voxels.length; v++) if ((bits[v] >>> n) & 1) values.push(voxels[v]);
  const found = firstOrderFromValues(values, { voxelVolumeMm3: voxelVolumeMm3(volume.grid) });
  assert(found);
  return found;
}

const KEYS = Object.keys(PYRADIOMICS_FIRST_ORDER_NAMES) as (keyof FirstOrderFeatures)[];
const expected = [before, after].map((voxels) => structures.map((_, n) => reference(voxels, n)));

function assertNear(found: number, wanted: number, what: string): void {
  assert(Math.abs(found - wanted) <= 1e-9 * Math.max(Math.abs(wanted), 1e-3), `${what}: ${found} is not ${wanted}`);
}

function check(found: readonly StructureFeatures[]): void {
  found.forEach(({ original, defaced: own }, n) => {
    assert(original && own);
    for (const key of KEYS) {
      assertNear(original[key], expected[0][n][key], `${structures[n].name} ${key}`);
      assertNear(own[key], expected[1][n][key], `${structures[n].name} ${key}, defaced`);
    }
  });
}

async function timeMs(backend: Backend): Promise<number> {
  const original = uploadVolume(backend, 'original', volume);
  const other = uploadVolume(backend, 'defaced', defaced);
  const labels = backend.createBuffer('labels', bits.byteLength, bits);
  const request = { original, defaced: other, labels, structureCount: structures.length, voxelVolumeMm3: voxelVolumeMm3(volume.grid) }; // prettier-ignore
  check(await firstOrderOfStructures(backend, request));
  const samples: number[] = [];
  for (let run = 0; run < nRuns; run++) {
    const start = performance.now();
    await firstOrderOfStructures(backend, request);
    samples.push(performance.now() - start);
  }
  releaseVolume(backend, original);
  releaseVolume(backend, other);
  backend.release(labels);
  return samples.sort((a, b) => a - b)[samples.length >> 1];
}

interface PeerResult {
  readonly version: string;
  readonly seconds: number;
  readonly features: readonly (readonly Readonly<Record<string, number>>[])[];
}

/** PyRadiomics on the same voxels, or why there is none. */
async function peer(workers: number): Promise<PeerResult | string> {
  const { status } = spawnSync(options.python, ['-c', 'import radiomics, SimpleITK']);
  if (status !== 0)
    return `${options.python} has no pyradiomics (pip install pyradiomics; --python names another Python)`;
  const folder = mkdtempSync(join(tmpdir(), 'efface-peer-'));
  try {
    const paths = ['original', 'defaced', 'bits'].map((name) => join(folder, `${name}.nii`));
    await writeNifti(paths[0], volume);
    await writeNifti(paths[1], defaced);
    const packed: Volume = { grid: volume.grid, type: 'u32', voxels: bits, rescale: uniformRescale(nk, 1, 0), modality: 'OT', unit: 'arbitrary' }; // prettier-ignore
    await writeNifti(paths[2], packed);
    const script = join(import.meta.dirname, '../peers/pyradiomics_first_order.py');
    const { stdout, stderr } = spawnSync(options.python, [script, ...paths, String(structures.length), String(workers)], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    }); // prettier-ignore
    const line = stdout.trim().split('\n').at(-1) ?? '';
    return line.startsWith('{') ? (JSON.parse(line) as PeerResult) : `PyRadiomics failed: ${stderr.trim().split('\n').at(-1) ?? ''}`; // prettier-ignore
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The features of PyRadiomics are the same, or there is no ratio. */
function checkPeer({ features }: PeerResult): void {
  features.forEach((list, image) => {
    list.forEach((own, n) => {
      for (const key of KEYS) {
        const value = own[PYRADIOMICS_FIRST_ORDER_NAMES[key]];
        if (value !== undefined)
          assertNear(value, expected[image][n][key], `PyRadiomics, ${structures[n].name} ${key}`);
      }
    });
  });
}

console.log(`${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${cores} threads; CT ${SIZE.join('×')}, ${structures.length} structures, original and defaced\n`); // prettier-ignore
const rows: { readonly what: string; readonly ms: number; readonly peerRatio?: number }[] = [];
for (const threads of cores === 1 ? [1] : [1, cores]) {
  await using backend = await openBackend('cpu', { threads });
  const ms = await timeMs(backend);
  const other = await peer(threads);
  if (typeof other === 'string') {
    rows.push({ what: `CPU, ${threads} threads`, ms });
    console.log(`${threads} threads: ${ms.toFixed(0)} ms; ${other}`);
    continue;
  }
  checkPeer(other);
  const peerRatio = (1000 * other.seconds) / ms;
  rows.push({ what: `CPU, ${threads} threads`, ms, peerRatio });
  console.log(`${threads} threads: ${ms.toFixed(0)} ms; PyRadiomics ${other.version} in ${threads} processes ${(1000 * other.seconds).toFixed(0)} ms, the same values to 1e-9: ${peerRatio.toFixed(0)} × (goal 20)`); // prettier-ignore
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ size: SIZE, structures: structures.length, rows }, null, 2)}\n`); // prettier-ignore
