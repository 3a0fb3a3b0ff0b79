import { type Backend, releaseVolume, uploadVolume } from '@efface/compute';
import { checkKernels, forEachBackend, Random } from '@efface/compute/testing';
import {
  add, allocateVoxels, dot, type Grid, ijkToLps, length, normalize, scale, spacingMm, subtract, uniformRescale, type Vec3,
  type Volume,
} from '@efface/volume'; // prettier-ignore
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openBackend } from '../backends.ts';
import { brickReachMain } from './brick-reach.cpu.ts';
import { type Camera, cameraRays, frameCamera } from './camera.ts';
import { cases } from './ray-cast.cases.ts';
import { rayCast, type RayCastRequest, readGBuffer, type SurfaceView } from './ray-cast.ts';

checkKernels(cases);

type Shape = (pLps: Vec3) => number;

/** Columns rotated by yaw and pitch, scaled to the spacing; the grid's middle is at the origin. */
function rotatedGrid(sizeIjk: Vec3, spacing: Vec3, yawRad: number, pitchRad: number): Grid {
  const [cy, sy, cp, sp] = [Math.cos(yawRad), Math.sin(yawRad), Math.cos(pitchRad), Math.sin(pitchRad)];
  const r = [cy, -sy, 0, cp * sy, cp * cy, -sp, sp * sy, sp * cy, cp];
  return centred(sizeIjk, r.map((v, n) => v * spacing[n % 3])); // prettier-ignore
}

function centred(sizeIjk: Vec3, linear: readonly number[]): Grid {
  const affineIjkToLps = [0, 1, 2].flatMap((row) => {
    const [a, b, c] = linear.slice(3 * row, 3 * row + 3);
    return [a, b, c, -(a * (sizeIjk[0] - 1) + b * (sizeIjk[1] - 1) + c * (sizeIjk[2] - 1)) / 2];
  });
  return { sizeIjk, affineIjkToLps };
}

/** Volume with minus the signed distance of a shape, mm: solid where it is 0 or more. */
function distanceVolume(grid: Grid, signedDistance: Shape): Volume {
  const [ni, nj, nk] = grid.sizeIjk;
  const voxels = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  for (let n = 0; n < voxels.length; n++)
    voxels[n] = -signedDistance(ijkToLps(grid, [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))]));
  return { grid, type: 'f32', voxels, rescale: uniformRescale(nk, 1, 0), modality: 'OT', unit: 'mm' };
}

async function rendered(
  backend: Backend,
  volume: Volume,
  request: Omit<RayCastRequest, 'volume' | 'grid'>,
): Promise<SurfaceView[]> {
  const device = uploadVolume(backend, 'scene', volume);
  const gBuffer = rayCast(backend, { volume: device, grid: volume.grid, ...request });
  const views = await readGBuffer(backend, gBuffer);
  backend.release(gBuffer.buffer);
  releaseVolume(backend, device);
  return views;
}

const perspective = (eyeLps: Vec3, targetLps: Vec3 = [0, 0, 0], size = 48): Camera => ({
  kind: 'perspective', eyeLps, targetLps, upLps: [0, 0.1, 1], fovDegrees: 25, widthPx: size + 5, heightPx: size,
}); // prettier-ignore

const orthographic = (eyeLps: Vec3, heightMm: number): Camera => ({
  kind: 'orthographic', eyeLps, targetLps: [0, 0, 0], upLps: [0.2, 0, 1], heightMm, widthPx: 40, heightPx: 48,
}); // prettier-ignore

/** One pixel's ray in LPS. */
interface Ray {
  readonly originLps: Vec3;
  readonly directionLps: Vec3;
}

function* raysOf(camera: Camera): Generator<Ray & { readonly pixel: number }> {
  const { origin, direction } = cameraRays(camera);
  for (let y = 0; y < camera.heightPx; y++) {
    for (let x = 0; x < camera.widthPx; x++) {
      const at = ({ base, perX, perY }: typeof origin): Vec3 => add(base, add(scale(perX, x), scale(perY, y)));
      yield { originLps: at(origin), directionLps: normalize(at(direction)), pixel: y * camera.widthPx + x };
    }
  }
}

