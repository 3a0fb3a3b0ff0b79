import { type CpuKernel } from '@efface/compute';
import { labelPairs, nextLabelled } from './label-runs.cpu.ts';
import { type StructureHistogramBinding, type StructureHistogramParams } from './structure-histogram.gen.ts';

type Stored = Uint8Array | Uint16Array;

/**
 * This thread's own counts, laid out like `histograms` and `summary`, all zero between slabs. Kept: clearing what was
 * touched costs less than new memory for each slab.
 */
let ownBins = new Uint32Array(0);
const ownSummary = new Uint32Array(128);

function structureHistogramMain(
  { firstVoxel, structureCount }: StructureHistogramParams,
  valueBits: number,
  signBit: number,
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
    while (runEnd < labelEnd && labels[runEnd] === label) runEnd++;
    for (let rest = label & structureBits; rest !== 0; rest &= rest - 1) {
      const structure = 31 - Math.clz32(rest & -rest);
      countRun(structure, structureCount, valueBits, signBit, original, defaced, at - firstVoxel, runEnd - firstVoxel);
    }
    at = nextLabelled(labels, pairs, runEnd, labelEnd);
  }
  for (let structure = 0; structure < structureCount; structure++)
    addOwn(structure, structureCount, valueBits, histograms, summary);
}

/** Counts the voxels [first, last) for one structure. */
function countRun(
  structure: number,
  structureCount: number,
  valueBits: number,
  signBit: number,
  original: Stored,
  defaced: Stored,
  first: number,
  last: number,
): void {
  const bins = ownBins;
  const base = structure << valueBits;
  const part = (structure + structureCount) << valueBits;
  let low = ((1 << valueBits) - 1 - ownSummary[4 * structure]) | 0;
  let high = ownSummary[4 * structure + 1] | 0;
  let changed = 0;
  let maxChange = ownSummary[4 * structure + 3] | 0;
  for (let index = first; index < last; index++) {
    const a = original[index] ^ signBit;
    const b = defaced[index] ^ signBit;
    const seen = bins[base | a];
    bins[base | a] = seen + 1;
    if (seen === 0) {
      if (a < low) low = a;
      if (a > high) high = a;
    }
    if (a !== b) {
      bins[part | a]--;
      bins[part | b]++;
      if (b < low) low = b;
      if (b > high) high = b;
      changed++;
      maxChange = Math.max(maxChange, Math.abs(a - b));
    }
  }
  ownSummary[4 * structure] = (1 << valueBits) - 1 - low;
  ownSummary[4 * structure + 1] = high;
  ownSummary[4 * structure + 2] += changed;
  ownSummary[4 * structure + 3] = maxChange;
}

/** Adds this thread's counts of one structure to everybody's and clears them. */
function addOwn(
  structure: number,
  structureCount: number,
  valueBits: number,
  histograms: Uint32Array,
  summary: Uint32Array,
): void {
  const low = (1 << valueBits) - 1 - ownSummary[4 * structure];
  const high = ownSummary[4 * structure + 1];
  for (let part = 0; part < 2; part++) {
    const base = (structure + part * structureCount) << valueBits;
    for (let bin = base + low; bin <= base + high; bin++) {
      const n = ownBins[bin];
      if (n === 0) continue;
      Atomics.add(histograms, bin, n);
      ownBins[bin] = 0;
    }
  }
  atomicMax(summary, 4 * structure, ownSummary[4 * structure]);
  atomicMax(summary, 4 * structure + 1, high);
  Atomics.add(summary, 4 * structure + 2, ownSummary[4 * structure + 2]);
  atomicMax(summary, 4 * structure + 3, ownSummary[4 * structure + 3]);
  ownSummary.fill(0, 4 * structure, 4 * structure + 4);
}

function atomicMax(words: Uint32Array, index: number, value: number): void {
  for (let old = Atomics.load(words, index); value > old;) {
    const seen = Atomics.compareExchange(words, index, old, value);
    if (seen === old) return;
    old = seen;
  }
}

/** Units are voxels. */
export const structureHistogramCpu: CpuKernel<StructureHistogramParams, StructureHistogramBinding> = {
  units: ({ count }) => count,
  run: ({ params, constants, buffers, begin, end }) => {
    const stored: 'u8' | 'u16' = constants['VALUE_BITS'] === 8 ? 'u8' : 'u16';
    structureHistogramMain(
      params,
      constants['VALUE_BITS'],
      constants['SIGN_BIT'],
      buffers.original[stored],
      buffers.defaced[stored],
      buffers.labels.u32,
      buffers.histograms.u32,
      buffers.summary.u32,
      begin,
      end,
    );
  },
};
