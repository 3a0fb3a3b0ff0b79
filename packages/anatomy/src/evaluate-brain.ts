/**
 * The brain mask against 60 reference masks: `node packages/anatomy/src/evaluate-brain.ts [--backend cpu|webgpu]`.
 * Prints one line per head and a summary per half. The average brain and all constants were made with the heads of
 * the half called "made with"; the other half took part in no choice.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Backend } from '@efface/compute';
import { openNifti } from '@efface/io';
import { resampleMask } from '@efface/kernels';
import { openBackend } from '@efface/kernels/backends';
import { sharedPath } from '@efface/test-data';
import {
  type Grid, type GridMask, type Mask, maskCount, maskFromNonzero, maskToBytes, overlapCount, sameGrid, voxelVolumeMm3,
  wordsPerRow,
} from '@efface/volume'; // prettier-ignore
import { analyseHead, type HeadAnatomy } from './analyse-head.ts';
import { distanceMm, hausdorff95Mm } from './testing/mask-distance.ts';

/** The keep-out distance of the defacing methods: no voxel nearer to the brain is altered. */
const KEEP_OUT_MM = 5;

/** One head with a reference. */
export interface ReferenceHead {
  readonly name: string;
  readonly imagePath: string;
  readonly labelPath: string;
  /** Was this head used to make the method? */
  readonly half: 'made with' | 'held out';
}

/** How well one brain mask agrees with its reference. */
export interface BrainScore {
  readonly head: ReferenceHead;
  readonly dice: number;
  readonly hausdorff95Mm: number;
  /** Share of the reference farther than the keep-out distance from the mask, %. */
  readonly leftOutPercent: number;
  readonly volumeMl: number;
  readonly referenceMl: number;
  readonly timeMs: number;
  readonly anatomy: HeadAnatomy;
}

/** The heads of the shared data set in order of their names; empty when it is not there. */
export function referenceHeads(): ReferenceHead[] {
  const folder = sharedPath('data/ixi_t1_2mm');
  if (folder === undefined) return [];
  const files = readdirSync(join(folder, 'T1')).sort();
  return files.map((file, n) => ({
    name: file.replace('_T1.nii.gz', ''),
    imagePath: join(folder, 'T1', file),
    labelPath: join(folder, 'DLMUSE', file.replace('_T1', '_T1_DLMUSE')),
    half: n % 2 === 1 ? 'made with' : 'held out',
  }));
}

/** A mask on another grid (nearest voxel). */
export async function maskOnGrid(backend: Backend, { grid, mask }: GridMask, target: Grid): Promise<Mask> {
  if (sameGrid(grid, target)) return mask;
  const source = backend.createBuffer('evaluate/mask', mask.words.byteLength, mask.words);
  const resampled = resampleMask(backend, { mask: source, maskGrid: grid, targetGrid: target });
  const words = new Uint32Array(await backend.read(resampled));
  backend.release(source);
  backend.release(resampled);
  return { sizeIjk: target.sizeIjk, wordsPerRow: wordsPerRow(target.sizeIjk[0]), words };
}

/** Dice overlap of two masks of one size. */
export function dice(a: Mask, b: Mask): number {
  return (2 * overlapCount(a, b)) / (maskCount(a) + maskCount(b));
}

/** Finds the brain of one head and compares, on the reference's own grid. */
export async function scoreBrain(backend: Backend, head: ReferenceHead): Promise<BrainScore> {
  const { volume } = await openNifti(head.imagePath, { modality: 'MR' });
  const labels = (await openNifti(head.labelPath)).volume;
  const { grid } = labels;
  const reference = maskFromNonzero(grid.sizeIjk, labels.voxels);
  const start = performance.now();
  const anatomy = await analyseHead(backend, volume);
  const timeMs = performance.now() - start;
  const found = await maskOnGrid(backend, anatomy.brain, grid);
  const distance = distanceMm(grid, maskToBytes(found));
  const inReference = maskToBytes(reference);
  const leftOut = distance.reduce((count, d, n) => count + (inReference[n] === 1 && d > KEEP_OUT_MM ? 1 : 0), 0);
  const voxelMl = voxelVolumeMm3(grid) / 1000;
  return {
    head,
    dice: dice(found, reference),
    hausdorff95Mm: hausdorff95Mm(grid, found, reference),
    leftOutPercent: (100 * leftOut) / maskCount(reference),
    volumeMl: maskCount(found) * voxelMl,
    referenceMl: maskCount(reference) * voxelMl,
    timeMs,
    anatomy,
  };
}

/** Mean and worst of some heads, as one line. */
export function summary(title: string, scores: readonly BrainScore[]): string {
  const mean = (value: (score: BrainScore) => number): number =>
    scores.reduce((sum, score) => sum + value(score), 0) / scores.length;
  const extreme = (pick: (...values: number[]) => number, value: (score: BrainScore) => number): number =>
    pick(...scores.map(value));
  return [
    `${title}: ${scores.length} heads`,
    `Dice mean ${mean((s) => s.dice).toFixed(4)} least ${extreme(Math.min, (s) => s.dice).toFixed(4)}`,
    `95 % Hausdorff mean ${mean((s) => s.hausdorff95Mm).toFixed(2)} most ${extreme(Math.max, (s) => s.hausdorff95Mm).toFixed(2)} mm`,
    `left out mean ${mean((s) => s.leftOutPercent).toFixed(3)} most ${extreme(Math.max, (s) => s.leftOutPercent).toFixed(3)} %`,
    `time mean ${mean((s) => s.timeMs).toFixed(0)} ms`,
  ].join(' | ');
}

async function main(): Promise<void> {
  const heads = referenceHeads();
  if (heads.length === 0) {
    console.log('no reference heads: the shared data set is not there');
    return;
  }
  const choice = process.argv.includes('--backend') ? process.argv[process.argv.indexOf('--backend') + 1] : 'cpu';
  await using backend = await openBackend(choice === 'webgpu' ? 'webgpu' : 'cpu');
  console.log(`# ${backend.info.name}`);
  console.log('head             half        Dice   HD95 mm  left out %     ml  reference ml    ms');
  const scores: BrainScore[] = [];
  for (const head of heads) {
    const score = await scoreBrain(backend, head);
    scores.push(score);
    console.log(
      [
        head.name.padEnd(16),
        head.half.padEnd(10),
        score.dice.toFixed(4).padStart(7),
        score.hausdorff95Mm.toFixed(2).padStart(8),
        score.leftOutPercent.toFixed(3).padStart(10),
        score.volumeMl.toFixed(0).padStart(7),
        score.referenceMl.toFixed(0).padStart(10),
        score.timeMs.toFixed(0).padStart(8),
      ].join(' '),
    );
  }
  for (const half of ['made with', 'held out'] as const)
    console.log(summary(half, scores.filter((score) => score.head.half === half))); // prettier-ignore
  console.log(summary('all', scores));
}

if (import.meta.main) await main();
