import { analyseHead } from '@efface/anatomy';
import { forEachBackend } from '@efface/compute/testing';
import { generateHead } from '@efface/test-data';
import type { Volume } from '@efface/volume';
import { expect, it } from 'vitest';
import { faceDepthMap } from './face-depth.ts';
import { type DepthMap, matchDepthsBothWays } from './match-depths.ts';

/** Two people, each as they were and in another pose and noise. */
const seen = [1, 2].flatMap((seed) =>
  [0, 1].map((turn) => {
    const pose = { yawDeg: 6 * turn, pitchDeg: -5 * turn, rollDeg: 3 * turn };
    let volume: Volume | undefined;
    return {
      seed,
      // Made once for all backends, and not before a test runs.
      volume: () => (volume ??= generateHead({ seed, contrast: 't1', spacingMm: 2, noise: 20, noiseSeed: 10 * seed + turn, pose }).volume), // prettier-ignore
    };
  }),
);

forEachBackend((_, backend) => {
  it('a generated face matches itself in another pose and noise better than any other person', async () => {
    const maps: { readonly seed: number; readonly map: DepthMap }[] = [];
    for (const { seed, volume } of seen) {
      const { frame, skinThresholdReal } = await analyseHead(backend(), volume());
      const request = { volume: volume(), frame, thresholdReal: skinThresholdReal, smoothMm: 1 };
      maps.push({ seed, map: await faceDepthMap(backend(), request) });
    }
    const residualMm = (a: number, b: number): number => matchDepthsBothWays(maps[a].map, maps[b].map)?.residualMm ?? Infinity; // prettier-ignore
    const pairs = maps.flatMap((first, a) => maps.slice(0, a).map((second, b) => ({ isSame: first.seed === second.seed, mm: residualMm(a, b) }))); // prettier-ignore
    const worstSame = Math.max(...pairs.filter(({ isSame }) => isSame).map(({ mm }) => mm));
    const nearestOther = Math.min(...pairs.filter(({ isSame }) => !isSame).map(({ mm }) => mm));
    // Surfaces are found to a tenth of a voxel; the measures of generated faces differ by millimetres.
    expect(worstSame).toBeLessThan(0.3);
    expect(nearestOther).toBeGreaterThan(2 * worstSame);
  });
});
