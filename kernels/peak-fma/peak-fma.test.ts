import { checkKernels, forEachBackend } from '@efface/compute/testing';
import { expect, it } from 'vitest';
import { cases } from './peak-fma.cases.ts';
import { peakFma } from './peak-fma.ts';

checkKernels(cases);

forEachBackend((_, backend) => {
  it('ends in the fixed point: 8 chains of x = x/2 + 1 sum to 16', async () => {
    const count = 1000;
    const dst = backend().createBuffer('dst', 4 * count);
    // From at most 262, 25 steps leave less than half an ulp of 2 (2^-24); 40 are enough.
    backend().dispatch(peakFma, { params: { count, rounds: 10, scale: 0.5, offset: 1 }, buffers: { dst } });
    const values = new Float32Array(await backend().read(dst));
    expect(values.every((value) => value === 16)).toBe(true);
    backend().release(dst);
  });

  it('no rounds leave the start: 8 v + 28', async () => {
    const dst = backend().createBuffer('dst', 4 * 300);
    backend().dispatch(peakFma, { params: { count: 300, rounds: 0, scale: 0.5, offset: 1 }, buffers: { dst } });
    const values = new Float32Array(await backend().read(dst));
    expect([...values]).toEqual(Array.from({ length: 300 }, (_, v) => 8 * (v & 255) + 28));
    backend().release(dst);
  });
});
