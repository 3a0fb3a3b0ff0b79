import { forEachBackend, randomMask } from '@efface/compute/testing';
import { cross, dot, type Grid, ijkToLps, length, maskHas, normalize, scale, subtract, type Vec3, wordsPerRow } from '@efface/volume'; // prettier-ignore
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DirectionalSilhouetteRequest, extremePointsMm, type PlaneBits, silhouetteAlong, silhouetteRowExtremes,
} from './directional-silhouette.ts'; // prettier-ignore
import { type Point2 } from './hull.ts';
import { silhouette } from './plane-fit.ts';
import { supportingLine } from './supporting-line.ts';

const unit = fc.double({ min: -1, max: 1, noNaN: true });
const vector = fc.tuple(unit, unit, unit) as fc.Arbitrary<Vec3>;

/** Bits of the voxels whose centre fulfils a condition. */
function bitsWhere(grid: Grid, isInside: (pLps: Vec3) => boolean): Uint32Array {
  const [ni, nj, nk] = grid.sizeIjk;
  const perRow = wordsPerRow(ni);
  const words = new Uint32Array(perRow * nj * nk);
  for (let row = 0; row < nj * nk; row++) {
    for (let i = 0; i < ni; i++) {
      if (isInside(ijkToLps(grid, [i, row % nj, Math.floor(row / nj)])))
        words[row * perRow + (i >>> 5)] |= 1 << (i & 31);
    }
  }
  return words;
}

