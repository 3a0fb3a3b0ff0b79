import { forEachBackend, randomMask } from '@efface/compute/testing';
import { cross, dot, type Grid, ijkToLps, length, maskHas, normalize, stepLps, subtract, type Vec3, wordsPerRow } from '@efface/volume'; // prettier-ignore
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SurfacePlane, surfacePlane } from './surface-plane.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** Turned, sheared, no two spacings alike. */
const OBLIQUE = [0.8, -0.3, 0.4, -31, 0.5, 0.9, -0.2, 12, -0.1, 0.35, 2.2, 140];

function bitsWhere([ni, nj, nk]: Vec3, isInside: (i: number, j: number, k: number) => boolean): Uint32Array {
  const perRow = wordsPerRow(ni);
  const words = new Uint32Array(perRow * nj * nk);
  for (let row = 0; row < nj * nk; row++) {
    for (let i = 0; i < ni; i++) {
      if (isInside(i, row % nj, Math.floor(row / nj))) words[row * perRow + (i >>> 5)] |= 1 << (i & 31);
    }
  }
  return words;
}

forEachBackend((_, backend) => {
  const fit = async (grid: Grid, words: Uint32Array, regionWords?: Uint32Array): Promise<SurfacePlane | undefined> => {
    const mask = backend().createBuffer('mask', words.byteLength, words);
    const region = regionWords && backend().createBuffer('region', regionWords.byteLength, regionWords);
    const plane = await surfacePlane(backend(), { mask, grid, ...(region && { region }) });
    backend().release(mask);
    if (region) backend().release(region);
    return plane;
  };
  const expectVector = (actual: Vec3 | undefined, expected: Vec3, digits = 9): void =>
    expected.forEach((c, d) => expect(actual?.[d]).toBeCloseTo(c, digits));
  /** A unit vector with its largest component positive. */
  const upright = (v: Vec3): Vec3 => {
    const largest = v.reduce((best, c) => (Math.abs(c) > Math.abs(best) ? c : best), 0);
    return normalize(v.map((c) => (largest < 0 ? -c : c)) as unknown as Vec3);
  };

  it('lattice planes are found exactly, whatever their tilt', async () => {
    const grid: Grid = { sizeIjk: [37, 21, 90], affineIjkToLps: OBLIQUE };
    const [a, b, c] = ([0, 1, 2] as const).map((axis) => stepLps(grid, axis));
    for (const [p, q] of [[0, 0], [1, 0], [0, 1], [1, 2]]) {
      const plane = await fit(grid, bitsWhere(grid.sizeIjk, (i, j, k) => k === p * i + q * j + 5));
      // Steps within the plane: one i with p of k, one j with q of k.
      const inPlane = [a.map((x, d) => x + p * c[d]), b.map((x, d) => x + q * c[d])] as unknown as [Vec3, Vec3];
      expect(plane?.count).toBe(37 * 21);
      expectVector(plane?.normalLps, upright(cross(...inPlane)), 7);
      expectVector(plane?.centroidLps, ijkToLps(grid, [18, 10, p * 18 + q * 10 + 5]));
      // The root of what 53 bits leave of a variance of some thousand mm².
      expect(plane?.rmsMm).toBeLessThan(1e-5);
    } // prettier-ignore
  });

  it('a slab has two faces; borders of the grid are none', async () => {
    const grid: Grid = { sizeIjk: [67, 5, 40], affineIjkToLps: [2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0.5, 0] };
    const plane = await fit(
      grid,
      bitsWhere(grid.sizeIjk, (_i, _j, k) => k >= 10 && k <= 22),
    );
    expect(plane?.count).toBe(2 * 67 * 5);
    expectVector(plane?.centroidLps, [66, 6, 8]);
    expectVector(plane?.normalLps, [0, 0, 1]);
    // Half the distance between the faces; uniform lattices of n points have a variance of (n² − 1)/12 steps².
    expect(plane?.rmsMm).toBeCloseTo(3, 9);
    expect(plane?.extentsMm[0]).toBeCloseTo(2 * Math.sqrt((67 ** 2 - 1) / 12), 9);
    expect(plane?.extentsMm[1]).toBeCloseTo(3 * Math.sqrt((5 ** 2 - 1) / 12), 9);
    const one = await fit(
      grid,
      bitsWhere(grid.sizeIjk, (_i, _j, k) => k >= 10 && k <= 22),
      bitsWhere(grid.sizeIjk, (_i, _j, k) => k > 15),
    );
    expect([one?.count, one?.centroidLps]).toEqual([67 * 5, [66, 6, 11]]);
    expect(
      await fit(
        grid,
        bitsWhere(grid.sizeIjk, () => true),
      ),
    ).toBeUndefined();
  });

  it('a flat ellipsoid lies across its shortest axis, as thick as the closed form says', async () => {
    const grid: Grid = { sizeIjk: [90, 90, 90], affineIjkToLps: [1, 0, 0, -44, 0, 1, 0, -44, 0, 0, 1, -44] };
    const axes: readonly Vec3[] = [[2 / 3, 2 / 3, -1 / 3], [-1 / 3, 2 / 3, 2 / 3], [2 / 3, -1 / 3, 2 / 3]]; // prettier-ignore
    const semi = [40, 30, 8];
    const plane = await fit(
      grid,
      bitsWhere(grid.sizeIjk, (i, j, k) => {
        const p: Vec3 = [i - 44, j - 44, k - 44];
        return axes.reduce((sum, axis, n) => sum + (dot(p, axis) / semi[n]) ** 2, 0) <= 1;
      }),
    );
    // The set is symmetric about its centre, so the mean is exact.
    expectVector(plane?.centroidLps, [0, 0, 0]);
    expect(Math.abs(dot(plane?.normalLps ?? [0, 0, 0], axes[2]))).toBeGreaterThan(Math.cos(Math.PI / 180));
    const ball = await fit(
      grid,
      bitsWhere(grid.sizeIjk, (i, j, k) => Math.hypot(i - 44, j - 44, k - 44) <= 40),
    );
    // Uniform on a sphere the variance along any axis is R²/3; the layer of voxels lies within one voxel of it.
    expect(ball?.rmsMm).toBeGreaterThan(39 / Math.sqrt(3) - 0.3);
    expect(ball?.rmsMm).toBeLessThan(40 / Math.sqrt(3) + 0.3);
  });

  it('agrees with sums over the definition on random masks', async () => {
    const sizes: readonly Vec3[] = [[1, 9, 8], [31, 4, 3], [32, 5, 6], [33, 4, 5], [70, 6, 4]]; // prettier-ignore
    for (const sizeIjk of sizes) {
      const [ni, nj, nk] = sizeIjk;
      const words = randomMask(ni, [ni, nj, nk], 0.85);
      const mask = { sizeIjk, wordsPerRow: wordsPerRow(ni), words };
      const grid: Grid = { sizeIjk, affineIjkToLps: OBLIQUE };
      const has = (i: number, j: number, k: number): boolean =>
        i < 0 || j < 0 || k < 0 || i >= ni || j >= nj || k >= nk || maskHas(mask, i, j, k);
      const points: Vec3[] = [];
      for (let n = 0; n < ni * nj * nk; n++) {
        const [i, j, k] = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))];
        const isInner =
          has(i - 1, j, k) && has(i + 1, j, k) && has(i, j - 1, k) && has(i, j + 1, k) && has(i, j, k - 1) && has(i, j, k + 1); // prettier-ignore
        if (has(i, j, k) && !isInner) points.push(ijkToLps(grid, [i, j, k]));
      }
      const plane = await fit(grid, words);
      const mean = [0, 1, 2].map((d) => points.reduce((sum, p) => sum + p[d], 0) / points.length) as unknown as Vec3;
      expect(plane?.count).toBe(points.length);
      expectVector(plane?.centroidLps, mean);
      const meanSquare = (axis: Vec3): number =>
        points.reduce((sum, p) => sum + dot(subtract(p, mean), axis) ** 2, 0) / points.length;
      const normal = plane?.normalLps ?? [0, 0, 0];
      expect(length(normal)).toBeCloseTo(1, 12);
      expect(Math.sqrt(meanSquare(normal))).toBeCloseTo(plane?.rmsMm ?? 0, 6);
      // No plane near it is better.
      const turned: readonly Vec3[] = [[0.01, 0, 0], [-0.01, 0, 0], [0, 0.01, 0], [0, -0.01, 0], [0, 0, 0.01], [0, 0, -0.01]]; // prettier-ignore
      for (const [x, y, z] of turned) {
        const other = meanSquare(normalize([normal[0] + x, normal[1] + y, normal[2] + z]));
        expect(other).toBeGreaterThanOrEqual(meanSquare(normal) - 1e-9);
      }
    }
  });

  it('nothing, two voxels and a line span no plane; a grid too long is refused', async () => {
    const grid: Grid = { sizeIjk: [40, 4, 3], affineIjkToLps: OBLIQUE };
    expect(await fit(grid, new Uint32Array(24))).toBeUndefined();
    expect(
      await fit(
        grid,
        bitsWhere(grid.sizeIjk, (i, j, k) => i > 37 && j === 1 && k === 1),
      ),
    ).toBeUndefined();
    expect(
      await fit(
        grid,
        bitsWhere(grid.sizeIjk, (_i, j, k) => j === 1 && k === 1),
      ),
    ).toBeUndefined();
    const long: Grid = { ...grid, sizeIjk: [4097, 1, 1] };
    const mask = backend().createBuffer('mask', 4 * 129);
    await expect(surfacePlane(backend(), { mask, grid: long })).rejects.toThrow(RangeError);
    backend().release(mask);
  });
});

