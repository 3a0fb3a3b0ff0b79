import { type DeviceFormat } from '@efface/compute';
import { defineCases, GRID_SIZES, type KernelCase, type KernelCases, randomMask } from '@efface/compute/testing';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { randomStored, volumeBuffers, volumeConstants } from '../shared/volume-case.ts';
import { type HistogramBinsBinding, type HistogramBinsParams } from './histogram-bins.gen.ts';
import { histogramBins } from './histogram-bins.ts';
import { type VolumeExtentBinding, type VolumeExtentParams } from './volume-extent.gen.ts';
import { volumeExtent } from './volume-extent.ts';

function binsCase(
  sizeIjk: Vec3,
  format: DeviceFormat,
  [low, high]: readonly [number, number],
  binCount: number,
  hasMask = 0,
): KernelCase<HistogramBinsParams, HistogramBinsBinding> {
  return {
    id: `size=[${sizeIjk.join(',')}];format=${format};edges=[${low},${high}];bins=${binCount};mask=${hasMask}`,
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), low, high, scale: binCount / (high - low), binCount },
    constants: { ...volumeConstants(format), HAS_MASK: hasMask },
    buffers: (seed) => ({
      ...volumeBuffers(randomStored(seed, format, sizeIjk[0] * sizeIjk[1] * sizeIjk[2], 0, 120)),
      mask: { init: randomMask(seed + 1, sizeIjk, 0.5) },
      bins: { sizeBytes: 4 * binCount },
    }),
  };
}

function extentCase(count: number, format: DeviceFormat): KernelCase<VolumeExtentParams, VolumeExtentBinding> {
  return {
    id: `count=${count};format=${format}`,
    params: { count },
    constants: volumeConstants(format),
    buffers: (seed) => ({
      ...volumeBuffers(randomStored(seed, format, count, format.startsWith('u') ? 0 : -100, 100)),
      extent: { init: Uint32Array.of(0xffffffff, 0) },
    }),
  };
}

export const cases: KernelCases[] = [
  defineCases(histogramBins, {
    eval: [
      ...GRID_SIZES.map((size) => binsCase(size, 'i16', [0, 120], 24)),
      binsCase([67, 31, 7], 'u8', [10, 90], 7, 1),
      binsCase([67, 31, 7], 'f32', [-5.5, 99.25], 2048, 1),
      binsCase([67, 31, 7], 'i8', [50, 51], 1),
      binsCase([67, 31, 7], 'u16', [119, 120], 3),
      // The scale rounds upwards here: the upper edge itself must not be lost.
      binsCase([67, 31, 7], 'u8', [0, 119], 1023),
      binsCase([67, 31, 7], 'f32', [0.1, 99.7], 1000),
      inSmallWorkgroups(binsCase([32, 65_537, 1], 'u8', [0, 120], 5)),
    ],
    perf: [binsCase([256, 256, 256], 'i16', [0, 120], 1024), binsCase([512, 512, 400], 'i16', [0, 120], 1024)],
  }),
  defineCases(volumeExtent, {
    eval: [
      ...(['u8', 'i8', 'u16', 'i16', 'f32'] as const).flatMap((format) =>
        [1, 8191, 30_011].map((n) => extentCase(n, format)),
      ),
      inSmallWorkgroups(extentCase(32 * 65_536 + 1, 'u8')),
    ],
    perf: [extentCase(512 * 512 * 400, 'i16')],
  }),
];
