import { type Backend } from '@efface/compute';
import { forEachFastBackend } from '@efface/compute/testing';
import { generateHead } from '@efface/test-data';
import { subtract, type Vec3 } from '@efface/volume';
import { expect, it } from 'vitest';
import { fastGrid, STANDARD_GRID } from '../portraits/portrait-grid.ts';
import { renderPortraits } from '../portraits/render-portraits.ts';
import { controlsOfHead, controlsOfSolids } from './negative-controls.ts';

const FAST_GRID = fastGrid(STANDARD_GRID);

/** Share of the pixels with surface in the portrait straight ahead. */
async function filledShare(backend: Backend, request: Parameters<typeof renderPortraits>[1]): Promise<number> {
  const portraits = await renderPortraits(backend, request);
  const { samples } = portraits[4].picture;
  return samples.filter((sample) => sample !== samples[0]).length / samples.length;
}

forEachFastBackend((_, backend) => {
  it('of solids: the silhouettes of a ball and of an ellipsoid, in the middle of the picture', async () => {
    const [sphere, ellipsoid] = controlsOfSolids(FAST_GRID);
    expect([sphere.name, ellipsoid.name]).toEqual(['sphere', 'ellipsoid']);
    // From a distance d the silhouette of a ball of radius r has the radius r·d/√(d² − r²) in its middle plane.
    const radiusMm = 80 / Math.sqrt(1 - (80 / 800) ** 2);
    const share = await filledShare(backend(), sphere.request);
    expect(share).toBeCloseTo((Math.PI * radiusMm ** 2) / 360 ** 2, 2);
    // Half axes 70 and 105 across the line of sight; its depth of 95 mm widens it by less than 1.5 %.
    const flat = (Math.PI * 70 * 105) / 360 ** 2;
    const seen = await filledShare(backend(), ellipsoid.request);
    expect(seen).toBeGreaterThan(flat);
    expect(seen).toBeLessThan(1.03 * flat);
  });

  it('of a head: its back, its front cut off, its brain alone', async () => {
    const { volume, truth, landmarksLps } = generateHead({ seed: 5, contrast: 'ct', spacingMm: 3 });
    const frame = {
      originLps: [0, 0, 0] as Vec3,
      leftLps: [1, 0, 0] as Vec3,
      posteriorLps: [0, 1, 0] as Vec3,
      superiorLps: [0, 0, 1] as Vec3,
    };
    // The middle of the brain is some 35 mm above and 75 mm behind the bridge of the nose.
    const nose = landmarksLps.nasion;
    const head = { volume, thresholdReal: -300, smoothMm: 0, grid: FAST_GRID, frame: { ...frame, originLps: subtract(nose, [0, -85, -35]) } }; // prettier-ignore
    const controls = controlsOfHead({ ...head, brain: { grid: volume.grid, mask: truth.brain } });
    expect(controls.map(({ name }) => name)).toEqual(['back', 'front-cut-off', 'brain']);
    const [back, cut, brain] = controls;
    for (const { request } of controls) {
      const share = await filledShare(backend(), request);
      expect(share).toBeGreaterThan(0.1);
      expect(share).toBeLessThan(0.9);
    }
    // The brain is smaller than the head that holds it.
    expect(await filledShare(backend(), brain.request)).toBeLessThan(await filledShare(backend(), back.request));
    // Straight ahead the cut is a flat wall: all depths are those of the plane.
    const [whole, flat] = await Promise.all([
      renderPortraits(backend(), { ...head }),
      renderPortraits(backend(), cut.request),
    ]);
    expect(flat[4].picture.samples).not.toEqual(whole[4].picture.samples);
    const greys = flat[4].picture.samples.filter((grey) => grey !== flat[4].picture.samples[0]);
    const counts = new Map<number, number>();
    for (const grey of greys) counts.set(grey, (counts.get(grey) ?? 0) + 1);
    expect(Math.max(...counts.values()) / greys.length).toBeGreaterThan(0.5);
  });
});
