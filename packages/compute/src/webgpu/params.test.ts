import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ParamField } from '../kernel.ts';
import { type OpenDevice, openDevice } from './device.ts';
import { packParams, ParamsArena } from './params.ts';

/** struct Params { count: u32, origin: vec3<i32>, scale: f32, axes: mat3x4<f32>, low: vec2<f32> } by WGSL §14.4.1. */
const FIELDS: readonly ParamField[] = [
  { name: 'count', type: 'u32', offsetBytes: 0 },
  { name: 'origin', type: 'vec3<i32>', offsetBytes: 16 },
  { name: 'scale', type: 'f32', offsetBytes: 28 },
  { name: 'axes', type: 'mat3x4<f32>', offsetBytes: 32 },
  { name: 'low', type: 'vec2<f32>', offsetBytes: 80 },
];
const SIZE_BYTES = 96;
const AXES = Array.from({ length: 12 }, (_, n) => n + 0.5);
const VALUES = { count: 0xffffffff, origin: [-1, 2, -2147483648], scale: 0.25, axes: AXES, low: [-0.5, 3] };

it('packs little-endian where the shader reads, and nothing between', () => {
  const bytes = new ArrayBuffer(16 + SIZE_BYTES);
  packParams(FIELDS, VALUES, new DataView(bytes), 16);
  expect([...new Uint32Array(bytes, 0, 8)]).toEqual([0, 0, 0, 0, 0xffffffff, 0, 0, 0]);
  expect([...new Int32Array(bytes, 32, 3)]).toEqual([-1, 2, -2147483648]);
  expect([...new Float32Array(bytes, 44)]).toEqual([0.25, ...AXES, -0.5, 3, 0, 0]);
});

describe('ParamsArena on the null device', () => {
  let opened: OpenDevice;
  beforeAll(async () => {
    opened = await openDevice({ validateOnly: true });
  });
  afterAll(() => opened.device.destroy());

  it('hands out aligned slots until it is full, and all again after the upload', () => {
    const arena = new ParamsArena(opened.device, 1024);
    const take = (): number => arena.add(FIELDS, SIZE_BYTES, VALUES);
    expect([take(), take(), take(), take()]).toEqual([0, 256, 512, 768]);
    expect(arena.fits(16)).toBe(false);
    arena.upload();
    expect(arena.fits(1024)).toBe(true);
    expect(take()).toBe(0);
  });
});
