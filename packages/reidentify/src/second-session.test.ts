import { forEachBackend } from '@efface/compute/testing';
import { generateHead } from '@efface/test-data';
import type { Volume } from '@efface/volume';
import { expect, it } from 'vitest';
import { secondSession } from './second-session.ts';

forEachBackend((_, backend) => {
  it('is the same head turned and shifted a little, with new noise', async () => {
    const { volume } = generateHead({ seed: 3, contrast: 'ct', spacingMm: 4 });
    const again = await secondSession(backend(), volume, 1);
    expect(again.grid).toEqual(volume.grid);
    const isBody = (of: Volume): boolean[] => Array.from(of.voxels as ArrayLike<number>, (value) => value > -300);
    const [before, after] = [isBody(volume), isBody(again)];
    const share = (body: readonly boolean[]): number => body.filter(Boolean).length / body.length;
    // What turns and shifts keeps its volume, but for what leaves the picture.
    expect(Math.abs(share(after) - share(before))).toBeLessThan(0.02);
    const changed = share(after.map((is, n) => is !== before[n]));
    expect(changed).toBeGreaterThan(0.005);
    expect(changed).toBeLessThan(0.15);
  });

  it('depends on the seed alone', async () => {
    const { volume } = generateHead({ seed: 3, contrast: 't1', spacingMm: 6 });
    const [first, same, other] = [
      await secondSession(backend(), volume, 7),
      await secondSession(backend(), volume, 7),
      await secondSession(backend(), volume, 8),
    ];
    expect(same.voxels).toEqual(first.voxels);
    expect(other.voxels).not.toEqual(first.voxels);
    // Rician noise has no negative values.
    expect(first.voxels.every((v: number | bigint) => Number(v) >= 0)).toBe(true);
  });
});
