import { type CpuKernel } from '@efface/compute';
import { type LabelMergeBinding, type LabelMergeParams } from './label-merge.gen.ts';

function findRoot(labels: Uint32Array, voxel: number): number {
  let at = voxel;
  let parent = Atomics.load(labels, at) - 1;
  while (parent !== at) {
    at = parent;
    parent = Atomics.load(labels, at) - 1;
  }
  return at;
}

/** Atomic minimum; returns the value before. */
function atomicMin(labels: Uint32Array, at: number, value: number): number {
  let old = Atomics.load(labels, at);
  while (value < old) {
    const seen = Atomics.compareExchange(labels, at, old, value);
    if (seen === old) return old;
    old = seen;
  }
  return old;
}

function joinVoxels(labels: Uint32Array, first: number, second: number): void {
  let a = findRoot(labels, first);
  let b = findRoot(labels, second);
  while (a !== b) {
    if (a < b) {
      const swap = a;
      a = b;
      b = swap;
    }
    const old = atomicMin(labels, a, b + 1) - 1;
    if (old === a) return;
    a = findRoot(labels, old);
    b = findRoot(labels, b);
  }
}

function labelMergeMain(
  { sizeIjk, neighbourCount }: LabelMergeParams,
  neighbours: Int32Array,
  labels: Uint32Array,
  begin: number,
  end: number,
): void {
  const [ni, nj, nk] = sizeIjk;
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    for (let i = 0; i < ni; i++) {
      const index = row * ni + i;
      if (labels[index] === 0) continue;
      for (let n = 0; n < neighbourCount; n++) {
        const qi = i + neighbours[4 * n];
        const qj = j + neighbours[4 * n + 1];
        const qk = k + neighbours[4 * n + 2];
        if (qi < 0 || qj < 0 || qk < 0 || qi >= ni || qj >= nj || qk >= nk) continue;
        const other = (qk * nj + qj) * ni + qi;
        if (labels[other] !== 0) joinVoxels(labels, index, other);
      }
    }
  }
}

/** Units are rows (constant j, k). */
export const labelMergeCpu: CpuKernel<LabelMergeParams, LabelMergeBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { neighbours, labels }, begin, end }) =>
    labelMergeMain(params, neighbours.i32, labels.u32, begin, end),
};
