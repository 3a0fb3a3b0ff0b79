import { checkKernels, forEachBackend } from '@efface/compute/testing';
import { expect, it } from 'vitest';
import { cases } from './peak-fma.cases.ts';
import { peakFma } from './peak-fma.ts';

checkKernels(cases);

forEachBackend((_, backend) => {
  // Chain n of element v starts at v + n; the sum of the starts is 8 v + 28.
  it.each([
    ['no rounds leave the start', { rounds: 0, scale: -1, offset: 9 }, (v: number) => 8 * v + 28],
    [
      'x = 9 - x comes back after an even number of steps',
      { rounds: 5, scale: -1, offset: 9 },
      (v: number) => 8 * v + 28,
    ],
    ['x = x + 3 grows by 12 a round', { rounds: 10, scale: 1, offset: 3 }, (v: number) => 8 * (v + 120) + 28],
    ['x = 0 x - 3 stays at -3', { rounds: 2, scale: 0, offset: -3 }, () => -24],
  ])('%s', async (_title, parameters, expected) => {
    const count = 300;
    const dst = backend().createBuffer('dst', 4 * count);
    backend().dispatch(peakFma, { params: { count, ...parameters }, buffers: { dst } });
    const values = new Float32Array(await backend().read(dst));
    expect([...values]).toEqual(Array.from({ length: count }, (_value, v) => expected(v & 255)));
    backend().release(dst);
  });
});
