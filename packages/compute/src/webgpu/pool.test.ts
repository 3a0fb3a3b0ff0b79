import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenDevice, openDevice } from './device.ts';
import { BufferPool, sizeClass } from './pool.ts';

const MIB = 2 ** 20;

describe('sizeClass', () => {
  it.each([
    [1, 256],
    [256, 256],
    [257, 384],
    [384, 384],
    [385, 512],
    [1000, 1024],
    [12 * MIB, 12 * MIB],
    [12 * MIB + 1, 16 * MIB],
    [16 * MIB + 1, 16 * MIB + 4],
  ])('%i bytes lie in a buffer of %i', (sizeBytes, expected) => expect(sizeClass(sizeBytes)).toBe(expected));

  it('holds the bytes in whole words and wastes at most half of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 256, max: 2 ** 31 }), (sizeBytes) => {
        const size = sizeClass(sizeBytes);
        expect(size % 4).toBe(0);
        expect(size).toBeGreaterThanOrEqual(sizeBytes);
        expect(size).toBeLessThanOrEqual(1.5 * sizeBytes + 4);
      }),
    );
  });
});

describe('BufferPool on the null device', () => {
  let opened: OpenDevice;
  beforeAll(async () => {
    opened = await openDevice({ validateOnly: true });
  });
  afterAll(() => opened.device.destroy());

  it('hands a released buffer out again after the submit, not before', () => {
    const pool = new BufferPool(opened.device);
    const first = pool.acquire('first', 1000).buffer;
    pool.retire(first);
    const second = pool.acquire('second', 1000);
    expect(second.isNew).toBe(true);
    expect(second.buffer).not.toBe(first);
    pool.recycle();
    const third = pool.acquire('third', 1024);
    expect(third).toEqual({ buffer: first, isNew: false });
    expect(third.buffer.label).toBe('third');
    // Another size class.
    expect(pool.acquire('fourth', 1025).isNew).toBe(true);
  });

  it('counts what lives, what waits and what is kept', () => {
    const pool = new BufferPool(opened.device);
    const small = pool.acquire('small', 300).buffer;
    const large = pool.acquire('large', 20 * MIB).buffer;
    expect(pool.memory()).toEqual({ aliveBytes: 384 + 20 * MIB, pooledBytes: 0, peakBytes: 384 + 20 * MIB });
    pool.retire(small);
    pool.retire(large);
    expect(pool.waitingBytes).toBe(384 + 20 * MIB);
    pool.recycle();
    // The large one went back to the driver.
    expect(pool.memory()).toEqual({ aliveBytes: 0, pooledBytes: 384, peakBytes: 384 + 20 * MIB });
    expect(pool.waitingBytes).toBe(0);
  });

  it('keeps 256 MiB at most', () => {
    const pool = new BufferPool(opened.device);
    const buffers = Array.from({ length: 20 }, (_, n) => pool.acquire(`b${n}`, 16 * MIB).buffer);
    for (const buffer of buffers) pool.retire(buffer);
    pool.recycle();
    expect(pool.memory()).toMatchObject({ aliveBytes: 0, pooledBytes: 256 * MIB });
  });
});
