import { forEachBackend } from '@efface/compute/testing';
import { openBackend } from '@efface/kernels/backends';
import { length, subtract, type Volume } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { analyseHead, type HeadAnatomy } from './analyse-head.ts';
import { dice } from './evaluate-brain.ts';
import { head } from './testing/heads.ts';

type Contrast = 't1' | 'ct';
const volumeOf = (contrast: Contrast): Volume =>
  head({ seed: 21, contrast, spacingMm: [1.2, 1.2, 2.5], noise: 12 }).volume;

const byOneThread = new Map<Contrast, Promise<HeadAnatomy>>();
async function analysedByOneThread(contrast: Contrast): Promise<HeadAnatomy> {
  await using reference = await openBackend('cpu', { threads: 1 });
  return await analyseHead(reference, volumeOf(contrast));
}

describe('analyseHead', () => {
  forEachBackend((kind, backend) => {
    for (const contrast of ['t1', 'ct'] as const) {
      it(`finds in ${contrast} on ${kind} what one CPU thread finds`, async () => {
        const reference = byOneThread.get(contrast) ?? analysedByOneThread(contrast);
        byOneThread.set(contrast, reference);
        const expected = await reference;
        const found = await analyseHead(backend(), volumeOf(contrast));
        expect(found.findings).toEqual(expected.findings);
        // The task's own class: averages differ in the last bits, and a voxel on an edge may fall on either side.
        expect(dice(found.body.mask, expected.body.mask)).toBeGreaterThan(0.99);
        expect(dice(found.brain.mask, expected.brain.mask)).toBeGreaterThan(0.99);
        expect(length(subtract(found.frame.originLps, expected.frame.originLps))).toBeLessThan(0.5);
      });
    }
  });
});
