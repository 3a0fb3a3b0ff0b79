import { forEachBackend } from '@efface/compute/testing';
import {
  type Grid,
  ijkToLps,
  type Mask,
  maskFromNonzero,
  uniformRescale,
  type Vec3,
  type Volume,
  allocateVoxels,
} from '@efface/volume';
import { expect, it } from 'vitest';
import { faceSurfaceInRegion } from './face-surface.ts';
import { directionToLps, renderViews, STANDARD_VIEWS } from './render.ts';

const GRID: Grid = { sizeIjk: [70, 70, 70], affineIjkToLps: [3, 0, 0, -103, 0, 3, 0, -103, 0, 0, 3, -103] };
const FRAME = { originLps: [0, 0, 0], leftLps: [1, 0, 0], posteriorLps: [0, 1, 0], superiorLps: [0, 0, 1] } as const;

/** A ball of radius 90 mm around the origin: values fall through 0 at its surface, 1 per mm. */
function ball(): Volume {
  const [ni, nj, nk] = GRID.sizeIjk;
  const voxels = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  for (let n = 0; n < voxels.length; n++)
    voxels[n] = 90 - Math.hypot(...ijkToLps(GRID, [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))]));
  return { grid: GRID, type: 'f32', voxels, rescale: uniformRescale(nk, 1, 0), modality: 'MR', unit: 'arbitrary' };
}

/** Voxels whose centre fulfils the condition. */
function maskOf(condition: (pLps: Vec3) => boolean): Mask {
  const [ni, nj, nk] = GRID.sizeIjk;
  const bytes = Uint8Array.from({ length: ni * nj * nk }, (_, n) =>
    condition(ijkToLps(GRID, [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))])) ? 1 : 0,
  );
  return maskFromNonzero(GRID.sizeIjk, bytes);
}

it('looks from the side that yaw and pitch say', () => {
  const near = (a: Vec3, b: Vec3): void => a.forEach((v, d) => expect(v).toBeCloseTo(b[d], 12));
  near(directionToLps(FRAME, { yawDegrees: 0, pitchDegrees: 0 }), [0, -1, 0]);
  near(directionToLps(FRAME, { yawDegrees: 90, pitchDegrees: 0 }), [1, 0, 0]);
  near(directionToLps(FRAME, { yawDegrees: 0, pitchDegrees: 90 }), [0, 0, 1]);
});

forEachBackend((_, backend) => {
  it('sees a ball as a disc of the size perspective gives it, at the depth of its surface', async () => {
    const views = await renderViews(backend(), {
      volume: ball(), thresholdReal: 0, frame: FRAME, views: STANDARD_VIEWS, sizePx: 101, smoothMm: 0, light: { yawDegrees: 0, pitchDegrees: 0 },
    }); // prettier-ignore
    // Tangent cone from 800 mm: half angle asin(90/800); on the plane through the centre 800·tan of that.
    const radiusPx = (800 * Math.tan(Math.asin(90 / 800)) * 101) / 280;
    for (const { hit, depthMm } of views) {
      expect(hit.reduce((sum, h) => sum + h, 0) / (Math.PI * radiusPx ** 2)).toBeCloseTo(1, 1);
      // Trilinear interpolation of a distance field bends it by at most h²/(8r) per axis: 0.04 mm.
      expect(Math.abs(depthMm[50 * 101 + 50] - 710)).toBeLessThan(0.05);
    }
  });

  it('counts the skin that a region takes: all, none, and the half on one side', async () => {
    const request = { volume: ball(), frame: FRAME, thresholdReal: 0, noseTipLps: [0, -90, 0], smoothMm: 0 } as const;
    const share = async (condition: (pLps: Vec3) => boolean): Promise<number> =>
      (await faceSurfaceInRegion(backend(), { ...request, mask: maskOf(condition) })).removedShare;
    expect(await share(() => true)).toBe(1);
    expect(await share(() => false)).toBe(0);
    expect(Math.abs((await share(([x]) => x > 0)) - 0.5)).toBeLessThan(0.03);
    // Behind the ears nothing is face.
    expect(await share(([, y]) => y > 0)).toBe(0);
  });
});
