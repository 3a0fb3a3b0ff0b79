import {
  defineCases, GRID_SIZES, type KernelCase, type KernelCases, Random, randomMask,
} from '@efface/compute/testing'; // prettier-ignore
import { type Vec3, wordsPerRow } from '@efface/volume';
import { type LabelCountBinding, type LabelCountParams } from './label-count.gen.ts';
import { labelCount } from './label-count.ts';
import { type LabelFlattenBinding, type LabelFlattenParams } from './label-flatten.gen.ts';
import { labelFlatten } from './label-flatten.ts';
import { type LabelInitBinding, type LabelInitParams } from './label-init.gen.ts';
import { labelInit } from './label-init.ts';
import { type LabelMergeBinding, type LabelMergeParams } from './label-merge.gen.ts';
import { labelMerge } from './label-merge.ts';
import { type LabelSelectBinding, type LabelSelectParams } from './label-select.gen.ts';
import { labelSelect } from './label-select.ts';

const idOf = (sizeIjk: Vec3): string => `size=[${sizeIjk.join(',')}]`;
const countOf = (sizeIjk: Vec3): number => sizeIjk[0] * sizeIjk[1] * sizeIjk[2];

function initCase(sizeIjk: Vec3): KernelCase<LabelInitParams, LabelInitBinding> {
  return {
    id: idOf(sizeIjk),
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]) },
    buffers: (seed) => ({
      mask: { init: randomMask(seed, sizeIjk as [number, number, number], 0.5) },
      labels: { sizeBytes: 4 * countOf(sizeIjk) },
    }),
  };
}

/** Pairs of neighbours along one axis, apart from each other: every component has one join, hence one right forest. */
function dominoCase(sizeIjk: Vec3, axis: 0 | 1 | 2): KernelCase<LabelMergeParams, LabelMergeBinding> {
  return {
    id: `${idOf(sizeIjk)};axis=${axis}`,
    params: { sizeIjk, neighbourCount: 3 },
    buffers: () => {
      const labels = new Uint32Array(countOf(sizeIjk));
      const [ni, nj] = sizeIjk;
      for (let n = 0; n < labels.length; n++) {
        const p = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))];
        if (p.every((v, d) => (d === axis ? v % 3 < 2 : v % 2 === 0))) labels[n] = n + 1;
      }
      return { neighbours: { init: Int32Array.of(-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1, 0) }, labels: { init: labels } };
    },
  };
}

/** A random forest whose parents are smaller than their children. */
function flattenCase(count: number): KernelCase<LabelFlattenParams, LabelFlattenBinding> {
  return {
    id: `count=${count}`,
    params: { count },
    buffers: (seed) => {
      const random = new Random(seed);
      const labels = new Uint32Array(count);
      for (let n = 0; n < count; n++) {
        const parent = random.nextInteger(0, n);
        labels[n] = random.nextF32() < 0.3 ? 0 : labels[parent] !== 0 ? parent + 1 : n + 1;
      }
      return { labels: { init: labels } };
    },
  };
}

function randomLabels(seed: number, count: number): Uint32Array {
  const random = new Random(seed);
  const names = Array.from({ length: 9 }, () => random.nextInteger(1, count));
  return Uint32Array.from({ length: count }, () => (random.nextF32() < 0.4 ? 0 : names[random.nextInteger(0, 8)]));
}

function countCase(sizeIjk: Vec3, borderAxes: number): KernelCase<LabelCountParams, LabelCountBinding> {
  const count = countOf(sizeIjk);
  return {
    id: `${idOf(sizeIjk)};border=${borderAxes}`,
    params: { sizeIjk, borderAxes },
    buffers: (seed) => ({
      labels: { init: randomLabels(seed, count) },
      sizes: { sizeBytes: 4 * count },
      touches: { sizeBytes: 4 * count },
    }),
  };
}

function selectCase(sizeIjk: Vec3): KernelCase<LabelSelectParams, LabelSelectBinding> {
  const count = countOf(sizeIjk);
  const perRow = wordsPerRow(sizeIjk[0]);
  return {
    id: idOf(sizeIjk),
    params: { sizeIjk, wordsPerRow: perRow },
    buffers: (seed) => ({
      labels: { init: randomLabels(seed, count) },
      chosen: { init: Uint32Array.from({ length: count }, (_, n) => n % 2) },
      dst: { sizeBytes: 4 * perRow * sizeIjk[1] * sizeIjk[2] },
    }),
  };
}

export const cases: KernelCases[] = [
  defineCases(labelInit, { eval: GRID_SIZES.map(initCase), perf: [initCase([128, 128, 128])] }),
  defineCases(labelMerge, {
    eval: ([0, 1, 2] as const).map((axis) => dominoCase([37, 13, 11], axis)),
    perf: [dominoCase([128, 128, 128], 0)],
  }),
  defineCases(labelFlatten, { eval: [1, 64, 1009, 20_011].map(flattenCase), perf: [flattenCase(128 ** 3)] }),
  defineCases(labelCount, {
    eval: [...GRID_SIZES.map((size) => countCase(size, 7)), ...[0, 1, 2, 4].map((axes) => countCase([17, 9, 5], axes))],
    perf: [countCase([128, 128, 128], 7)],
  }),
  defineCases(labelSelect, { eval: GRID_SIZES.map(selectCase), perf: [selectCase([128, 128, 128])] }),
];
