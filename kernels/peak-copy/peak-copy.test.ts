import { checkKernels, forEachBackend, randomU32 } from '@efface/compute/testing';
import { expect, it } from 'vitest';
import { cases } from './peak-copy.cases.ts';
import { copyBuffer } from './peak-copy.ts';

checkKernels(cases);

forEachBackend((_, backend) => {
  it('a copy has the bytes of its source and outlives it', async () => {
    const bytes = randomU32(1, 1024);
    const src = backend().createBuffer('src', bytes.byteLength, bytes);
    const dst = copyBuffer(backend(), src);
    backend().release(src);
    expect(new Uint32Array(await backend().read(dst))).toEqual(bytes);
    backend().release(dst);
  });

  it('refuses a size that is not whole elements', () => {
    const src = backend().createBuffer('src', 20);
    expect(() => copyBuffer(backend(), src)).toThrow(RangeError);
    backend().release(src);
  });
});
