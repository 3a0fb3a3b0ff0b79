import { checkKernels, forEachBackend } from '@efface/compute/testing';
import { dot, type Grid, ijkToLps, maskToBytes, normalize, subtract, type Vec3, wordsPerRow } from '@efface/volume';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cases } from './mask-raster.cases.ts';
import { type HalfSpace, rasterHalfSpaces } from './mask-raster.ts';

checkKernels(cases);

const unit = fc.double({ min: -1, max: 1, noNaN: true });
const vector = fc.tuple(unit, unit, unit) as fc.Arbitrary<Vec3>;

forEachBackend((_, backend) => {
  const raster = (grid: Grid, pointLps: Vec3, normalLps: Vec3): Promise<Uint8Array> =>
    rasterAll(grid, [{ pointLps, normalLps }]);
  const rasterAll = async (grid: Grid, halfSpaces: readonly HalfSpace[]): Promise<Uint8Array> => {
    const buffer = rasterHalfSpaces(backend(), { grid, halfSpaces });
    const words = new Uint32Array(await backend().read(buffer));
    backend().release(buffer);
    return maskToBytes({ sizeIjk: grid.sizeIjk, wordsPerRow: wordsPerRow(grid.sizeIjk[0]), words });
  };

  it('keeps voxels on the plane out, on both sides of the coin', async () => {
    const grid: Grid = { sizeIjk: [5, 1, 1], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
    expect([...(await raster(grid, [2, 0, 0], [1, 0, 0]))]).toEqual([0, 0, 0, 1, 1]);
    expect([...(await raster(grid, [2, 0, 0], [-7, 0, 0]))]).toEqual([1, 1, 0, 0, 0]);
    expect([...(await raster(grid, [2, 0, 0], [0, 1, 0]))]).toEqual([0, 0, 0, 0, 0]);
    expect([...(await raster(grid, [2, -1, 0], [0, 1, 0]))]).toEqual([1, 1, 1, 1, 1]);
  });

  it('takes the common part of several half-spaces', async () => {
    const grid: Grid = { sizeIjk: [6, 2, 1], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
    const slab: HalfSpace[] = [
      { pointLps: [1, 0, 0], normalLps: [1, 0, 0] },
      { pointLps: [4, 0, 0], normalLps: [-1, 0, 0] },
    ];
    expect([...(await rasterAll(grid, slab))]).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0]);
    const nowhere: HalfSpace = { pointLps: [1, 0, 0], normalLps: [-1, 0, 0] };
    expect((await rasterAll(grid, [...slab, nowhere])).every((v) => v === 0)).toBe(true);
    const upperRow: HalfSpace = { pointLps: [0, 0.5, 0], normalLps: [0, 1, 0] };
    expect([...(await rasterAll(grid, [...slab, upperRow]))]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0]);
    await expect(rasterAll(grid, [])).rejects.toThrow(RangeError);
  });

  it('agrees with the inequality at every voxel that is not on the plane, on any oblique grid', async () => {
    await fc.assert(
      fc.asyncProperty(vector, vector, vector, vector, async (u, v, point, normal) => {
        fc.pre(Math.hypot(...normal) > 1e-3);
        const grid: Grid = {
          sizeIjk: [37, 5, 4],
          affineIjkToLps: [0.5 + u[0], u[1], v[0], -9, u[2], 1.1, v[1], 3, v[2], 0.2, 0.9, -2],
        };
        const pointLps: Vec3 = [9 * point[0], 9 * point[1], 9 * point[2]];
        const mask = await raster(grid, pointLps, normal);
        const n = normalize(normal);
        for (let index = 0; index < mask.length; index++) {
          const p = ijkToLps(grid, [index % 37, Math.floor(index / 37) % 5, Math.floor(index / 185)]);
          const side = dot(subtract(p, pointLps), n);
          if (Math.abs(side) > 1e-9) expect(mask[index]).toBe(side > 0 ? 1 : 0);
        }
      }),
      { numRuns: 25 },
    );
  });
});
