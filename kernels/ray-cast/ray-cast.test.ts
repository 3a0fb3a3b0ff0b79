import { checkKernels, forEachBackend, Random } from '@efface/compute/testing';
import { allocateVoxels, dot, type Grid, ijkToLps, length, subtract, uniformRescale, type Vec3, type Volume } from '@efface/volume'; // prettier-ignore
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openBackend } from '../backends.ts';
import { brickReachMain } from './brick-reach.cpu.ts';
import { type Camera } from './camera.ts';
import { cases } from './ray-cast.cases.ts';
import { distanceVolume, limits, normalAt, orthographic, perspective, raysOf, rendered, rotatedGrid, sphere } from './ray-cast.scenes.ts'; // prettier-ignore

checkKernels(cases);

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

forEachBackend((kind, backend) => {
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
