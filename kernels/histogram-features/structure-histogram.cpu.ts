import { type CpuKernel } from '@efface/compute';
import { labelPairs, nextLabelled } from './label-runs.cpu.ts';
import { type StructureHistogramBinding, type StructureHistogramParams } from './structure-histogram.gen.ts';

type Stored = Uint8Array | Uint16Array;

/** Voxels of a unit: 2²¹ bytes of labels. */
const UNIT_VOXELS = 2 ** 19;

/**
 * This thread's own counts, laid out like `histograms` and `summary`, all zero between slabs. Kept: clearing what was
 * touched costs less than new memory for each slab.
 */
let ownBins = new Uint32Array(0);
const ownSummary = new Uint32Array(128);

function structureHistogramMain(
  { firstVoxel, structureCount, signBit }: StructureHistogramParams,
  valueBits: number,
  original: Stored,
  defaced: Stored,
  labels: Uint32Array,
  histograms: Uint32Array,
  summary: Uint32Array,
  begin: number,
  end: number,
): void {
  const binCount = (2 * structureCount) << valueBits;
  if (ownBins.length < binCount) ownBins = new Uint32Array(binCount);
  const structureBits = 0xffffffff >>> (32 - structureCount);
  const labelEnd = firstVoxel + end;
  const pairs = labelPairs(labels, structureCount);
  for (let at = nextLabelled(labels, pairs, firstVoxel + begin, labelEnd); at < labelEnd;) {
    const label = labels[at];
    let runEnd = at + 1;
    for (let rest = label & structureBits; rest !== 0; rest &= rest - 1) {
      const structure = 31 - Math.clz32(rest & -rest);
      runEnd = countRun(
        structure,
        structureCount,
        valueBits,
        signBit,
        original,
        defaced,
        labels,
        firstVoxel,
        at,
        labelEnd,
      );
    }
    at = nextLabelled(labels, pairs, runEnd, labelEnd);
  }
  for (let structure = 0; structure < structureCount; structure++)
    addOwn(structure, structureCount, valueBits, histograms, summary, begin);
}

/** Counts the voxels from label `at` on that have the same label, for one structure. Returns where they end. */
function countRun(
  structure: number,
  structureCount: number,
  valueBits: number,
  signBit: number,
  original: Stored,
  defaced: Stored,
  labels: Uint32Array,
  firstVoxel: number,
  at: number,
  labelEnd: number,
): number {
  const bins = ownBins;
  const label = labels[at];
  const base = structure << valueBits;
  const part = (structure + structureCount) << valueBits;
  let low = ((1 << valueBits) - 1 - ownSummary[4 * structure]) | 0;
  let high = ownSummary[4 * structure + 1] | 0;
  let changed = 0;
  let maxChange = ownSummary[4 * structure + 3] | 0;
  let index = at;
  for (; index < labelEnd && labels[index] === label; index++) {
    const a = original[index - firstVoxel] ^ signBit;
    const b = defaced[index - firstVoxel] ^ signBit;
    const bin = base | a;
    const seen = bins[bin];
    bins[bin] = seen + 1;
    if (seen === 0) {
      low = Math.min(low, a);
      high = Math.max(high, a);
    }
    if (a !== b) {
      bins[part | a]--;
      bins[part | b]++;
      low = Math.min(low, b);
      high = Math.max(high, b);
      changed++;
      maxChange = Math.max(maxChange, Math.abs(a - b));
    }
  }
  ownSummary[4 * structure] = (1 << valueBits) - 1 - low;
  ownSummary[4 * structure + 1] = high;
  ownSummary[4 * structure + 2] += changed;
  ownSummary[4 * structure + 3] = maxChange;
  return index;
}

/**
 * Adds this thread's counts of one structure to everybody's and clears them. Threads that do so at the same time start
 * at different bins (`turn` differs between them), else they would wait for each other's cache lines all the way.
 */
function addOwn(
  structure: number,
  structureCount: number,
  valueBits: number,
  histograms: Uint32Array,
  summary: Uint32Array,
  turn: number,
): void {
  const low = (1 << valueBits) - 1 - ownSummary[4 * structure];
  const high = ownSummary[4 * structure + 1];
  if (low > high) return;
  const start = low + ((Math.imul(turn / UNIT_VOXELS, 0x9e3779b1) >>> 0) % (high - low + 1));
  const parts = ownSummary[4 * structure + 2] > 0 ? 2 : 1;
  for (let part = 0; part < parts; part++) {
    const base = (structure + part * structureCount) << valueBits;
    addBins(histograms, base + start, base + high);
    addBins(histograms, base + low, base + start - 1);
  }
  atomicMax(summary, 4 * structure, ownSummary[4 * structure]);
  atomicMax(summary, 4 * structure + 1, high);
  Atomics.add(summary, 4 * structure + 2, ownSummary[4 * structure + 2]);
  atomicMax(summary, 4 * structure + 3, ownSummary[4 * structure + 3]);
  ownSummary.fill(0, 4 * structure, 4 * structure + 4);
}

function addBins(histograms: Uint32Array, low: number, high: number): void {
  for (let bin = low; bin <= high; bin++) {
    const n = ownBins[bin];
    if (n === 0) continue;
    Atomics.add(histograms, bin, n);
    ownBins[bin] = 0;
  }
}

function atomicMax(words: Uint32Array, index: number, value: number): void {
  for (let old = Atomics.load(words, index); value > old;) {
    const seen = Atomics.compareExchange(words, index, old, value);
    if (seen === old) return;
    old = seen;
  }
}

/**
 * Units are stretches of UNIT_VOXELS: each slab adds its counts to everybody's in the end, which should be a small part
 * of its work.
 */
export const structureHistogramCpu: CpuKernel<StructureHistogramParams, StructureHistogramBinding> = {
  units: ({ count }) => Math.ceil(count / UNIT_VOXELS),
  run: ({ params, constants, buffers, begin, end }) => {
    const stored: 'u8' | 'u16' = constants['VALUE_BITS'] === 8 ? 'u8' : 'u16';
    structureHistogramMain(
      params,
      constants['VALUE_BITS'],
      buffers.original[stored],
      buffers.defaced[stored],
      buffers.labels.u32,
      buffers.histograms.u32,
      buffers.summary.u32,
      begin * UNIT_VOXELS,
      Math.min(params.count, end * UNIT_VOXELS),
    );
  },
};
