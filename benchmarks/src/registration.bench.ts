// How well and how fast heads are registered: known moves and pushes of real heads, heads of different people judged by
// their labels, templates to heads; plastimatch beside it where it is installed. Prints Markdown.
// node benchmarks/src/registration.bench.ts [--heads 10] [--only moves,pushes,people,templates] [--backend cpu]
import {
  movingPoint, registerAffine, type RegistrationMetric, registerDeformable, type Warp, warpLabels, warpVolume,
} from '@efface/anatomy'; // prettier-ignore
import { openImage } from '@efface/cohort';
import { type Backend } from '@efface/compute';
import { writeNifti } from '@efface/io';
import { type BackendChoice, openBackend } from '@efface/kernels/backends';
import { sharedPath } from '@efface/test-data';
import {
  type Affine,
  allocateVoxels,
  IDENTITY,
  ijkToLps,
  invert,
  type Vec3,
  type Volume,
  voxelCount,
} from '@efface/volume';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { diceOfLabels, mean, moveOf, noisy, pushOf, quantileOf, randomOf } from './registration/heads.ts';
import { plastimatchPresent, plastimatchRigid, withFolder } from './registration/plastimatch.ts';

const { values: options } = parseArgs({
  options: {
    heads: { type: 'string', default: '10' },
    only: { type: 'string', default: 'moves,pushes,people,templates' },
    backend: { type: 'string', default: 'cpu' },
  },
});
const nHeads = Number(options.heads);
const chosen = new Set(options.only.split(','));
const print = (line = ''): void => console.log(line);
const mm = (v: number): string => v.toFixed(2);

const ixi = sharedPath('data/ixi_t1_2mm');
const kbp = sharedPath('data/openkbp_ct_rt');
const templates = sharedPath('data/templates');
if (ixi === undefined || kbp === undefined || templates === undefined)
  throw new Error('the shared data are not beside the checkout');
const ixiNames = readdirSync(join(ixi, 'T1')).filter((name) => name.endsWith('.nii.gz')).sort(); // prettier-ignore
const kbpNames = readdirSync(kbp).filter((name) => name.startsWith('pt_')).sort(); // prettier-ignore
const open = async (path: string): Promise<Volume> => (await openImage(path)).volume;
const ixiHead = (n: number): Promise<Volume> => open(join(ixi, 'T1', ixiNames[n % ixiNames.length]));
const kbpHead = (n: number): Promise<Volume> => open(join(kbp, kbpNames[n % kbpNames.length], 'ct.nii.gz'));

/** Errors at 27 points of a box of 140 mm around the middle of an image. */
function errorsMm(a: Warp, b: Warp, { grid }: Volume): number[] {
  const middle = ijkToLps(grid, grid.sizeIjk.map((n) => (n - 1) / 2) as unknown as Vec3); // prettier-ignore
  const errors: number[] = [];
  for (let n = 0; n < 27; n++) {
    const p = middle.map((v, d) => v + 70 * ((Math.floor(n / 3 ** d) % 3) - 1)) as unknown as Vec3;
    const [u, v] = [movingPoint(a, p), movingPoint(b, p)];
    errors.push(Math.hypot(u[0] - v[0], u[1] - v[1], u[2] - v[2]));
  }
  return errors;
}

