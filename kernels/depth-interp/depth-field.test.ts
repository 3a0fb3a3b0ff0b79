import { type Backend, releaseVolume, uploadVolume } from '@efface/compute';
import { forEachBackend } from '@efface/compute/testing';
import {
  add, allocateVoxels, cross, dot, type Grid, ijkToLps, length, normalize, scale, subtract, uniformRescale, type Vec3,
  type Volume, wordsPerRow,
} from '@efface/volume'; // prettier-ignore
import { describe, expect, it } from 'vitest';
import { type Camera } from '../ray-cast/camera.ts';
import { rayCast, readGBuffer } from '../ray-cast/ray-cast.ts';
import { depthField, type DepthWindow, depthWindow, lineOfSight } from './depth-field.ts';

/** A sheared, oblique, left-handed grid around the origin. */
function obliqueGrid(sizeIjk: Vec3, scaleMm: Vec3): Grid {
  const linear = [0.9, 0.2, -0.1, 0.1, -0.9, 0.3, 0.2, 0.1, 0.95].map((v, n) => v * scaleMm[n % 3]);
  const rows = [0, 1, 2].map((r) => linear.slice(3 * r, 3 * r + 3));
  return {
    sizeIjk,
    affineIjkToLps: rows.flatMap((row) => [...row, -row.reduce((sum, v, d) => sum + (v * (sizeIjk[d] - 1)) / 2, 0)]),
  };
}

function fieldVolume(grid: Grid, value: (pLps: Vec3) => number): Volume {
  const [ni, nj, nk] = grid.sizeIjk;
  const voxels = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  for (let n = 0; n < voxels.length; n++)
    voxels[n] = value(ijkToLps(grid, [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))]));
  return { grid, type: 'f32', voxels, rescale: uniformRescale(nk, 1, 0), modality: 'OT', unit: 'mm' };
}

async function seen(backend: Backend, volume: Volume, window: DepthWindow) {
  const device = uploadVolume(backend, 'scene', volume);
  const field = depthField(backend, { volume: device, grid: volume.grid, thresholdStored: 0, window });
  const depthMm = new Float32Array(await backend.read(field.depthMm));
  const words = new Uint32Array(await backend.read(field.valid));
  for (const buffer of [field.depthMm, field.valid]) backend.release(buffer);
  releaseVolume(backend, device);
  const perRow = wordsPerRow(window.sizePx[0]);
  const has = (u: number, v: number): boolean => ((words[v * perRow + (u >>> 5)] >>> (u & 31)) & 1) === 1;
  return { depthMm, has, words };
}

const rayOf = (window: DepthWindow, u: number, v: number): Vec3 =>
  add(window.originLps, add(scale(window.uLps, u * window.pixelMm), scale(window.vLps, v * window.pixelMm)));

describe('depthWindow', () => {
  it('looks along the direction asked, v against up, the centre in the middle', () => {
    const window = depthWindow({
      centreLps: [10, -120, 30], directionLps: [0, 2, 0], upLps: [0, 0.5, 3], pixelMm: 0.5, sizePx: [41, 21],
    }); // prettier-ignore
    // Looking at a face: u grows to the patient's left, v downwards.
    [window.uLps, window.vLps, lineOfSight(window)].forEach((axis, n) => {
      const expected = [[1, 0, 0], [0, 0, -1], [0, 1, 0]][n]; // prettier-ignore
      axis.forEach((value, d) => expect(value).toBeCloseTo(expected[d], 12));
    });
    expect(length(subtract(window.originLps, [0, -120, 35]))).toBeLessThan(1e-9);
  });

  it('refuses a direction without up', () => {
    const frame = { centreLps: [0, 0, 0], directionLps: [0, 1, 0], pixelMm: 1, sizePx: [3, 3] } as const;
    expect(() => depthWindow({ ...frame, upLps: [0, -2, 0] })).toThrow(RangeError);
  });
});

