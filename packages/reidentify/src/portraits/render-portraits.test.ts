import { forEachBackend } from '@efface/compute/testing';
import { allocateVoxels, type Grid, ijkToLps, uniformRescale, type Vec3, type Volume } from '@efface/volume';
import { expect, it } from 'vitest';
import type { RenderFrame } from '../render.ts';
import { fastGrid, HELD_OUT_GRID, STANDARD_GRID } from './portrait-grid.ts';
import { detectorPicture, faceCentreLps, PORTRAIT_FACE_BOX, renderPortraits } from './render-portraits.ts';

/** A head that looks to its left, upside down: nothing may depend on the patient axes. */
const FRAME: RenderFrame = {
  originLps: [11, -23, 40],
  leftLps: [0, 1, 0],
  posteriorLps: [-1, 0, 0],
  superiorLps: [0, 0, 1],
};
const CENTRE = faceCentreLps(FRAME);

/** Balls: one in the middle of the face, a small one up and to the patient's left of it. */
const RADIUS_MM = 40;
const SMALL = { upMm: 70, leftMm: 60, radiusMm: 15 };

function ballsVolume(): Volume {
  const spacing = 3;
  const sizeIjk: Vec3 = [70, 70, 70];
  const grid: Grid = {
    sizeIjk,
    affineIjkToLps: [spacing, 0, 0, CENTRE[0] - 105, 0, spacing, 0, CENTRE[1] - 105, 0, 0, spacing, CENTRE[2] - 105],
  };
  const small: Vec3 = [CENTRE[0], CENTRE[1] + SMALL.leftMm, CENTRE[2] + SMALL.upMm];
  const voxels = allocateVoxels('f32', 70 ** 3) as Float32Array;
  let n = 0;
  for (let k = 0; k < 70; k++)
    for (let j = 0; j < 70; j++)
      for (let i = 0; i < 70; i++, n++) {
        const p = ijkToLps(grid, [i, j, k]);
        const toCentre = Math.hypot(p[0] - CENTRE[0], p[1] - CENTRE[1], p[2] - CENTRE[2]);
        const toSmall = Math.hypot(p[0] - small[0], p[1] - small[1], p[2] - small[2]);
        voxels[n] = Math.max(RADIUS_MM - toCentre, SMALL.radiusMm - toSmall);
      }
  return { grid, type: 'f32', voxels, rescale: uniformRescale(70, 1, 0), modality: 'MR', unit: 'arbitrary' };
}

/** Middle of the pixels that differ from the corner's, the background's grey, within some columns. */
function middleOf(
  samples: Uint8Array,
  width: number,
  isCounted: (x: number, y: number) => boolean,
): [number, number, number] {
  let [sumX, sumY, count] = [0, 0, 0];
  for (let y = 0; y < samples.length / width; y++)
    for (let x = 0; x < width; x++)
      if (samples[y * width + x] !== samples[0] && isCounted(x, y)) {
        sumX += x + 0.5;
        sumY += y + 0.5;
        count++;
      }
  return [sumX / count, sumY / count, count];
}

forEachBackend((_, backend) => {
  it('has the middle of the face in the middle of every picture, left to the right, up upwards', async () => {
    const volume = ballsVolume();
    const request = { volume, thresholdReal: 0, smoothMm: 0, frame: FRAME, grid: STANDARD_GRID };
    const portraits = await renderPortraits(backend(), request);
    expect(portraits).toHaveLength(81);
    for (const { picture } of portraits)
      expect([picture.width, picture.height, picture.channels]).toEqual([384, 384, 1]);
    const front = portraits.find(({ camera }) => camera.yawDegrees === 0 && camera.pitchDegrees === 0);
    const samples = front?.picture.samples ?? new Uint8Array();
    const pxPerMm = 384 / 360;
    // The small ball's picture lies outside this circle; the silhouette of a ball at 800 mm is 0.13 % wider than it.
    const reach = (RADIUS_MM + 10) * pxPerMm;
    const isBig = (x: number, y: number): boolean => Math.hypot(x + 0.5 - 192, y + 0.5 - 192) < reach;
    const [x, y, count] = middleOf(samples, 384, isBig);
    expect(Math.hypot(x - 192, y - 192)).toBeLessThan(0.3);
    expect(count).toBeGreaterThan(0.98 * Math.PI * (RADIUS_MM * pxPerMm) ** 2);
    expect(count).toBeLessThan(1.02 * Math.PI * (RADIUS_MM * pxPerMm) ** 2);
    const [smallX, smallY] = middleOf(samples, 384, (px, py) => !isBig(px, py));
    expect(Math.abs(smallX - (192 + SMALL.leftMm * pxPerMm))).toBeLessThan(1);
    expect(Math.abs(smallY - (192 - SMALL.upMm * pxPerMm))).toBeLessThan(1);
    // A face box that the picture holds, around that middle.
    expect(PORTRAIT_FACE_BOX.leftPx + PORTRAIT_FACE_BOX.widthPx / 2).toBe(192);
    expect(PORTRAIT_FACE_BOX.topPx).toBeGreaterThan(0);
  });

  it('shows each camera under each light, and what clips leave', async () => {
    const volume = ballsVolume();
    const request = { volume, thresholdReal: 0, smoothMm: 0, frame: FRAME, grid: HELD_OUT_GRID };
    const portraits = await renderPortraits(backend(), request);
    expect(new Set(portraits.map(({ picture }) => Buffer.from(picture.samples).toString('base64'))).size).toBe(81);
    const gone = await renderPortraits(backend(), {
      ...request,
      grid: fastGrid(HELD_OUT_GRID),
      clips: [{ kind: 'sphere', centreLps: CENTRE, radiusMm: 200, keep: 'outside' }],
    });
    expect(gone).toHaveLength(9);
    for (const { picture } of gone) expect(new Set(picture.samples).size).toBe(1);
  });

  it('has background around it for detectors, the portrait in the middle', () => {
    const samples = Uint8Array.from({ length: 384 * 384 }, (_, n) => n % 251);
    const wide = detectorPicture({ width: 384, height: 384, channels: 1, samples });
    expect([wide.width, wide.height]).toEqual([768, 768]);
    expect(wide.samples[0]).toBe(wide.samples[768 * 768 - 1]);
    for (const [x, y] of [[0, 0], [383, 0], [100, 383]]) expect(wide.samples[(y + 192) * 768 + x + 192]).toBe(samples[y * 384 + x]); // prettier-ignore
  });

  it('holds out every camera and every light', () => {
    for (const part of ['cameras', 'lights'] as const) {
      expect(HELD_OUT_GRID[part]).toHaveLength(9);
      const standard = new Set(STANDARD_GRID[part].map((one) => JSON.stringify(one)));
      expect(HELD_OUT_GRID[part].some((one) => standard.has(JSON.stringify(one)))).toBe(false);
    }
  });
});