async function moves(backend: Backend): Promise<void> {
  print('## Known moves: 20° about any axis and 30 mm in any direction, noise of 2 % of the range on both');
  print();
  print('| heads | what | largest error, mm: median (worst) | lost | s |');
  print('| --- | --- | --- | --- | --- |');
  const sets = [['IXI T1, 2 mm', ixiHead, 0], ['OpenKBP CT, 4×4×2.5 mm', kbpHead, -1000]] as const; // prettier-ignore
  for (const [name, load, outsideValue] of sets) {
    const cases: { readonly fixed: Volume; readonly moving: Volume; readonly truth: Affine }[] = [];
    for (let n = 0; n < nHeads; n++) {
      const head = await load(5 * n + 1);
      const truth = moveOf(head.grid, randomOf(n + 1), 20, 30);
      const moving = await warpVolume(backend, head, { movingOfFixed: invert(truth) }, head.grid, { outsideValue });
      cases.push({ fixed: noisy(head, 2 * n), moving: noisy(moving, 2 * n + 1), truth });
    }
    const row = (what: string, errors: readonly number[], lost: number | string, seconds: readonly number[]): void =>
      print(`| ${name} | ${what} | ${mm(quantileOf(errors, 0.5))} (${mm(Math.max(...errors))}) | ${lost} | ${mm(mean(seconds))} |`); // prettier-ignore
    const metrics: readonly (readonly [RegistrationMetric, 6 | 12])[] = [
      ['mutual-information', 6], ['mutual-information', 12], ['local-correlation', 6], ['mean-squares', 6], ['surface-distance', 6],
    ]; // prettier-ignore
    for (const [metric, degreesOfFreedom] of metrics) {
      const errors: number[] = [];
      const seconds: number[] = [];
      let lost = 0;
      for (const { fixed, moving, truth } of cases) {
        const begin = performance.now();
        const found = await registerAffine(backend, { volume: fixed }, { volume: moving }, { metric, degreesOfFreedom }); // prettier-ignore
        seconds.push((performance.now() - begin) / 1000);
        errors.push(Math.max(...errorsMm({ movingOfFixed: truth }, found, fixed)));
        if (found.isLost) lost++;
      }
      row(`${metric}, ${degreesOfFreedom}`, errors, `${lost} of ${cases.length}`, seconds);
    }
    if (!plastimatchPresent()) continue;
    const errors: number[] = [];
    const seconds: number[] = [];
    for (const { fixed, moving, truth } of cases.slice(0, 4)) {
      await withFolder(async (folder) => {
        await writeNifti(join(folder, 'fixed.nii.gz'), fixed);
        await writeNifti(join(folder, 'moving.nii.gz'), moving);
        const begin = performance.now();
        const found = plastimatchRigid(folder);
        seconds.push((performance.now() - begin) / 1000);
        errors.push(Math.max(...errorsMm({ movingOfFixed: truth }, { movingOfFixed: found }, fixed)));
      });
    }
    row('plastimatch: centres, then rigid by its mutual information (4 heads)', errors, '-', seconds);
  }
  print();
}

async function pushes(backend: Backend): Promise<void> {
  print('## Known pushes: smooth displacements of up to 8 mm, noise of 2 % on both, errors inside the brain');
  print();
  print('| heads | metric | mean error before → after, mm | 95 % | least Jacobian | folded | s |');
  print('| --- | --- | --- | --- | --- | --- | --- |');
  for (const metric of ['local-correlation', 'mutual-information'] as const) {
    const [before, after, high, jacobians, seconds]: number[][] = [[], [], [], [], []];
    let folded = 0;
    for (let n = 0; n < nHeads; n++) {
      const head = await ixiHead(5 * n + 1);
      const brain = await labelsOf(5 * n + 1);
      const known = pushOf(head.grid, randomOf(n + 1), 8);
      const pushed = await warpVolume(backend, head, known, head.grid, { outsideValue: 0 });
      const begin = performance.now();
      const found = await registerDeformable(backend, { volume: noisy(pushed, 2 * n) }, { volume: noisy(head, 2 * n + 1) }, { initial: IDENTITY, metric }); // prettier-ignore
      seconds.push((performance.now() - begin) / 1000);
      const inside = await warpLabels(backend, brain, known, head.grid);
      const [was, is] = [{ movingOfFixed: IDENTITY }, found].map((warp) => errorsInside(known, warp, inside));
      before.push(mean(was));
      after.push(mean(is));
      high.push(quantileOf(is, 0.95));
      jacobians.push(found.minJacobian);
      folded += found.foldedVoxels;
    }
    print(`| IXI T1, 2 mm: ${nHeads} | ${metric} | ${mm(mean(before))} → ${mm(mean(after))} | ${mm(mean(high))} | ${mm(Math.min(...jacobians))} | ${folded} | ${mm(mean(seconds))} |`); // prettier-ignore
  }
  print();
}

function errorsInside(a: Warp, b: Warp, { grid, voxels }: Volume): number[] {
  const [ni, nj] = grid.sizeIjk;
  const errors: number[] = [];
  for (let n = 0; n < voxels.length; n += 23) {
    if (voxels[n] === 0) continue;
    const p = ijkToLps(grid, [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))]);
    const [u, v] = [movingPoint(a, p), movingPoint(b, p)];
    errors.push(Math.hypot(u[0] - v[0], u[1] - v[1], u[2] - v[2]));
  }
  return errors;
}

/** The DLMUSE labels of an IXI head. */
async function labelsOf(n: number): Promise<Volume> {
  const id = ixiNames[n % ixiNames.length].split('_')[0];
  const folder = join(ixi!, 'DLMUSE');
  const file = readdirSync(folder).find((name) => name.startsWith(id));
  if (file === undefined) throw new Error('an IXI head has no labels');
  const volume = await open(join(folder, file));
  const voxels = allocateVoxels('u8', voxelCount(volume.grid));
  for (let v = 0; v < voxels.length; v++) voxels[v] = Number(volume.voxels[v]);
  return { ...volume, type: 'u8', voxels };
}