const along = ({ originLps, directionLps }: Ray, mm: number): Vec3 => add(originLps, scale(directionLps, mm));
const normalAt = ({ normalLps }: SurfaceView, pixel: number): Vec3 =>
  [...normalLps.slice(3 * pixel, 3 * pixel + 3)] as unknown as Vec3;
const degreesBetween = (a: Vec3, b: Vec3): number =>
  (180 / Math.PI) * 2 * Math.asin(Math.min(1, length(subtract(a, b)) / 2));

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

/** What limits the error of a picture of a distance field with principal curvatures up to `curvature` (1/mm). */
function limits(grid: Grid, curvature: number): { readonly fieldMm: number; readonly normalDegrees: number } {
  const spacing = spacingMm(grid);
  const widest = Math.max(...spacing);
  const near = curvature / (1 - widest * curvature);
  return {
    // Linear interpolation over h of a function with second derivative ≤ κ errs by h²κ/8, for each axis in turn.
    fieldMm: (spacing.reduce((sum, h) => sum + h * h, 0) * near) / 8,
    // Third derivatives of a distance are ≤ 1.155 κ². Per component the central difference errs by h²/6 of it, the
    // interpolation at both ends together by h²/8 for each of three axes: 0.63 (hκ)², √3 times that for the vector.
    normalDegrees: (180 / Math.PI) * 1.1 * (widest * near) ** 2,
  };
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

const sphere =
  (centre: Vec3, radiusMm: number): Shape =>
  (p) =>
    length(subtract(p, centre)) - radiusMm;
const torus =
  (axis: Vec3, ringMm: number, tubeMm: number): Shape =>
  (p) => {
    const height = dot(p, axis);
    return Math.hypot(length(subtract(p, scale(axis, height))) - ringMm, height) - tubeMm;
  };

it('measures the way to the nearest brick with surface by bricks along the farthest axis', () => {
  const [bi, bj, bk] = [13, 11, 9];
  const random = new Random(11);
  const extents = Float32Array.from({ length: 2 * bi * bj * bk }, () => (random.nextInteger(0, 300) === 0 ? 1 : 0));
  let reach = new Uint32Array(bi * bj * bk);
  for (const axis of [0, 1, 2]) {
    const src = reach;
    reach = new Uint32Array(src.length);
    brickReachMain({ bricksIjk: [bi, bj, bk], axis, threshold: 1 }, extents, src, reach, 0, src.length);
  }
  const place = (brick: number): Vec3 => [brick % bi, Math.floor(brick / bi) % bj, Math.floor(brick / (bi * bj))];
  const expected = Uint32Array.from(reach, (_, brick) => {
    let nearest = 8;
    reach.forEach((__, other) => {
      const far = Math.max(...subtract(place(brick), place(other)).map(Math.abs));
      if (extents[2 * other + 1] === 1) nearest = Math.min(nearest, far);
    });
    return nearest;
  });
  expect(reach).toEqual(expected);
  expect(new Set(reach).size).toBeGreaterThan(4);
});

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

forEachBackend((kind, backend) => {
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

  it('sees one solid the same in all 48 voxel orders', async () => {
    const shape = sphere([1, 2, -1], 9);
    const base = rotatedGrid([24, 27, 30], [1, 1.2, 0.9], 0.5, 0.3);
    const camera: Camera = { ...perspective([30, -90, 20], [1, 2, -1], 32), fovDegrees: 16 };
    const { fieldMm } = limits(base, 1 / 9);
    const [expected] = await rendered(backend(), distanceVolume(base, shape), {
      thresholdStored: 0,
      cameras: [camera],
    });
    const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
    await fc.assert(
      fc.asyncProperty(order, fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), async (axes, flips) => {
        const grid = reordered(base, axes, flips);
        const [view] = await rendered(backend(), distanceVolume(grid, shape), {
          thresholdStored: 0,
          cameras: [camera],
        });
        for (const ray of raysOf(camera)) {
          // The ray's distance from the centre decides; between the limits rounding may.
          const toCentre = subtract([1, 2, -1], ray.originLps);
          const aside = Math.sqrt(dot(toCentre, toCentre) - dot(toCentre, ray.directionLps) ** 2);
          if (Math.abs(aside - 9) < fieldMm) continue;
          expect(view.hit[ray.pixel]).toBe(expected.hit[ray.pixel]);
          expect(Math.abs(view.depthMm[ray.pixel] - expected.depthMm[ray.pixel])).toBeLessThan(2e-3);
          expect(length(subtract(normalAt(view, ray.pixel), normalAt(expected, ray.pixel)))).toBeLessThan(2e-3);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('gives the same bytes with and without skipping, whatever the voxels, threshold and cameras', async () => {
    const coordinate = fc.double({ min: -60, max: 60, noNaN: true });
    const eye = fc
      .tuple(coordinate, coordinate, coordinate)
      .filter((p) => Math.hypot(p[0], p[1]) > 1) as fc.Arbitrary<Vec3>;
    const scene = fc.record({
      size: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 })),
      seed: fc.integer({ min: 0, max: 1e6 }),
      rare: fc.constantFrom(2, 50, 1000),
      eyes: fc.tuple(eye, eye),
      thresholdStored: fc.integer({ min: -5, max: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ size, seed, rare, eyes, thresholdStored }) => {
        const volume = speckled(rotatedGrid(size, [1, 1.5, 0.7], seed, 0.3), seed, rare);
        const cameras = [perspective(eyes[0], [0, 0, 0], 24), orthographic(eyes[1], 40)];
        const skipping = await rendered(backend(), volume, { thresholdStored, cameras });
        const stepping = await rendered(backend(), volume, { thresholdStored, cameras, skipEmpty: false });
        expect(skipping).toEqual(stepping);
      }),
      { numRuns: 40 },
    );
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

  it.runIf(kind === 'webgpu')('sees a volume that is cut into chunks as if it were whole', async () => {
    const volume = distanceVolume(rotatedGrid([30, 26, 22], [1, 1, 1.3], 0.4, 0.2), sphere([0, 0, 0], 10));
    const cameras = [perspective([20, -90, 20])];
    const whole = await rendered(backend(), volume, { thresholdStored: 0, cameras });
    // 68 640 bytes of voxels; the picture needs 16 bytes for each of 53 × 48 pixels.
    await using small = await openBackend('webgpu', { maxBindingBytes: 45_000 });
    expect(await rendered(small, volume, { thresholdStored: 0, cameras })).toEqual(whole);
  });
});

/** The same lattice with its axes in another order and some of them reversed. */
function reordered(grid: Grid, axes: readonly number[], flips: readonly boolean[]): Grid {
  const m = grid.affineIjkToLps;
  const sizeIjk = axes.map((a) => grid.sizeIjk[a]) as unknown as Vec3;
  const columns = axes.map((a, n) => [0, 1, 2].map((r) => (flips[n] ? -m[4 * r + a] : m[4 * r + a])));
  const first = axes.reduce<Vec3>(
    (at, a, n) => (flips[n] ? (at.map((v, d) => (d === a ? grid.sizeIjk[a] - 1 : v)) as unknown as Vec3) : at),
    [0, 0, 0],
  );
  const origin = ijkToLps(grid, first);
  return {
    sizeIjk,
    affineIjkToLps: [0, 1, 2].flatMap((r) => [columns[0][r], columns[1][r], columns[2][r], origin[r]]),
  };
}

/** Integer voxels of −10 … 10, one in `rare` of them up to 60. */
function speckled(grid: Grid, seed: number, rare: number): Volume {
  const random = new Random(seed);
  const count = grid.sizeIjk[0] * grid.sizeIjk[1] * grid.sizeIjk[2];
  const voxels = allocateVoxels('i16', count) as Int16Array;
  for (let n = 0; n < count; n++)
    voxels[n] = random.nextInteger(0, rare) === 0 ? random.nextInteger(0, 60) : random.nextInteger(-10, 10);
  return {
    grid,
    type: 'i16',
    voxels,
    rescale: uniformRescale(grid.sizeIjk[2], 1, 0),
    modality: 'OT',
    unit: 'arbitrary',
  };
}
