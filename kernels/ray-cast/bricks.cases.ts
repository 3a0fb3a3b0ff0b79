import { type DeviceFormat } from '@efface/compute';
import {
  defineCases,
  type KernelCase,
  type KernelCases,
  PERF_SIZES,
  randomF32,
  randomIntegers,
} from '@efface/compute/testing';
import { type Vec3 } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { randomStored, volumeBuffers, volumeConstants } from '../shared/volume-case.ts';
import { brickExtentMain } from './brick-extent.cpu.ts';
import { type BrickExtentBinding, type BrickExtentParams } from './brick-extent.gen.ts';
import { brickExtent, bricksOf } from './brick-extent.ts';
import { brickReachMain } from './brick-reach.cpu.ts';
import { type BrickReachBinding, type BrickReachParams } from './brick-reach.gen.ts';
import { brickReach } from './brick-reach.ts';

/** Smallest and largest value of each format, about 0 for f32. */
export const RANGES: Readonly<Record<DeviceFormat, readonly [number, number]>> = {
  u8: [0, 255],
  i8: [-128, 127],
  u16: [0, 65_535],
  i16: [-32_768, 32_767],
  f32: [-1000, 1000],
};

function extentCase(sizeIjk: Vec3, format: DeviceFormat): KernelCase<BrickExtentParams, BrickExtentBinding> {
  const bricksIjk = bricksOf(sizeIjk);
  return {
    id: `size=[${sizeIjk.join(',')}];format=${format}`,
    params: { sizeIjk, bricksIjk },
    constants: volumeConstants(format),
    buffers: (seed) => ({
      ...volumeBuffers(randomStored(seed, format, sizeIjk[0] * sizeIjk[1] * sizeIjk[2], ...RANGES[format])),
      extents: { sizeBytes: 8 * bricksIjk[0] * bricksIjk[1] * bricksIjk[2] },
    }),
  };
}

function withWorkgroup<P extends object, B extends string>(
  kernelCase: KernelCase<P, B>,
  wgX: number,
): KernelCase<P, B> {
  return { ...kernelCase, id: `${kernelCase.id};wg=${wgX}`, constants: { ...kernelCase.constants, WG_X: wgX } };
}

export function extentsOf(sizeIjk: Vec3, stored: ArrayLike<number>): Float32Array {
  const bricksIjk = bricksOf(sizeIjk);
  const nBricks = bricksIjk[0] * bricksIjk[1] * bricksIjk[2];
  const extents = new Float32Array(2 * nBricks);
  brickExtentMain({ sizeIjk, bricksIjk }, stored, extents, 0, nBricks);
  return extents;
}

export function reachOf(sizeIjk: Vec3, extents: Float32Array, threshold: number): Uint32Array {
  const bricksIjk = bricksOf(sizeIjk);
  let src = new Uint32Array(extents.length / 2);
  for (const axis of [0, 1, 2]) {
    const dst = new Uint32Array(src.length);
    brickReachMain({ bricksIjk, axis, threshold }, extents, src, dst, 0, src.length);
    src = dst;
  }
  return src;
}

function reachCase(bricksIjk: Vec3, axis: 0 | 1 | 2, share: number): KernelCase<BrickReachParams, BrickReachBinding> {
  const nBricks = bricksIjk[0] * bricksIjk[1] * bricksIjk[2];
  return {
    id: `bricks=[${bricksIjk.join(',')}];axis=${axis};share=${share}`,
    params: { bricksIjk, axis, threshold: 1 - share },
    buffers: (seed) => ({
      extents: { init: randomF32(seed, 2 * nBricks, 0, 1) },
      src: { init: randomIntegers(seed, new Uint32Array(nBricks), 0, 8) },
      dst: { sizeBytes: 4 * nBricks },
    }),
  };
}

export const brickCases: KernelCases[] = [
  defineCases(brickExtent, {
    eval: [
      ...([[1, 1, 1], [9, 9, 9], [8, 17, 10], [2, 1, 30], [37, 41, 13], [257, 3, 5]] as const).map((size) => extentCase(size, 'i16')),
      ...(['u8', 'i8', 'u16', 'f32'] as const).map((format) => extentCase([19, 11, 7], format)),
      // More than 65 535 workgroups, of one brick each.
      withWorkgroup(extentCase([2, 2050, 2060], 'u8'), 9),
    ],
    perf: PERF_SIZES.map((size) => extentCase(size, 'i16')),
  }),
  defineCases(brickReach, {
    eval: [
      reachCase([33, 7, 5], 0, 0.05),
      reachCase([33, 7, 5], 1, 0.05),
      reachCase([5, 3, 37], 2, 0.01),
      reachCase([1, 1, 1], 0, 1),
      reachCase([40, 2, 2], 0, 0),
      // More than 65 535 workgroups.
      inSmallWorkgroups(reachCase([67, 33, 31], 0, 0.01)),
    ],
    perf: PERF_SIZES.map((size) => reachCase(bricksOf(size), 1, 0.2)),
  }),
]; // prettier-ignore