async function people(backend: Backend): Promise<void> {
  print('## Different people: labels of DLMUSE brought from one IXI head to another');
  print();
  print('| after | Dice of labels, mean | Dice of the brain | least Jacobian | folded | s |');
  print('| --- | --- | --- | --- | --- | --- |');
  const rows = new Map<string, number[][]>();
  const add = (what: string, values: readonly number[]): void => {
    rows.set(what, [...(rows.get(what) ?? []), [...values]]);
  };
  for (let n = 0; n < nHeads; n++) {
    const [a, b] = [3 * n, 3 * n + 31];
    const [fixed, moving, fixedLabels, movingLabels] = [await ixiHead(a), await ixiHead(b), await labelsOf(a), await labelsOf(b)]; // prettier-ignore
    const judge = async (warp: Warp): Promise<readonly [number, number]> =>
      diceOfLabels(fixedLabels.voxels, (await warpLabels(backend, movingLabels, warp, fixedLabels.grid)).voxels);
    let begin = performance.now();
    const six = await registerAffine(backend, { volume: fixed }, { volume: moving }, { metric: 'mutual-information', degreesOfFreedom: 6 }); // prettier-ignore
    add('6 degrees of freedom', [...(await judge(six)), 1, 0, (performance.now() - begin) / 1000]);
    begin = performance.now();
    const affine = await registerAffine(backend, { volume: fixed }, { volume: moving }, { metric: 'mutual-information', degreesOfFreedom: 12 }); // prettier-ignore
    add('12 degrees of freedom', [...(await judge(affine)), 1, 0, (performance.now() - begin) / 1000]);
    for (const metric of ['local-correlation', 'mutual-information'] as const) {
      begin = performance.now();
      const found = await registerDeformable(backend, { volume: fixed }, { volume: moving }, { initial: affine.movingOfFixed, metric }); // prettier-ignore
      const seconds = (performance.now() - begin) / 1000;
      add(`12, then deformed by ${metric}`, [...(await judge(found)), found.minJacobian, found.foldedVoxels, seconds]);
    }
  }
  for (const [what, values] of rows) {
    const column = (c: number): number[] => values.map((row) => row[c]);
    print(`| ${what} | ${mean(column(0)).toFixed(3)} | ${mean(column(1)).toFixed(3)} | ${mm(Math.min(...column(2)))} | ${column(3).reduce((s, v) => s + v, 0)} | ${mm(mean(column(4)))} |`); // prettier-ignore
  }
  print();
}

async function templatesToHeads(backend: Backend): Promise<void> {
  print('## Templates to heads: 12 degrees of freedom by mutual information');
  print();
  print('| template | heads | body Dice, least | information peak, least | lost | s |');
  print('| --- | --- | --- | --- | --- | --- |');
  const sets = [
    ['MNI152_T1_2mm', 'IXI T1', ixiHead],
    ['mni305_T1w', 'IXI T1', ixiHead],
    ['scct_2mm_uint8', 'OpenKBP CT', kbpHead],
  ] as const;
  for (const [name, heads, load] of sets) {
    const template = await open(join(templates!, `${name}.nii.gz`));
    const [dice, peaks, seconds]: number[][] = [[], [], []];
    let lost = 0;
    for (let n = 0; n < nHeads; n++) {
      const begin = performance.now();
      const { quality, isLost } = await registerAffine(backend, { volume: await load(5 * n + 2) }, { volume: template }, { metric: 'mutual-information', degreesOfFreedom: 12 }); // prettier-ignore
      seconds.push((performance.now() - begin) / 1000);
      dice.push(quality.bodyDice);
      peaks.push(quality.informationPeak);
      if (isLost) lost++;
    }
    print(`| ${name} | ${heads} | ${Math.min(...dice).toFixed(3)} | ${mm(Math.min(...peaks))} | ${lost} of ${nHeads} | ${mm(mean(seconds))} |`); // prettier-ignore
  }
  print();
}

await using backend = await openBackend(options.backend as BackendChoice);
print(`Backend: ${backend.info.name}`);
print();
if (chosen.has('moves')) await moves(backend);
if (chosen.has('pushes')) await pushes(backend);
if (chosen.has('people')) await people(backend);
if (chosen.has('templates')) await templatesToHeads(backend);
