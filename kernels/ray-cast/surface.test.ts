import { forEachBackend } from '@efface/compute/testing';
import { add, dot, type Grid, length, normalize, scale, spacingMm, subtract, type Vec3 } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { type Camera, cameraRays, frameCamera } from './camera.ts';
import { along, centred, degreesBetween, distanceVolume, limits, normalAt, orthographic, perspective, type Ray, raysOf, rendered, rotatedGrid, type Shape, sphere, torus } from './ray-cast.scenes.ts'; // prettier-ignore
import { type SurfaceView } from './ray-cast.ts';

/** What an exact distance says of a ray. */
interface Passage {
  /** Way to the surface, mm; Infinity when the ray passes by. */
  readonly mm: number;
  /** Smallest distance at which the ray went past a surface without touching it, mm. */
  readonly passedMm: number;
}

/** First zero along a ray, by steps as long as the distance. */
function firstZero(ray: Ray, signedDistance: Shape, farMm: number): Passage {
  let mm = 0;
  let passedMm = Infinity;
  let last = Infinity;
  while (mm < farMm) {
    const d = signedDistance(along(ray, mm));
    if (d < 1e-9) return { mm, passedMm };
    if (d > last) passedMm = Math.min(passedMm, last);
    last = d;
    mm += d;
  }
  return { mm: Infinity, passedMm };
}

/** Checks every pixel of a view of an exact distance; returns how many hits and misses were compared. */
function checkView(
  view: SurfaceView,
  camera: Camera,
  signedDistance: Shape,
  grid: Grid,
  curvature: number,
): [number, number] {
  const { fieldMm, normalDegrees } = limits(grid, curvature);
  // Positions round to 2⁻¹⁵ voxel, roots to 2⁻¹⁷, values of a field in mm to 2⁻¹⁸ mm.
  const roundingMm = 2 ** -14 * Math.max(...spacingMm(grid)) + 2 ** -17;
  const gradient = (p: Vec3): Vec3 => {
    const d = (axis: Vec3): number =>
      signedDistance(add(p, scale(axis, 1e-4))) - signedDistance(subtract(p, scale(axis, 1e-4)));
    return normalize([d([1, 0, 0]), d([0, 1, 0]), d([0, 0, 1])]);
  };
  let [hits, misses] = [0, 0];
  for (const ray of raysOf(camera)) {
    const { mm, passedMm } = firstZero(ray, signedDistance, 400);
    if (passedMm < fieldMm + roundingMm) continue;
    if (mm === Infinity) {
      expect(view.hit[ray.pixel], `pixel ${ray.pixel} passes at ${passedMm} mm`).toBe(0);
      misses++;
      continue;
    }
    const cosine = -dot(gradient(along(ray, mm)), ray.directionLps);
    // At a grazing angle the error of the field has no bounded effect on the depth.
    if (cosine < 0.3) continue;
    expect(view.hit[ray.pixel], `pixel ${ray.pixel} hits at ${mm} mm`).toBe(1);
    // Towards the first zero of the interpolated field the slope changes by less than a tenth.
    expect(Math.abs(view.depthMm[ray.pixel] - mm)).toBeLessThan((1.1 * fieldMm + roundingMm) / cosine);
    const expected = gradient(along(ray, view.depthMm[ray.pixel]));
    expect(degreesBetween(normalAt(view, ray.pixel), expected)).toBeLessThan(normalDegrees + 0.01);
    hits++;
  }
  return [hits, misses];
}

describe('frameCamera', () => {
  it('shows the asked height at the head and the patient’s left on the right of a portrait', () => {
    const camera = frameCamera({
      headCentreLps: [10, 20, 30], directionLps: [0, -2, 0], upLps: [0, 0, 1], sizeMm: 240, widthPx: 300, heightPx: 200,
    }); // prettier-ignore
    expect(camera.eyeLps).toEqual([10, -780, 30]);
    const { direction, forwardLps } = cameraRays(camera);
    expect(forwardLps).toEqual([0, 1, 0]);
    // The top left pixel's centre, 800 mm away: half a pixel of 1.2 mm from the edges.
    const corner = scale(direction.base, 800);
    expect(corner[0]).toBeCloseTo(-179.4, 9);
    expect(corner[1]).toBeCloseTo(800, 9);
    expect(corner[2]).toBeCloseTo(119.4, 9);
    expect(direction.perX[0] * 800).toBeCloseTo(1.2, 12);
    expect(direction.perY[2] * 800).toBeCloseTo(-1.2, 12);
  });

  it('refuses cameras that make no picture', () => {
    const camera = perspective([0, -100, 0]);
    for (const wrong of [
      { widthPx: 0 },
      { heightPx: 1.5 },
      { fovDegrees: 180 },
      { upLps: [0, 1, 0] },
      { eyeLps: [0, 0, 0] },
    ])
      expect(() => cameraRays({ ...camera, ...wrong } as Camera)).toThrow(RangeError);
  });
});

