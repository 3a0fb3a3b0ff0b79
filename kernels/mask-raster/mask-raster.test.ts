import { type DeviceBuffer } from '@efface/compute';
import { checkKernels, forEachBackend } from '@efface/compute/testing';
import { cross, dot, type Grid, ijkToLps, maskToBytes, normalize, subtract, type Vec3, wordsPerRow } from '@efface/volume'; // prettier-ignore
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cases } from './mask-raster.cases.ts';
import { type BoxesRequest, type HalfSpace, type OrientedBox, rasterBoxes, rasterHalfSpaces } from './mask-raster.ts';

checkKernels(cases);

const unit = fc.double({ min: -1, max: 1, noNaN: true });
const vector = fc.tuple(unit, unit, unit) as fc.Arbitrary<Vec3>;

forEachBackend((_, backend) => {
  const raster = (grid: Grid, pointLps: Vec3, normalLps: Vec3): Promise<Uint8Array> =>
    rasterAll(grid, [{ pointLps, normalLps }]);
  const rasterAll = async (grid: Grid, halfSpaces: readonly HalfSpace[]): Promise<Uint8Array> => {
    return bytesOf(grid, rasterHalfSpaces(backend(), { grid, halfSpaces }));
  };
  const bytesOf = async (grid: Grid, buffer: DeviceBuffer): Promise<Uint8Array> => {
    const words = new Uint32Array(await backend().read(buffer));
    backend().release(buffer);
    return maskToBytes({ sizeIjk: grid.sizeIjk, wordsPerRow: wordsPerRow(grid.sizeIjk[0]), words });
  };
  const boxBytes = async (
    grid: Grid,
    boxes: readonly OrientedBox[],
    combine?: BoxesRequest['combine'],
  ): Promise<Uint8Array> => bytesOf(grid, rasterBoxes(backend(), { grid, boxes, ...(combine && { combine }) }));

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

  const UPRIGHT: OrientedBox['axesLps'] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]; // prettier-ignore
  const unitGrid = (sizeIjk: Vec3): Grid => ({ sizeIjk, affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] });

  it('a box holds its lower faces and not its upper ones', async () => {
    const box: OrientedBox = { centreLps: [2, 1, 0], axesLps: UPRIGHT, halfExtentsMm: [1, 0.5, 2] };
    expect([...(await boxBytes(unitGrid([5, 3, 1]), [box]))]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
    const mirrored: OrientedBox = { ...box, axesLps: [[-3, 0, 0], [0, 1, 0], [0, 0, 1]] }; // prettier-ignore
    expect([...(await boxBytes(unitGrid([5, 3, 1]), [mirrored]))]).toEqual([
      0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0,
    ]);
    const flat: OrientedBox = { ...box, halfExtentsMm: [1, 0, 2] };
    expect((await boxBytes(unitGrid([5, 3, 1]), [flat])).every((v) => v === 0)).toBe(true);
  });

  it('eight boxes around a point cover everything once', async () => {
    const grid = unitGrid([35, 7, 5]);
    const boxes = [0, 1, 2, 3, 4, 5, 6, 7].map((corner): OrientedBox => {
      const centreLps: Vec3 = [corner & 1 ? 40 : -10, corner & 2 ? 13 : -7, corner & 4 ? 12 : -8];
      return { centreLps, axesLps: UPRIGHT, halfExtentsMm: [25, 10, 10] };
    });
    const parts = await Promise.all(boxes.map((box) => boxBytes(grid, [box])));
    const times = parts[0].map((_, index) => parts.reduce((sum, part) => sum + part[index], 0));
    expect(times.every((n) => n === 1)).toBe(true);
    expect((await boxBytes(grid, boxes)).every((v) => v === 1)).toBe(true);
    expect((await boxBytes(grid, boxes, 'intersection')).every((v) => v === 0)).toBe(true);
  });

  it('boxes agree with their inequalities on any oblique grid, alone, united and intersected', async () => {
    const positive = fc.double({ min: 0.5, max: 9, noNaN: true });
    const extents = fc.tuple(positive, positive, positive) as fc.Arbitrary<Vec3>;
    const turned = fc.tuple(vector, vector, vector, extents).filter(([, first, second]) => {
      const n = cross(first, second);
      return Math.hypot(...n) > 0.05;
    });
    const boxOf = ([centre, first, second, halfExtentsMm]: readonly [Vec3, Vec3, Vec3, Vec3]): OrientedBox => {
      const u = normalize(first);
      const w = normalize(cross(first, second));
      return { centreLps: [9 * centre[0], 4 * centre[1], 3 * centre[2]], axesLps: [u, cross(w, u), w], halfExtentsMm };
    };
    await fc.assert(
      fc.asyncProperty(vector, vector, turned, turned, async (u, v, a, b) => {
        const grid: Grid = {
          sizeIjk: [37, 5, 4],
          affineIjkToLps: [0.5 + u[0], u[1], v[0], -9, u[2], 1.1, v[1], -2, v[2], 0.2, 0.9, -2],
        };
        const boxes = [boxOf(a), boxOf(b)];
        const sides = (p: Vec3, { centreLps, axesLps, halfExtentsMm }: OrientedBox): number =>
          Math.min(...axesLps.map((axis, n) => halfExtentsMm[n] - Math.abs(dot(subtract(p, centreLps), axis))));
        const union = await boxBytes(grid, boxes);
        const both = await boxBytes(grid, boxes, 'intersection');
        for (let index = 0; index < union.length; index++) {
          const p = ijkToLps(grid, [index % 37, Math.floor(index / 37) % 5, Math.floor(index / 185)]);
          const [inA, inB] = boxes.map((box) => sides(p, box));
          if (Math.min(Math.abs(inA), Math.abs(inB)) < 1e-9) continue;
          expect(union[index]).toBe(inA > 0 || inB > 0 ? 1 : 0);
          expect(both[index]).toBe(inA > 0 && inB > 0 ? 1 : 0);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('refuses what is no box', async () => {
    const box: OrientedBox = { centreLps: [0, 0, 0], axesLps: UPRIGHT, halfExtentsMm: [1, 1, 1] };
    const grid = unitGrid([3, 3, 3]);
    const bad: OrientedBox[] = [
      { ...box, halfExtentsMm: [1, -1, 1] },
      { ...box, halfExtentsMm: [1, Number.NaN, 1] },
      { ...box, centreLps: [0, Number.NaN, 0] },
      { ...box, axesLps: [[1, 0, 0], [0, 0, 0], [0, 0, 1]] },
      { ...box, axesLps: [[1, 0, 0], [0.01, 1, 0], [0, 0, 1]] },
    ]; // prettier-ignore
    for (const one of bad) await expect(boxBytes(grid, [box, one])).rejects.toThrow(RangeError);
    await expect(boxBytes(grid, [])).rejects.toThrow(RangeError);
  });
});
