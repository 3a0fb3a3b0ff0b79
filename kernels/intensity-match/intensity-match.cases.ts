import {
  defineCases, GRID_SIZES, type KernelCase, type KernelCases, PERF_SIZES, randomF32, randomIntegers, randomMask,
} from '@efface/compute/testing'; // prettier-ignore
import { type Vec3, wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type IntensityApplyBinding, type IntensityApplyParams } from './intensity-apply.gen.ts';
import { intensityApply } from './intensity-apply.ts';
import { type NoiseResidualBinding, type NoiseResidualParams } from './noise-residual.gen.ts';
import { noiseResidual } from './noise-residual.ts';
import { type QuantileTableBinding, type QuantileTableParams } from './quantile-table.gen.ts';
import { quantileTable } from './quantile-table.ts';

/** `most` voxels a bin; a share of the bins is empty when it is small. */
function tableCase(
  sourceBins: number,
  targetBins: number,
  most: number,
  clipped = 0,
): KernelCase<QuantileTableParams, QuantileTableBinding> {
  return {
    id: `bins=[${sourceBins},${targetBins}];most=${most};clipped=${clipped}`,
    params: {
      sourceBins,
      targetBins,
      sourceLow: -100,
      sourceWidth: 800 / sourceBins,
      targetLow: 0,
      targetWidth: 500 / targetBins,
      lowest: Math.round(clipped * 2 ** 24),
      highest: Math.round((1 - clipped) * 2 ** 24),
    },
    buffers: (seed) => ({
      sourceCounts: { init: randomIntegers(seed, new Uint32Array(sourceBins), 0, most) },
      targetCounts: { init: randomIntegers(seed + 1, new Uint32Array(targetBins), 0, most) },
      table: { sizeBytes: 4 * (sourceBins + 1) },
    }),
  };
}

function applyCase(
  sizeIjk: Vec3,
  { density = 0.5, featherMm = 0, sigma = 0, bins = 256, isPart = false },
): KernelCase<IntensityApplyParams, IntensityApplyBinding> {
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  return {
    id: `size=[${sizeIjk.join(',')}];density=${density};feather=${featherMm};sigma=${sigma};bins=${bins}${isPart ? ';part' : ''}`,
    params: {
      sizeIjk,
      wordsPerRow: wordsPerRow(sizeIjk[0]),
      low: -800,
      scale: bins / 1600,
      bins,
      sigma,
      seed: 7,
      counter: isPart ? 70_000 : 0,
      counterRow: isPart ? sizeIjk[0] + 5 : sizeIjk[0],
      counterSlice: isPart ? 100_003 : sizeIjk[0] * sizeIjk[1],
      perFeather: featherMm === 0 ? 0 : 1 / featherMm,
    },
    constants: { HAS_FEATHER: featherMm === 0 ? 0 : 1 },
    buffers: (seed) => ({
      source: { init: randomF32(seed, count, -1000, 1000) },
      values: { init: randomF32(seed + 1, count, -1000, 1000) },
      region: { init: randomMask(seed + 2, sizeIjk, density) },
      depth: { init: randomF32(seed + 3, featherMm === 0 ? 1 : count, 0, 10) },
      table: { init: randomF32(seed + 4, bins + 1, -500, 500).sort() },
      dst: { sizeBytes: 4 * count },
    }),
  };
}

function residualCase(sizeIjk: Vec3, density: number): KernelCase<NoiseResidualParams, NoiseResidualBinding> {
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  return {
    id: `size=[${sizeIjk.join(',')}];density=${density}`,
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]) },
    buffers: (seed) => ({
      src: { init: randomF32(seed, count, -1000, 1000) },
      mask: { init: randomMask(seed + 1, sizeIjk, density) },
      dst: { sizeBytes: 4 * count },
    }),
  };
}

export const cases: KernelCases[] = [
  defineCases(quantileTable, {
    eval: [
      tableCase(1, 1, 9),
      tableCase(7, 5, 9),
      tableCase(256, 256, 1000),
      tableCase(2048, 2048, 500_000),
      // Most bins empty, all empty, outliers left out.
      tableCase(300, 257, 1),
      tableCase(64, 64, 0),
      tableCase(100, 200, 1000, 0.02),
      tableCase(2047, 3, 1, 0.4),
    ],
    perf: [tableCase(256, 256, 100_000), tableCase(2048, 2048, 100_000)],
  }),
  defineCases(intensityApply, {
    eval: [
      ...GRID_SIZES.map((size) => applyCase(size, { featherMm: 4, sigma: 12 })),
      applyCase([33, 17, 5], {}),
      applyCase([33, 17, 5], { density: 1, bins: 100 }),
      applyCase([33, 17, 5], { density: 0 }),
      applyCase([33, 5, 4], { featherMm: 0.01, bins: 2048 }),
      applyCase([9, 5, 4], { sigma: 100, bins: 4 }),
      applyCase([9, 5, 4], { sigma: 100, isPart: true }),
      inSmallWorkgroups(applyCase([33, 2003, 1], { featherMm: 5 })),
    ],
    perf: PERF_SIZES.flatMap((size) => [
      applyCase(size, { density: 1 }),
      applyCase(size, { density: 1, featherMm: 5, sigma: 10 }),
    ]),
  }),
  defineCases(noiseResidual, {
    eval: [
      ...GRID_SIZES.map((size) => residualCase(size, 0.95)),
      residualCase([33, 17, 5], 1),
      residualCase([33, 17, 5], 0),
      inSmallWorkgroups(residualCase([33, 2003, 1], 0.9)),
    ],
    perf: PERF_SIZES.map((size) => residualCase(size, 1)),
  }),
];
