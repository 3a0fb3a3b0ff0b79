import { defineCases, type KernelCase, type KernelCases, PERF_SIZES } from '@efface/compute/testing';
import { type Vec3 } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { ballLabels, randomLabels, randomPair } from './structures.testing.ts';
import { type IntegerFormat, INTEGER_LAYOUTS } from './integer-layout.ts';
import { type StructureHistogramBinding, type StructureHistogramParams } from './structure-histogram.gen.ts';
import { structureHistogram } from './structure-histogram.ts';

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
    params: { firstVoxel, count, structureCount },
    constants: { VALUE_BITS: valueBits, SIGN_BIT: signBit },
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

/** The case with as few voxels for each invocation as there can be. */
function withFewVoxels(kernelCase: HistogramCase): HistogramCase {
  return { ...kernelCase, constants: { ...kernelCase.constants, VOXELS_EACH: 4 } };
}

function histogramPerf(sizeIjk: Vec3): HistogramCase {
  const structureCount = 12;
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  const { valueBits, signBit } = INTEGER_LAYOUTS.i16;
  return {
    id: `size=[${sizeIjk.join(',')}];format=i16;structures=${structureCount}`,
    params: { firstVoxel: 0, count, structureCount },
    constants: { VALUE_BITS: valueBits, SIGN_BIT: signBit },
    buffers: (seed) => {
      const { original, defaced } = randomPair(seed, 'i16', count, -1000, 500);
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
      inSmallWorkgroups(withFewVoxels(histogramCase(4 * 65_536 + 1, 'u8', [0, 3], 2, 0.02))),
    ],
    perf: PERF_SIZES.map((size) => histogramPerf(size)),
  }),
];