describe('symmetricEigen', () => {
  it('gives back the values and vectors a matrix was made of', () => {
    const entry = fc.double({ min: -1, max: 1, noNaN: true });
    const vector = fc.tuple(entry, entry, entry) as fc.Arbitrary<Vec3>;
    fc.assert(
      fc.property(vector, vector, vector, (first, second, three) => {
        const side = cross(first, second);
        fc.pre(length(first) > 0.1 && length(side) > 0.1);
        const u = normalize(first);
        const w = normalize(side);
        const axes = [u, cross(w, u), w];
        const values = [...three].sort((x, y) => y - x);
        const entryAt = (r: number, c: number): number => axes.reduce((sum, x, n) => sum + values[n] * x[r] * x[c], 0);
        const row = (r: number): Vec3 => [entryAt(r, 0), entryAt(r, 1), entryAt(r, 2)];
        const rows = [row(0), row(1), row(2)] as const;
        const found = symmetricEigen(rows);
        values.forEach((value, n) => {
          expect(found.values[n]).toBeCloseTo(value, 12);
          const v = found.vectors[n];
          expect(length(v)).toBeCloseTo(1, 12);
          rows.forEach((r, d) => expect(dot(r, v)).toBeCloseTo(value * v[d], 12));
        });
      }),
    );
  });

  it('leaves a diagonal matrix alone, and a zero one', () => {
    expect(symmetricEigen([[1, 0, 0], [0, 3, 0], [0, 0, 2]])).toEqual({ values: [3, 2, 1], vectors: [[0, 1, 0], [0, 0, 1], [1, 0, 0]] }); // prettier-ignore
    expect(symmetricEigen([[0, 0, 0], [0, 0, 0], [0, 0, 0]]).values).toEqual([0, 0, 0]); // prettier-ignore
  });
});
