import { defineCases, GRID_SIZES, type KernelCase, type KernelCases, PERF_SIZES, randomMask, randomU32 } from '@efface/compute/testing'; // prettier-ignore
import { type Vec3, wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { ballLabels, ballMask, randomLabels, randomPair } from './structures.testing.ts';
import { type IntegerFormat, INTEGER_LAYOUTS } from './integer-layout.ts';
import { type StructureHistogramBinding, type StructureHistogramParams } from './structure-histogram.gen.ts';
import { structureHistogram } from './structure-histogram.ts';
import { BLOCK_VOXELS, planGather } from './gather-structures.ts';
import { type StructureBitsBinding, type StructureBitsParams } from './structure-bits.gen.ts';
import { structureBits } from './structure-bits.ts';
import { type StructureGatherBinding, type StructureGatherParams } from './structure-gather.gen.ts';
import { structureGather } from './structure-gather.ts';
import { type StructureSizesBinding, type StructureSizesParams } from './structure-sizes.gen.ts';
import { structureSizes } from './structure-sizes.ts';

type HistogramCase = KernelCase<StructureHistogramParams, StructureHistogramBinding>;

function histogramCase(
  count: number,
  format: IntegerFormat,
  [low, high]: readonly [number, number],
  structureCount: number,
  share: number,
  firstVoxel = 0,
): HistogramCase {
  const { valueBits, signBit } = INTEGER_LAYOUTS[format];
  return {
    id: `count=${count};format=${format};values=[${low},${high}];structures=${structureCount};share=${share};first=${firstVoxel}`,
    params: { firstVoxel, count, structureCount, signBit },
    constants: { VALUE_BITS: valueBits },
    buffers: (seed) => {
      const { original, defaced } = randomPair(seed, format, count, low, high);
      return {
        original: { init: original },
        defaced: { init: defaced },
        labels: { init: randomLabels(seed + 3, firstVoxel + count, structureCount, share) },
        histograms: { sizeBytes: (8 * structureCount) << valueBits },
        summary: { sizeBytes: 16 * structureCount },
      };
    },
  };
}

/** The case with so few voxels for each invocation that it has more than 65 535 workgroups of one. */
function withFewVoxels(kernelCase: HistogramCase): HistogramCase {
  return { ...kernelCase, constants: { ...kernelCase.constants, VOXELS_EACH: 4 } };
}

function histogramPerf(sizeIjk: Vec3): HistogramCase {
  const structureCount = 12;
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  const { valueBits, signBit } = INTEGER_LAYOUTS.i16;
  return {
    id: `size=[${sizeIjk.join(',')}];format=i16;structures=${structureCount}`,
    params: { firstVoxel: 0, count, structureCount, signBit },
    constants: { VALUE_BITS: valueBits },
    // Soft tissue: the values of a structure span a few hundred HU.
    buffers: (seed) => {
      const { original, defaced } = randomPair(seed, 'i16', count, -150, 250);
      return {
        original: { init: original },
        defaced: { init: defaced },
        labels: { init: ballLabels(seed + 3, sizeIjk, structureCount) },
        histograms: { sizeBytes: (8 * structureCount) << valueBits },
        summary: { sizeBytes: 16 * structureCount },
      };
    },
  };
}

/** Blocks of the labels from `firstVoxel` on and, in front of them, those that other launches counted. */
interface BlockParams {
  readonly firstVoxel: number;
  readonly count: number;
  readonly structureCount: number;
  readonly firstBlock: number;
  readonly blockVoxels: number;
}

function blockId({ firstVoxel, count, structureCount, firstBlock, blockVoxels }: BlockParams): string {
  return `count=${count};structures=${structureCount};block=${blockVoxels};first=${firstVoxel};first-block=${firstBlock}`;
}

/** What the sizes kernel makes of the labels, value by value. */
function countBlocks(labels: Uint32Array, params: BlockParams): Uint32Array {
  const { firstVoxel, count, structureCount, firstBlock, blockVoxels } = params;
  const counts = new Uint32Array((firstBlock + Math.ceil(count / blockVoxels)) * structureCount);
  for (let index = 0; index < count; index++) {
    const base = (firstBlock + Math.floor(index / blockVoxels)) * structureCount;
    const label = labels[firstVoxel + index];
    if (label === 0) continue;
    for (let r = 0; r < structureCount; r++) counts[base + r] += (label >>> r) & 1;
  }
  return counts;
}

function sizesCase(
  params: BlockParams,
  makeLabels: (seed: number) => Uint32Array,
  id = blockId(params),
): KernelCase<StructureSizesParams, StructureSizesBinding> {
  const blocks = params.firstBlock + Math.ceil(params.count / params.blockVoxels);
  return {
    id,
    params: { ...params },
    buffers: (seed) => ({
      labels: { init: makeLabels(seed) },
      counts: { sizeBytes: 4 * blocks * params.structureCount },
    }),
  };
}

function gatherCase(
  params: BlockParams & { readonly wanted: number },
  makeLabels: (seed: number) => Uint32Array,
  id = `${blockId(params)};wanted=${params.wanted.toString(16)}`,
): KernelCase<StructureGatherParams, StructureGatherBinding> {
  return {
    id,
    params: { ...params },
    buffers: (seed) => {
      const labels = makeLabels(seed);
      const counts = countBlocks(labels, params);
      const { offsets } = planGather(counts, params.structureCount, Infinity);
      const sizeBytes = 4 * Math.max(1, counts.reduce((sum, n) => sum + n, 0)); // prettier-ignore
      const { original, defaced } = randomPair(seed, 'f32', params.count, -1, 1);
      return {
        original: { init: original },
        defaced: { init: defaced },
        labels: { init: labels },
        counts: { init: counts },
        offsets: { init: offsets },
        originalValues: { sizeBytes },
        defacedValues: { sizeBytes },
      };
    },
  };
}

function bitsCase(
  sizeIjk: Vec3,
  maskCount: number,
  firstStructure: number,
  density: number,
  makeMask = (seed: number, _m: number): Uint32Array => randomMask(seed, sizeIjk, density),
): KernelCase<StructureBitsParams, StructureBitsBinding> {
  const perRow = wordsPerRow(sizeIjk[0]);
  const [ni, nj, nk] = sizeIjk;
  return {
    id: `size=[${sizeIjk.join(',')}];masks=${maskCount};first=${firstStructure};density=${density}`,
    params: { sizeIjk, wordsPerRow: perRow, firstStructure, maskCount },
    constants: { IS_FIRST: firstStructure === 0 ? 1 : 0 },
    buffers: (seed) => {
      const mask = (m: number) => ({
        init: m < maskCount ? makeMask(seed + m, m) : new Uint32Array(1),
      });
      return {
        mask0: mask(0), mask1: mask(1), mask2: mask(2), mask3: mask(3), mask4: mask(4), mask5: mask(5), mask6: mask(6),
        labels: { init: randomU32(seed + 7, ni * nj * nk) },
      }; // prettier-ignore
    },
  };
}

const runs = (count: number, structureCount: number, share: number) => (seed: number) =>
  randomLabels(seed, count, structureCount, share);

/** Labels of balls; a whole number of blocks. */
function ballBlocks(sizeIjk: Vec3): readonly [BlockParams, (seed: number) => Uint32Array, string] {
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  const params = { firstVoxel: 0, count, structureCount: 12, firstBlock: 0, blockVoxels: BLOCK_VOXELS };
  return [params, (seed) => ballLabels(seed, sizeIjk, 12), `size=[${sizeIjk.join(',')}];structures=12`];
}

const blockParams: readonly (readonly [BlockParams, number])[] = [
  [{ firstVoxel: 0, count: 30_011, structureCount: 5, firstBlock: 0, blockVoxels: BLOCK_VOXELS }, 0.4],
  [{ firstVoxel: 0, count: 1, structureCount: 1, firstBlock: 0, blockVoxels: BLOCK_VOXELS }, 1],
  [{ firstVoxel: 3, count: 16_385, structureCount: 32, firstBlock: 2, blockVoxels: BLOCK_VOXELS }, 1],
  [{ firstVoxel: 0, count: 4099, structureCount: 31, firstBlock: 1, blockVoxels: 100 }, 0.6],
  [{ firstVoxel: 0, count: 9000, structureCount: 7, firstBlock: 0, blockVoxels: 1000 }, 0],
];
const manyBlocks = { firstVoxel: 0, count: 2 * 65_536 + 1, structureCount: 2, firstBlock: 0, blockVoxels: 2 };

export const cases: KernelCases[] = [
  defineCases(structureHistogram, {
    eval: [
      histogramCase(20_011, 'i16', [-1000, 400], 3, 0.3),
      histogramCase(1, 'u8', [0, 255], 1, 1),
      histogramCase(31, 'i8', [-128, 127], 2, 1),
      histogramCase(16_384, 'u8', [7, 7], 32, 1),
      histogramCase(30_011, 'u8', [0, 255], 32, 0.5, 77),
      histogramCase(30_011, 'i8', [-128, 127], 5, 0.5, 1),
      // The whole range of the type, and so many values that most find no slot in the workgroup's table.
      histogramCase(40_009, 'i16', [-32_768, 32_767], 2, 1),
      histogramCase(40_009, 'u16', [0, 65_535], 1, 0.7, 5),
      histogramCase(10_007, 'u16', [65_530, 65_535], 4, 0),
      // More than one unit of the twin.
      histogramCase(2 ** 20 + 5, 'u8', [90, 99], 2, 0.02),
      inSmallWorkgroups(withFewVoxels(histogramCase(4 * 65_536 + 1, 'u8', [0, 3], 2, 0.02))),
    ],
    perf: PERF_SIZES.map((size) => histogramPerf(size)),
  }),
  defineCases(structureSizes, {
    eval: [
      ...blockParams.map(([params, share]) =>
        sizesCase(params, runs(params.firstVoxel + params.count, params.structureCount, share)),
      ),
      inSmallWorkgroups(sizesCase(manyBlocks, runs(manyBlocks.count, 2, 0.05))),
    ],
    perf: PERF_SIZES.map((size) => sizesCase(...ballBlocks(size))),
  }),
  defineCases(structureGather, {
    eval: [
      ...blockParams.flatMap(([params, share]) =>
        [0xffffffff, 0x12].map((wanted) =>
          gatherCase(
            { ...params, wanted: (wanted & (0xffffffff >>> (32 - params.structureCount))) >>> 0 },
            runs(params.firstVoxel + params.count, params.structureCount, share),
          ),
        ),
      ),
      inSmallWorkgroups(gatherCase({ ...manyBlocks, wanted: 3 }, runs(manyBlocks.count, 2, 0.05))),
    ],
    perf: PERF_SIZES.map((size) => {
      const [params, makeLabels, id] = ballBlocks(size);
      return gatherCase({ ...params, wanted: 0xfff }, makeLabels, id);
    }),
  }),
  defineCases(structureBits, {
    eval: [
      ...GRID_SIZES.map((size) => bitsCase(size, 7, 0, 0.3)),
      bitsCase([33, 17, 5], 1, 31, 0.5),
      bitsCase([33, 17, 5], 4, 28, 1),
      bitsCase([70, 9, 3], 3, 0, 0),
      inSmallWorkgroups(bitsCase([65_537, 1, 1], 2, 7, 0.1)),
    ],
    perf: PERF_SIZES.map((size) => bitsCase(size, 7, 0, 0.11, (seed, m) => ballMask(seed, size, m === 0))),
  }),
];
