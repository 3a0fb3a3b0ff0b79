import { checkKernels, forEachBackend, GRID_SIZES, randomMask } from '@efface/compute/testing';
import { popcount, wordsPerRow } from '@efface/volume';
import { expect, it } from 'vitest';
import { cases } from './mask-logic.cases.ts';
import { maskCount, maskLogic, maskNot } from './mask-logic.ts';

checkKernels(cases);

forEachBackend((_, backend) => {
  it('counts the voxels of a full mask, whatever the length of its rows', async () => {
    for (const sizeIjk of GRID_SIZES) {
      const empty = backend().createBuffer('empty', 4 * wordsPerRow(sizeIjk[0]) * sizeIjk[1] * sizeIjk[2]);
      const full = maskNot(backend(), empty, sizeIjk);
      const none = maskNot(backend(), full, sizeIjk);
      expect(await maskCount(backend(), full)).toBe(sizeIjk[0] * sizeIjk[1] * sizeIjk[2]);
      expect(await maskCount(backend(), none)).toBe(0);
      for (const buffer of [empty, full, none]) backend().release(buffer);
    }
  });

  it('obeys De Morgan: not (a or b) = (not a) without b', async () => {
    const sizeIjk = [45, 7, 5] as const;
    const a = backend().createBuffer('a', 4 * 2 * 7 * 5, randomMask(1, [45, 7, 5], 0.5));
    const b = backend().createBuffer('b', 4 * 2 * 7 * 5, randomMask(2, [45, 7, 5], 0.5));
    const either = maskLogic(backend(), { a, b, sizeIjk, operation: 'or' });
    const neither = maskNot(backend(), either, sizeIjk);
    const notA = maskNot(backend(), a, sizeIjk);
    const same = maskLogic(backend(), { a: notA, b, sizeIjk, operation: 'andNot' });
    expect(new Uint32Array(await backend().read(neither))).toEqual(new Uint32Array(await backend().read(same)));
    const words = new Uint32Array(await backend().read(neither));
    expect(await maskCount(backend(), neither)).toBe(words.reduce((sum, word) => sum + popcount(word), 0));
    for (const buffer of [a, b, either, neither, notA, same]) backend().release(buffer);
  });
});
