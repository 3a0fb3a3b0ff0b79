import { analyseHead, type HeadAnatomy } from '@efface/anatomy';
import { forEachFastBackend } from '@efface/compute/testing';
import { generateHead } from '@efface/test-data';
import {
  allocateVoxels, dot, ijkToLps, subtract, uniformRescale, type Vec3, type Volume,
} from '@efface/volume'; // prettier-ignore
import { beforeAll, expect, it } from 'vitest';
import { faceDepthMap } from '../geometry/face-depth.ts';
import { type DepthMap, matchDepthsBothWays } from '../geometry/match-depths.ts';
import { seededRandom } from '../seeded-random.ts';
import { undoSurfaces } from './undo-fill.ts';

const AIR_HU = -1000;
const SKIN_HU = -300;

/** A block over the whole face: all air between these places of the head's frame, mm, becomes tissue. */
const BLOCK = { halfWidthMm: 70, aheadMm: [40, 150], belowMm: [10, 115] } as const;

/** The head with the block, as somebody covers a face who fills air alone: half-filled voxels of the skin stay. */
function covered(
  volume: Volume,
  frame: { originLps: Vec3; leftLps: Vec3; posteriorLps: Vec3; superiorLps: Vec3 },
  fillHu: number,
  noiseHu: number,
): Volume {
  const { grid, voxels: stored, rescale } = volume;
  const [ni, nj, nk] = grid.sizeIjk;
  const random = seededRandom(5);
  const voxels = allocateVoxels('f32', stored.length) as Float32Array;
  for (let n = 0; n < voxels.length; n++) {
    const k = Math.floor(n / (ni * nj));
    voxels[n] = Number(stored[n]) * rescale.slopePerK[k] + rescale.interceptPerK[k];
    const p = subtract(ijkToLps(grid, [n % ni, Math.floor(n / ni) % nj, k]), frame.originLps);
    const ahead = -dot(p, frame.posteriorLps);
    const below = -dot(p, frame.superiorLps);
    const isBlock =
      Math.abs(dot(p, frame.leftLps)) < BLOCK.halfWidthMm &&
      ahead > BLOCK.aheadMm[0] && ahead < BLOCK.aheadMm[1] && below > BLOCK.belowMm[0] && below < BLOCK.belowMm[1]; // prettier-ignore
    if (isBlock && voxels[n] < SKIN_HU) voxels[n] = fillHu + noiseHu * (random() + random() + random() - 1.5) * 2;
  }
  return { ...volume, type: 'f32', voxels, rescale: uniformRescale(nk, 1, 0) };
}

forEachFastBackend((_, backend) => {
  let volume: Volume;
  let frame: HeadAnatomy['frame'];
  beforeAll(async () => {
    ({ volume } = generateHead({ seed: 2, contrast: 'ct', spacingMm: 2, noise: 10, noiseSeed: 4 }));
    ({ frame } = await analyseHead(backend(), volume));
  });

  it.each([
    { what: 'thinner than the tissue behind it', fillHu: -90, noiseHu: 15 },
    { what: 'denser than the skin’s half-filled voxels', fillHu: 60, noiseHu: 15 },
    { what: 'without noise', fillHu: 0, noiseHu: 0 },
  ])('finds the face behind a fill $what', async ({ fillHu, noiseHu }) => {
    const look = (seen: Volume, thresholdReal: number): Promise<DepthMap> =>
      faceDepthMap(backend(), { volume: seen, frame, thresholdReal, smoothMm: 1 });
    const face = await look(volume, SKIN_HU);
    const residualMm = (map: DepthMap): number => matchDepthsBothWays(face, map)?.residualMm ?? Infinity;
    const cover = covered(volume, frame, fillHu, noiseHu);
    const { body } = await analyseHead(backend(), cover);
    const surfaces = await undoSurfaces(backend(), { volume: cover, frame, thresholdReal: SKIN_HU, smoothMm: 1, body });
    const found: number[] = [];
    for (const { volume: seen, thresholdReal } of surfaces) found.push(residualMm(await look(seen, thresholdReal)));
    // The block has nothing of a face; what is found behind it is the skin to half a voxel.
    expect(residualMm(await look(cover, SKIN_HU))).toBeGreaterThan(3);
    expect(Math.min(...found)).toBeLessThan(1);
  });

  it('has nothing to say of air', async () => {
    const coarse = generateHead({ seed: 2, contrast: 'ct', spacingMm: 6 }).volume;
    const { frame: axes, body } = await analyseHead(backend(), coarse);
    const voxels = allocateVoxels('f32', coarse.voxels.length).fill(AIR_HU as never);
    const air: Volume = { ...coarse, type: 'f32', voxels, rescale: uniformRescale(coarse.grid.sizeIjk[2], 1, 0) };
    expect(
      await undoSurfaces(backend(), { volume: air, frame: axes, thresholdReal: SKIN_HU, smoothMm: 1, body }),
    ).toEqual([]);
  });
});
