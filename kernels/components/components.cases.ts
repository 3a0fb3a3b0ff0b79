import {
  type CaseBuffer, defineCases, GRID_SIZES, type KernelCase, type KernelCases, Random, randomMask, randomU32,
} from '@efface/compute/testing'; // prettier-ignore
import { type Vec3, wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { runCount } from './run-count.ts';
import { runFlatten } from './run-flatten.ts';
import { runInit } from './run-init.ts';
import { runLabels } from './run-labels.ts';
import { runLargest } from './run-largest.ts';
import { type RunMergeBinding, type RunMergeParams } from './run-merge.gen.ts';
import { runMerge } from './run-merge.ts';
import { runSelect } from './run-select.ts';
import { nextRun, NO_RUN, runEnd, slotCount, slotOf } from './runs.cpu.ts';

/** A grid whose rows have about `density` of their voxels set. */
interface Scene {
  readonly sizeIjk: Vec3;
  readonly density: number;
  readonly slotShift: 0 | 1;
}

const paramsOf = ({ sizeIjk }: Scene): { readonly sizeIjk: Vec3; readonly wordsPerRow: number } => ({
  sizeIjk,
  wordsPerRow: wordsPerRow(sizeIjk[0]),
});
const idOf = ({ sizeIjk, density, slotShift }: Scene): string =>
  `size=[${sizeIjk.join(',')}];density=${density};shift=${slotShift}`;
const maskOf = (seed: number, { sizeIjk, density }: Scene): Uint32Array =>
  randomMask(seed, [sizeIjk[0], sizeIjk[1], sizeIjk[2]], density);
const rowsOf = ({ sizeIjk }: Scene): number => sizeIjk[1] * sizeIjk[2];
const slotsOf = (scene: Scene): number => slotCount(scene.sizeIjk[0], rowsOf(scene), scene.slotShift);

/** Slots of all runs, in order. */
function runSlots(mask: Uint32Array, scene: Scene): number[] {
  const perRow = wordsPerRow(scene.sizeIjk[0]);
  const slots: number[] = [];
  for (let row = 0; row < rowsOf(scene); row++) {
    let first = nextRun(mask, row * perRow, perRow, 0);
    while (first !== NO_RUN) {
      slots.push(slotOf(row, first, scene.sizeIjk[0], scene.slotShift));
      first = nextRun(mask, row * perRow, perRow, runEnd(mask, row * perRow, perRow, first, scene.slotShift));
    }
  }
  return slots;
}

/** A forest whose parents come before their children; with `depth` 1 every parent is a root. */
function randomForest(seed: number, mask: Uint32Array, scene: Scene, depth: number): Uint32Array {
  const random = new Random(seed);
  const parents = new Uint32Array(slotsOf(scene));
  const slots = runSlots(mask, scene);
  slots.forEach((slot, n) => {
    const other = slots[random.nextInteger(0, n)];
    const parent = random.nextF32() < 0.1 ? 0 : other;
    parents[slot] = depth > 1 ? parent : parent === 0 ? 0 : parents[other] === 0 ? slot : parents[other];
  });
  return parents;
}

/** Every run with every size of scene; the outside is the border planes of the axes in `borderAxes`. */
function initCase(scene: Scene, borderAxes: number) {
  return {
    id: `${idOf(scene)};border=${borderAxes}`,
    params: { ...paramsOf(scene), borderAxes },
    constants: { SLOT_SHIFT: scene.slotShift },
    buffers: (seed: number) => ({
      mask: { init: maskOf(seed, scene) },
      parents: { sizeBytes: 4 * slotsOf(scene) },
    }),
  };
}

/** Pairs of runs in neighbouring rows, apart from each other: every component has one join, hence one right forest. */
function pairCase(sizeIjk: Vec3, offset: Vec3): KernelCase<RunMergeParams, RunMergeBinding> {
  const [ni, nj, nk] = sizeIjk;
  const perRow = wordsPerRow(ni);
  const scene: Scene = { sizeIjk, density: 1, slotShift: 1 };
  const [di, dj, dk] = offset;
  return {
    id: `size=[${sizeIjk.join(',')}];offset=[${offset.join(',')}]`,
    params: { sizeIjk, wordsPerRow: perRow, neighbourCount: 1 },
    buffers: () => {
      const words = new Uint32Array(perRow * nj * nk);
      for (let row = 0; row < nj * nk; row++) {
        // Rows in pairs: those at multiples of 3 along the axes crossed, and their neighbours before them.
        const [j, k] = [row % nj, Math.floor(row / nj)];
        const isLater = j % 3 === 1 && k % 3 === 1;
        const isEarlier = (j - dj) % 3 === 1 && (k - dk) % 3 === 1;
        if (!isLater && !isEarlier) continue;
        const shift = isEarlier ? di : 0;
        // Runs of 1 to 3 voxels, four apart; shifted runs meet at a corner.
        for (let i = 2; i + 4 < ni; i += 8) words[row * perRow + ((i + shift) >> 5)] |= 1 << ((i + shift) & 31);
      }
      const parents = new Uint32Array(slotsOf(scene));
      for (const slot of runSlots(words, scene)) parents[slot] = slot;
      return {
        neighbours: { init: Int32Array.of(dj, dk, Math.abs(di), 0) },
        mask: { init: words },
        parents: { init: parents },
      };
    },
  };
}

/** Every run joined with its neighbours along j and k, on one head-sized mask: for the clock only. */
function allNeighboursCase(scene: Scene): KernelCase<RunMergeParams, RunMergeBinding> {
  return {
    id: `${idOf(scene)};neighbours=6`,
    params: { ...paramsOf(scene), neighbourCount: 2 },
    // Which forest comes out depends on the order of the joins.
    hasManyResults: true,
    buffers: (seed) => {
      const words = maskOf(seed, scene);
      const parents = new Uint32Array(slotsOf(scene));
      for (const slot of runSlots(words, scene)) parents[slot] = slot;
      return {
        neighbours: { init: Int32Array.of(-1, 0, 0, 0, 0, -1, 0, 0) },
        mask: { init: words },
        parents: { init: parents },
      };
    },
  };
}

function flattenCase(scene: Scene) {
  return {
    id: idOf(scene),
    params: paramsOf(scene),
    constants: { SLOT_SHIFT: scene.slotShift },
    buffers: (seed: number): Record<'mask' | 'parents', CaseBuffer> => {
      const mask = maskOf(seed, scene);
      return { mask: { init: mask }, parents: { init: randomForest(seed, mask, scene, 99) } };
    },
  };
}

function rootsCase<B extends string>(scene: Scene, dst: Readonly<Record<B, CaseBuffer>>) {
  return {
    id: idOf(scene),
    params: paramsOf(scene),
    constants: { SLOT_SHIFT: scene.slotShift },
    buffers: (seed: number): Record<'mask' | 'roots' | B, CaseBuffer> => {
      const mask = maskOf(seed, scene);
      return { mask: { init: mask }, roots: { init: randomForest(seed, mask, scene, 1) }, ...dst };
    },
  };
}

const countCase = (scene: Scene) => rootsCase(scene, { sizes: { sizeBytes: 4 * slotsOf(scene) } });
const maskBytes = ({ sizeIjk: [ni, nj, nk] }: Scene): number => 4 * wordsPerRow(ni) * nj * nk;

/** The outside is chosen, which about a tenth of the runs belong to. */
const selectCase = (scene: Scene) =>
  rootsCase(scene, { chosen: { init: Uint32Array.of(0) }, dst: { sizeBytes: maskBytes(scene) } });

/** Every voxel has a label, so no run may belong to the outside. */
function labelsCase(scene: Scene) {
  const { buffers, ...rest } = rootsCase(scene, { labels: { sizeBytes: 4 * scene.sizeIjk[0] * rowsOf(scene) } });
  return {
    ...rest,
    buffers: (seed: number) => {
      const made = buffers(seed);
      const slots = runSlots(maskOf(seed, scene), scene);
      const roots = new Uint32Array(slotsOf(scene));
      const random = new Random(seed);
      slots.forEach((slot, n) => (roots[slot] = roots[slots[random.nextInteger(0, n)]] || slot));
      return { ...made, roots: { init: roots } };
    },
  };
}

function largestCase(count: number, stage: 0 | 1, fill?: number) {
  return {
    id: `count=${count};stage=${stage}${fill === undefined ? '' : `;fill=${fill}`}`,
    params: { count },
    constants: { STAGE: stage },
    buffers: (seed: number): Record<'sizes' | 'best', CaseBuffer> => {
      const sizes = fill === undefined ? randomU32(seed, count) : new Uint32Array(count).fill(fill);
      const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
      return { sizes: { init: sizes }, best: { init: Uint32Array.of(stage === 0 ? 0 : largest, 0xffffffff) } };
    },
  };
}

const SCENES: readonly Scene[] = [
  ...GRID_SIZES.map((sizeIjk): Scene => ({ sizeIjk, density: 0.5, slotShift: 1 })),
  { sizeIjk: [33, 9, 5], density: 0.7, slotShift: 0 },
  { sizeIjk: [64, 5, 3], density: 0.5, slotShift: 0 },
  ...[31, 32, 33, 64, 65].map((ni): Scene => ({ sizeIjk: [ni, 5, 3], density: 0.95, slotShift: 1 })),
  { sizeIjk: [70, 5, 3], density: 0, slotShift: 1 },
  { sizeIjk: [70, 5, 3], density: 1, slotShift: 1 },
];
/** Rows that need more than 65 535 workgroups, at one row a workgroup. */
const MANY_ROWS: Scene = { sizeIjk: [2, 65_537, 1], density: 0.5, slotShift: 1 };

const WORKING_GRID: Scene = { sizeIjk: [128, 128, 128], density: 0.9, slotShift: 1 };
const CT: Scene = { sizeIjk: [512, 512, 200], density: 0.9, slotShift: 1 };
const withRuns = SCENES.filter(({ slotShift }) => slotShift === 1);

export const cases: KernelCases[] = [
  defineCases(runInit, {
    eval: [...SCENES.map((scene) => initCase(scene, 7)), ...[0, 1, 2, 4, 3].map((axes) => initCase(SCENES[3], axes)), inSmallWorkgroups(initCase(MANY_ROWS, 2))], // prettier-ignore
    perf: [initCase(WORKING_GRID, 7), initCase(CT, 7)],
  }),
  defineCases(runMerge, {
    eval: (
      [[0, -1, 0], [0, 0, -1], [0, -1, -1], [0, 1, -1], [1, -1, 0], [-1, 0, -1], [1, 1, -1], [-1, -1, -1]] as const
    ).map((offset) => pairCase([75, 13, 11], offset)), // prettier-ignore
    perf: [allNeighboursCase(WORKING_GRID), allNeighboursCase(CT)],
  }),
  defineCases(runFlatten, {
    eval: [...SCENES.map(flattenCase), inSmallWorkgroups(flattenCase(MANY_ROWS))],
    perf: [flattenCase(WORKING_GRID)],
  }),
  defineCases(runCount, {
    eval: [...SCENES.map(countCase), inSmallWorkgroups(countCase(MANY_ROWS))],
    perf: [countCase(WORKING_GRID)],
  }),
  defineCases(runLargest, {
    eval: [
      ...([0, 1] as const).flatMap((stage) => [
        ...[1, 64, 1009, 70_001].map((count) => largestCase(count, stage)),
        // Nothing has a size; all have the same: the first wins.
        largestCase(5000, stage, 0),
        largestCase(5000, stage, 7),
      ]),
      inSmallWorkgroups(largestCase(16 * 65_536 + 1, 0, 3)),
    ],
    perf: [largestCase(64 * 128 * 128, 0)],
  }),
  defineCases(runSelect, {
    eval: [...SCENES.map(selectCase), inSmallWorkgroups(selectCase(MANY_ROWS))],
    perf: [selectCase(WORKING_GRID), selectCase(CT)],
  }),
  defineCases(runLabels, {
    eval: [...withRuns.map(labelsCase), inSmallWorkgroups(labelsCase(MANY_ROWS))],
    perf: [labelsCase(WORKING_GRID)],
  }),
];
