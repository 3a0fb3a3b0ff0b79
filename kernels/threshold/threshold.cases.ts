import { type DeviceFormat } from '@efface/compute';
import { defineCases, GRID_SIZES, type KernelCase, type KernelCases } from '@efface/compute/testing';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { randomStored, volumeBuffers, volumeConstants } from '../shared/volume-case.ts';
import { type ThresholdMaskBinding, type ThresholdMaskParams } from './threshold-mask.gen.ts';
import { thresholdMask } from './threshold-mask.ts';

/** Stored values to draw from; the limits of each integer type are among them. */
const RANGES: Readonly<Record<DeviceFormat, readonly [number, number]>> = {
  u8: [0, 255],
  i8: [-128, 127],
  u16: [0, 65_535],
  i16: [-32_768, 32_767],
  f32: [-1000, 1000],
};

function thresholdCase(
  sizeIjk: Vec3,
  format: DeviceFormat,
  low: number,
  high: number,
): KernelCase<ThresholdMaskParams, ThresholdMaskBinding> {
  const perRow = wordsPerRow(sizeIjk[0]);
  return {
    id: `size=[${sizeIjk.join(',')}];format=${format};low=${low};high=${high}`,
    params: { sizeIjk, wordsPerRow: perRow, low, high },
    constants: volumeConstants(format),
    buffers: (seed) => ({
      ...volumeBuffers(randomStored(seed, format, sizeIjk[0] * sizeIjk[1] * sizeIjk[2], ...RANGES[format])),
      dst: { sizeBytes: 4 * perRow * sizeIjk[1] * sizeIjk[2] },
    }),
  };
}

export const cases: KernelCases[] = [
  defineCases(thresholdMask, {
    eval: [
      ...GRID_SIZES.map((size) => thresholdCase(size, 'i16', -300, 4000)),
      thresholdCase([67, 5, 3], 'u8', 17, 200),
      thresholdCase([67, 5, 3], 'i8', -17, 17),
      thresholdCase([67, 5, 3], 'u16', 1000, 60_000),
      thresholdCase([67, 5, 3], 'f32', -20.5, 20.5),
      thresholdCase([33, 3, 2], 'i16', -32_768, 32_767),
      thresholdCase([33, 3, 2], 'i16', 1, 0),
      inSmallWorkgroups(thresholdCase([3, 65_537, 1], 'u8', 100, 200)),
    ],
    perf: [thresholdCase([256, 256, 256], 'i16', -300, 4000), thresholdCase([512, 512, 400], 'i16', -300, 4000)],
  }),
];