forEachBackend((_, backend) => {
  type Seen = { readonly image: PlaneBits; readonly has: (u: number, v: number) => boolean };
  const project = async (
    grid: Grid,
    words: Uint32Array,
    rest: Omit<DirectionalSilhouetteRequest, 'mask' | 'grid'>,
  ): Promise<Seen> => {
    const mask = backend().createBuffer('mask', words.byteLength, words);
    try {
      const image = silhouetteAlong(backend(), { mask, grid, ...rest });
      const bits = new Uint32Array(await backend().read(image.bits));
      backend().release(image.bits);
      const has = (u: number, v: number): boolean => ((bits[v * image.wordsPerRow + (u >>> 5)] >>> (u & 31)) & 1) === 1;
      return { image, has };
    } finally {
      backend().release(mask);
    }
  };

  it('along a stored axis it is the silhouette along that axis', async () => {
    const sizeIjk: Vec3 = [37, 11, 5];
    const grid: Grid = { sizeIjk, affineIjkToLps: [1, 0, 0, 7, 0, 1, 0, -3, 0, 0, 1, 2] };
    const words = randomMask(4, [37, 11, 5], 0.1);
    const mask = backend().createBuffer('mask', words.byteLength, words);
    const along = silhouetteAlong(backend(), { mask, grid, directionLps: [0, 0, 3], upLps: [0, 1, 0], pixelMm: 1 });
    const stored = silhouette(backend(), { mask, sizeIjk, axis: 2 });
    expect([along.widthPx, along.heightPx, along.wordsPerRow]).toEqual([37, 11, 2]);
    expect([along.originLps, along.uLps, along.vLps]).toEqual([[7, -3, 2], [1, 0, 0], [0, 1, 0]]); // prettier-ignore
    expect(new Uint32Array(await backend().read(along.bits))).toEqual(new Uint32Array(await backend().read(stored)));
    const extremes = await silhouetteRowExtremes(backend(), along);
    const flat = new Uint32Array(await backend().read(stored));
    for (let v = 0; v < 11; v++) {
      const set = Array.from({ length: 37 }, (_unused, u) => u).filter(
        (u) => (flat[2 * v + (u >> 5)] >>> (u & 31)) & 1,
      );
      expect([...extremes.subarray(2 * v, 2 * v + 2)]).toEqual(set.length === 0 ? [0, 0] : [set[0], set[set.length - 1] + 1]); // prettier-ignore
    }
    for (const buffer of [mask, along.bits, stored]) backend().release(buffer);
  });

  it('sets the pixels that voxel centres fall into and no others, on any oblique grid', async () => {
    const sizeIjk: Vec3 = [35, 6, 5];
    const words = randomMask(6, [35, 6, 5], 0.05);
    const mask = { sizeIjk, wordsPerRow: 2, words };
    await fc.assert(
      fc.asyncProperty(vector, vector, vector, unit, async (a, b, directionLps, size) => {
        fc.pre(length(directionLps) > 0.05);
        const grid: Grid = {
          sizeIjk,
          affineIjkToLps: [0.5 + a[0], a[1], b[0], -9, a[2], 1.1, b[1], 3, b[2], 0.2, 0.9, -2],
        };
        const pixelMm = 1.5 + size;
        const { image, has } = await project(grid, words, { directionLps, pixelMm });
        expect(dot(cross(image.uLps, image.vLps), normalize(directionLps))).toBeCloseTo(1, 9);
        const sure = new Set<number>();
        const maybe = new Set<number>();
        for (let n = 0; n < 35 * 30; n++) {
          const [i, j, k] = [n % 35, Math.floor(n / 35) % 6, Math.floor(n / 210)];
          if (!maskHas(mask, i, j, k)) continue;
          const p = subtract(ijkToLps(grid, [i, j, k]), image.originLps);
          const [u, v] = [dot(p, image.uLps) / pixelMm + 0.5, dot(p, image.vLps) / pixelMm + 0.5];
          const FIXED_ERROR = 1e-3;
          for (const du of [-FIXED_ERROR, FIXED_ERROR]) {
            for (const dv of [-FIXED_ERROR, FIXED_ERROR])
              maybe.add(Math.floor(v + dv) * image.widthPx + Math.floor(u + du));
          }
          const isSure = [u, v].every((x) => Math.abs(x - Math.round(x)) > FIXED_ERROR);
          if (isSure) sure.add(Math.floor(v) * image.widthPx + Math.floor(u));
        }
        for (let v = 0; v < image.heightPx; v++) {
          for (let u = 0; u < image.widthPx; u++) {
            const pixel = v * image.widthPx + u;
            if (has(u, v)) expect(maybe.has(pixel)).toBe(true);
            else expect(sure.has(pixel)).toBe(false);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it('a ball is a disc without holes from every side', async () => {
    const grid: Grid = { sizeIjk: [40, 36, 20], affineIjkToLps: [1, 0.2, 0, -20, -0.1, 1, 0.3, -18, 0, 0.1, 2, -20] };
    const centre: Vec3 = [0.3, 0.4, -0.6];
    const radius = 11;
    const words = bitsWhere(grid, (p) => length(subtract(p, centre)) <= radius);
    for (const directionLps of [[1, 0, 0], [0, 0, -1], [1, 2, 3], [-3, 0.1, 1]] as const) {
      const { image, has } = await project(grid, words, { directionLps });
      // The steps are (1, −0.1, 0), (0.2, 1, 0.1) and (0, 0.3, 2); their sum is the longest diagonal.
      expect(image.pixelMm).toBeCloseTo(Math.hypot(1.2, 1.2, 2.1), 12);
      for (let v = 0; v < image.heightPx; v++) {
        for (let u = 0; u < image.widthPx; u++) {
          const p = [0, 1, 2].map(
            (d) => image.originLps[d] - centre[d] + (u * image.uLps[d] + v * image.vLps[d]) * image.pixelMm,
          ) as unknown as Vec3;
          const n = normalize(directionLps);
          const fromAxis = length(subtract(p, scale(n, dot(p, n))));
          if (fromAxis < radius - image.pixelMm / 2) expect(has(u, v)).toBe(true);
          if (fromAxis > radius + image.pixelMm * Math.SQRT1_2 + 0.01) expect(has(u, v)).toBe(false);
        }
      }
    } // prettier-ignore
  });

  it('refuses directions, ups and pixels that are none', async () => {
    const grid: Grid = { sizeIjk: [3, 3, 3], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
    const bad: Omit<DirectionalSilhouetteRequest, 'mask' | 'grid'>[] = [
      { directionLps: [0, 0, 0] },
      { directionLps: [0, Number.NaN, 0] },
      { directionLps: [0, 0, 1], upLps: [0, 0, -2] },
      { directionLps: [0, 0, 1], pixelMm: 0 },
      { directionLps: [0, 0, 1], pixelMm: 1e-9 },
    ];
    for (const rest of bad) await expect(project(grid, new Uint32Array(9), rest)).rejects.toThrow(RangeError);
    // Straight up is anterior when looking along S, superior otherwise.
    expect((await project(grid, new Uint32Array(9), { directionLps: [0, 0, 2] })).image.vLps).toEqual([0, -1, 0]);
    expect((await project(grid, new Uint32Array(9), { directionLps: [0, 4, 3] })).image.vLps[2]).toBeCloseTo(0.8, 12);
  });
});

describe('supportingLine', () => {
  const points: Point2[] = extremePointsMm(Uint32Array.of(1, 4, 0, 0, 2, 9, 0, 5), 2);

  it('takes the centres of outermost pixels, not of empty rows', () => {
    expect(points).toEqual([[2, 0], [6, 0], [4, 4], [16, 4], [0, 6], [8, 6]]); // prettier-ignore
  });

  it('touches where the hull does', () => {
    expect(supportingLine(points, [5, 0])).toEqual({ normal: [1, 0], offset: 16, touching: [16, 4] });
    expect(supportingLine(points, [-1, 0])).toEqual({ normal: [-1, 0], offset: 0, touching: [0, 6] });
    // Two points touch; along the line, in the direction of the normal turned by +90°, (8, 6) comes first.
    expect(supportingLine(points, [0, 2])).toEqual({ normal: [0, 1], offset: 6, touching: [8, 6] });
    const oblique = supportingLine(points, [3, 4]);
    expect(oblique?.touching).toEqual([16, 4]);
    expect(oblique?.offset).toBeCloseTo(0.6 * 16 + 0.8 * 4, 12);
  });

  it('looks only between the limits', () => {
    expect(supportingLine(points, [1, 0], [-1, 3])?.touching).toEqual([6, 0]);
    expect(supportingLine(points, [1, 0], [6, 6])?.touching).toEqual([8, 6]);
    expect(supportingLine(points, [1, 0], [1, 3])).toBeUndefined();
    expect(supportingLine([], [1, 0])).toBeUndefined();
    expect(() => supportingLine(points, [0, 0])).toThrow(RangeError);
  });

  it('has all points on one side', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(unit, unit), { minLength: 1, maxLength: 30 }), unit, unit, (some, x, y) => {
        fc.pre(Math.hypot(x, y) > 1e-3);
        const line = supportingLine(some, [x, y]);
        for (const [px, py] of some)
          expect(px * (line?.normal[0] ?? 0) + py * (line?.normal[1] ?? 0)).toBeLessThanOrEqual(
            (line?.offset ?? 0) + 1e-12,
          );
      }),
    );
  });
});