forEachBackend((_, backend) => {
  it('finds a sphere on an oblique anisotropic grid: depth, normal, hits and misses', async () => {
    const grid = rotatedGrid([90, 70, 42], [0.9, 1.3, 2.1], 0.4, -0.7);
    const shape = sphere([2, -3, 1], 30);
    const cameras = [perspective([40, -200, 60]), orthographic([-150, 20, 30], 80)];
    const views = await rendered(backend(), distanceVolume(grid, shape), { thresholdStored: 0, cameras });
    views.forEach((view, c) => {
      const [hits, misses] = checkView(view, cameras[c], shape, grid, 1 / 30);
      expect(hits).toBeGreaterThan(500);
      expect(misses).toBeGreaterThan(200);
    });
  });

  it('finds a torus, through its hole as well', async () => {
    const grid = rotatedGrid([130, 104, 80], [0.7, 0.9, 1.2], -0.3, 0.5);
    const shape = torus(normalize([0.2, -1, 0.3]), 28, 11);
    const cameras = [perspective([20, -250, 30]), orthographic([150, -40, 60], 90)];
    const views = await rendered(backend(), distanceVolume(grid, shape), { thresholdStored: 0, cameras });
    views.forEach((view, c) => {
      const [hits, misses] = checkView(view, cameras[c], shape, grid, 1 / 11);
      expect(hits).toBeGreaterThan(500);
      expect(misses).toBeGreaterThan(200);
    });
  });

  it('finds a plane to rounding on a sheared, left-handed grid: trilinear interpolation is exact on it', async () => {
    const grid = centred([60, 50, 40], [1.1, 0.3, 0, 0, -0.9, 0.7, 0.2, 0, 1.6]);
    const normalLps = normalize([0.3, -1, 0.4]);
    const shape: Shape = (p) => dot(p, normalLps);
    const camera: Camera = { ...perspective([5, -200, 20]), fovDegrees: 6 };
    const [view] = await rendered(backend(), distanceVolume(grid, shape), { thresholdStored: 0, cameras: [camera] });
    const [hits] = checkView(view, camera, shape, grid, 0);
    expect(hits).toBe(camera.widthPx * camera.heightPx);
  });

  it('closes a solid at the border of the volume, half a voxel beyond the outer centres', async () => {
    const grid: Grid = { sizeIjk: [20, 12, 1], affineIjkToLps: [2, 0, 0, -19, 0, 1, 0, -5.5, 0, 0, 3, 0] };
    const volume = { ...distanceVolume(grid, () => -1), unit: 'arbitrary' };
    const cameras: Camera[] = [
      {
        kind: 'orthographic',
        eyeLps: [0, -50, 0],
        targetLps: [0, 0, 0],
        upLps: [0, 0, 1],
        heightMm: 2,
        widthPx: 9,
        heightPx: 9,
      },
      {
        kind: 'orthographic',
        eyeLps: [0, 0, 50],
        targetLps: [0, 0, 0],
        upLps: [0, 1, 0],
        heightMm: 9,
        widthPx: 9,
        heightPx: 9,
      },
    ];
    const [front, top] = await rendered(backend(), volume, { thresholdStored: 0.5, cameras });
    expect(front.hit.every((h) => h === 1) && top.hit.every((h) => h === 1)).toBe(true);
    for (let p = 0; p < 81; p++) {
      // A 64th of a step of half a voxel: 1 mm along j, 3 mm along k.
      expect(Math.abs(front.depthMm[p] - (50 - 6))).toBeLessThanOrEqual(1 / 128 + 1e-5);
      expect(Math.abs(top.depthMm[p] - (50 - 1.5))).toBeLessThanOrEqual(3 / 128 + 1e-5);
      expect(length(subtract(normalAt(front, p), [0, -1, 0]))).toBeLessThan(1e-6);
      expect(length(subtract(normalAt(top, p), [0, 0, 1]))).toBeLessThan(1e-6);
    }
  });

  it('hits at once when the eye is in solid, and sees from inside a hollow what is before it', async () => {
    const grid = rotatedGrid([40, 40, 40], [1, 1, 1], 0.2, 0.1);
    const camera: Camera = { ...perspective([1, -2, 0], [0, 30, 3]), widthPx: 8, heightPx: 8 };
    const [solid] = await rendered(backend(), distanceVolume(grid, sphere([0, 0, 0], 15)), {
      thresholdStored: 0,
      cameras: [camera],
    });
    const hollow: Shape = (p) => 15 - length(p);
    const [inside] = await rendered(backend(), distanceVolume(grid, hollow), { thresholdStored: 0, cameras: [camera] });
    const { fieldMm } = limits(grid, 1 / 15);
    for (const ray of raysOf(camera)) {
      expect(solid.hit[ray.pixel]).toBe(1);
      expect(solid.depthMm[ray.pixel]).toBe(0);
      expect(length(add(normalAt(solid, ray.pixel), ray.directionLps))).toBeLessThan(1e-6);
      // |o + t d| = 15.
      const b = dot(ray.originLps, ray.directionLps);
      const mm = -b + Math.sqrt(b * b + 225 - dot(ray.originLps, ray.originLps));
      expect(Math.abs(inside.depthMm[ray.pixel] - mm)).toBeLessThan(1.1 * fieldMm + 1e-3);
    }
  });
});