forEachBackend((_, backend) => {
  const frame = {
    centreLps: scale(normalize([-0.3, 1, 0.2]), -90), directionLps: [-0.3, 1, 0.2], upLps: [0.1, 0, 1],
  } as const; // prettier-ignore

  it('measures a plane to rounding on an oblique anisotropic grid: trilinear interpolation is exact on it', async () => {
    const grid = obliqueGrid([60, 50, 26], [1, 1.2, 2.5]);
    const normalLps = normalize([0.2, -1, 0.3]);
    const window = depthWindow({ ...frame, pixelMm: 0.7, sizePx: [43, 37] });
    const { depthMm, has } = await seen(
      backend(),
      fieldVolume(grid, (p) => 3 - dot(p, normalLps)),
      window,
    );
    const direction = lineOfSight(window);
    for (let v = 0; v < 37; v++) {
      for (let u = 0; u < 43; u++) {
        const expected = (3 - dot(rayOf(window, u, v), normalLps)) / dot(direction, normalLps);
        expect(has(u, v)).toBe(true);
        // Positions round to 2⁻¹⁵ voxel, roots to 2⁻¹⁷.
        expect(Math.abs(depthMm[v * 43 + u] - expected)).toBeLessThan(2e-4);
      }
    }
  });

  it('measures a sphere, and misses beside it', async () => {
    const grid = obliqueGrid([64, 60, 40], [1, 1.1, 1.7]);
    const [centre, radiusMm]: [Vec3, number] = [[2, -1, 3], 22];
    const volume = fieldVolume(grid, (p) => radiusMm - length(subtract(p, centre)));
    const window = depthWindow({ ...frame, pixelMm: 1.3, sizePx: [45, 50] });
    const { depthMm, has, words } = await seen(backend(), volume, window);
    const direction = lineOfSight(window);
    let [hits, misses] = [0, 0];
    for (let v = 0; v < 50; v++) {
      for (let u = 0; u < 45; u++) {
        const toCentre = subtract(centre, rayOf(window, u, v));
        const along = dot(toCentre, direction);
        const aside = length(subtract(toCentre, scale(direction, along)));
        if (aside > radiusMm + 0.1) {
          expect([has(u, v), depthMm[v * 45 + u]]).toEqual([false, 0]);
          misses++;
        } else if (aside < 0.9 * radiusMm) {
          const halfMm = Math.sqrt(radiusMm ** 2 - aside ** 2);
          // Linear interpolation of a distance errs by Σh²/(8·20) mm at this radius; a slanted ray stretches that.
          const limitMm = (1.1 * (1 + 1.1 ** 2 + 1.7 ** 2)) / 160 / (halfMm / radiusMm);
          expect(has(u, v)).toBe(true);
          expect(Math.abs(depthMm[v * 45 + u] - (along - halfMm))).toBeLessThan(limitMm);
          hits++;
        }
      }
    }
    expect(hits).toBeGreaterThan(600);
    expect(misses).toBeGreaterThan(400);
    // Bits beyond a row's end stay 0: rows are 45 pixels, two words.
    for (let v = 0; v < 50; v++) expect(words[2 * v + 1] >>> 13).toBe(0);
  });

  it('is 0 and valid where the window lies in solid', async () => {
    const grid = obliqueGrid([20, 20, 20], [1, 1, 1]);
    const window = depthWindow({ ...frame, centreLps: [0, 0, 0], pixelMm: 0.5, sizePx: [5, 4] });
    const { depthMm, has } = await seen(
      backend(),
      fieldVolume(grid, () => 1),
      window,
    );
    expect([...depthMm]).toEqual(Array(20).fill(0));
    expect(has(4, 3)).toBe(true);
  });

  it('sees what an orthographic camera sees, and refuses axes without a right angle', async () => {
    const grid = obliqueGrid([40, 44, 30], [1, 1, 1.5]);
    const volume = fieldVolume(grid, (p) => 12 - length(p) + 3 * Math.sin(p[0] / 3) * Math.cos(p[2] / 4));
    const window = depthWindow({ ...frame, pixelMm: 0.9, sizePx: [36, 36] });
    const { depthMm, has } = await seen(backend(), volume, window);
    const camera: Camera = {
      kind: 'orthographic', eyeLps: frame.centreLps, targetLps: [0, 0, 0], upLps: frame.upLps, heightMm: 32.4,
      widthPx: 36, heightPx: 36,
    }; // prettier-ignore
    const device = uploadVolume(backend(), 'scene', volume);
    const picture = rayCast(backend(), { volume: device, grid, thresholdStored: 0, cameras: [camera] });
    const [view] = await readGBuffer(backend(), picture);
    backend().release(picture.buffer);
    releaseVolume(backend(), device);
    view.hit.forEach((hit, pixel) => {
      expect(has(pixel % 36, Math.floor(pixel / 36))).toBe(hit === 1);
      // The camera rounds its axes its own way.
      expect(Math.abs(depthMm[pixel] - view.depthMm[pixel])).toBeLessThan(1e-3);
    });
    const skewed = { ...window, vLps: normalize(add(cross(window.uLps, [0, 1, 0]), scale(window.uLps, 0.1))) };
    const one = uploadVolume(backend(), 'scene', volume);
    expect(() => depthField(backend(), { volume: one, grid, thresholdStored: 0, window: skewed })).toThrow(RangeError);
    releaseVolume(backend(), one);
  });
});
