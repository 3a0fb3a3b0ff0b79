// How well heads are recognised by voxel size: the IXI heads against second sessions of theirs in larger voxels.
// node packages/cohort/src/audit/evaluate-resolution.ts MODELS-FOLDER [FOLDER-OF-FURTHER-SCANS] (needs the shared data)
import { type Backend, releaseVolume, uploadVolume } from '@efface/compute';
import { downsample } from '@efface/kernels';
import { openBackend } from '@efface/kernels/backends';
import { ATTACKERS, fastGrid, HELD_OUT_GRID, openFaceNetworks, STANDARD_GRID } from '@efface/reidentify';
import { proportionText } from '@efface/report';
import { sharedPath } from '@efface/test-data';
import {
  allocateVoxels,
  ijkToLps,
  spacingMm,
  uniformRescale,
  type Vec3,
  type Volume,
  voxelCount,
} from '@efface/volume';
import { acquirePerson } from './acquire-person.ts';
import { attack, detectionRates, type Entry } from './audit-rates.ts';
import { DEFAULT_CALIBRATION, thresholdsFor } from './calibration.ts';
import { listSubjects, type SubjectSource } from './subjects.ts';

const VOXELS_MM = [2, 3, 4, 5, 6];

/** The scan in cubic voxels, smoothed first as a scanner's larger voxels do; as it is where its voxels are not smaller. */
async function inVoxels(backend: Backend, volume: Volume, voxelMm: number): Promise<Volume> {
  const { grid } = volume;
  const spacing = spacingMm(grid);
  if (spacing.every((mm) => mm > 0.99 * voxelMm)) return volume;
  const factors = spacing.map((mm) => Math.max(1, voxelMm / mm)) as unknown as Vec3;
  const sizeIjk = grid.sizeIjk.map((n, d) => Math.max(1, Math.floor(n / factors[d]))) as unknown as Vec3;
  // The outer border of the first voxel stays where it is.
  const first = ijkToLps(grid, factors.map((factor) => (factor - 1) / 2) as unknown as Vec3);
  const a = grid.affineIjkToLps;
  const affineIjkToLps = [0, 1, 2].flatMap((row) => [...[0, 1, 2].map((d) => a[4 * row + d] * factors[d]), first[row]]);
  const targetGrid = { sizeIjk, affineIjkToLps };
  const source = uploadVolume(backend, 'resolution', volume);
  const buffer = downsample(backend, {
    source,
    sourceGrid: grid,
    rescale: volume.rescale,
    targetGrid,
    outsideValue: 0,
  });
  releaseVolume(backend, source);
  const voxels = allocateVoxels('f32', voxelCount(targetGrid)) as Float32Array;
  voxels.set(new Float32Array(await backend.read(buffer), 0, voxels.length));
  backend.release(buffer);
  return { ...volume, grid: targetGrid, type: 'f32', voxels, rescale: uniformRescale(sizeIjk[2], 1, 0) };
}

const folder = sharedPath('data/ixi_t1_2mm/T1');
if (folder === undefined) throw new Error('the shared data are not beside the checkout');
await using backend = await openBackend('cpu');
await using networks = await openFaceNetworks(process.argv[2]);
const further = process.argv[3] === undefined ? [] : await listSubjects(process.argv[3]);
const sources = [...(await listSubjects(folder)), ...further];
const thresholds = thresholdsFor(DEFAULT_CALIBRATION, '9', networks);

async function look(set: string, source: SubjectSource, options: Parameters<typeof acquirePerson>[3]): Promise<Entry> {
  const acquired = await acquirePerson(backend, networks, source, options);
  const descriptions = 'description' in acquired ? [acquired.description] : [];
  return { set, source, descriptions, ...('failure' in acquired ? { failure: acquired.failure } : {}) };
}

const known: Entry[] = [];
for (const source of sources) known.push(await look('known', source, { grid: fastGrid(STANDARD_GRID) }));
console.log('| voxel, mm | attacker | not acquired | face seen (SSD) | rank-1 | AUC | d′ | TAR 1e-2 |');
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const voxelMm of VOXELS_MM) {
  const again: Entry[] = [];
  for (const [n, source] of sources.entries()) {
    const alter = (volume: Volume): Promise<Volume> => inVoxels(backend, volume, voxelMm);
    again.push(await look(`${voxelMm} mm`, source, { grid: fastGrid(HELD_OUT_GRID), secondSessionSeed: n + 1, alter }));
  }
  const persons = again.map(({ descriptions }) => descriptions);
  const [ssd] = detectionRates([{ name: 'again', persons }], networks.detectors, thresholds);
  for (const attacker of ATTACKERS)
    for (const { rates } of await attack('again', attacker, again, known, networks, thresholds)) {
      const { verification: v, identification: i } = rates;
      console.log(
        `| ${voxelMm} | ${attacker} | ${v.failuresToAcquire} | ${proportionText(ssd.persons)} | ${proportionText(i.rankOne)} | ${v.areaUnderCurve.toFixed(3)} | ${v.dPrime?.toFixed(2) ?? '-'} | ${(100 * v.trueAcceptRateAt1In100).toFixed(1)} % |`,
      );
    }
}
