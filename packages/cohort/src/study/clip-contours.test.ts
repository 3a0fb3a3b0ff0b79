import type { Backend } from '@efface/compute';
import { Random } from '@efface/compute/testing';
import { readStructureSet, type RegionContour } from '@efface/io';
import { type Contour, rasterContours } from '@efface/kernels';
import { openBackend } from '@efface/kernels/backends';
import { sharedPath } from '@efface/test-data';
import { createMask, cross, type Grid, ijkToLps, type Mask, maskFromNonzero, maskHas, type Vec3 } from '@efface/volume';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clipContours, type ClippedContour, type ClipReport } from './clip-contours.ts';

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend('cpu', { threads: 1 });
});
afterAll(() => backend[Symbol.asyncDispose]());

type Points = readonly (readonly [number, number])[];

/** 24 × 20 × 6 voxels of 1.5 × 0.75 × 3 mm, turned. */
function obliqueGrid(): Grid {
  const u: Vec3 = [0.8, 0.6, 0];
  const v: Vec3 = [-0.36, 0.48, 0.8];
  const w = cross(u, v).map((x) => 3 * x);
  const rows = [0, 1, 2].flatMap((r) => [1.5 * u[r], 0.75 * v[r], w[r], [17.25, -300.5, 41][r]]);
  return { sizeIjk: [24, 20, 6], affineIjkToLps: rows };
}
const GRID = obliqueGrid();
/** 1 mm voxels along the patient's axes. */
const PLAIN: Grid = { sizeIjk: [40, 30, 8], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };

type ContourType = RegionContour['type'];

function contour(grid: Grid, k: number, points: Points, type: ContourType = 'CLOSED_PLANAR'): RegionContour {
  return { type, pointsLps: Float64Array.from(points.flatMap(([i, j]) => ijkToLps(grid, [i, j, k]))) };
}

function maskWhere({ sizeIjk: [ni, nj, nk] }: Grid, has: (i: number, j: number, k: number) => boolean): Mask {
  const values = Uint8Array.from({ length: ni * nj * nk }, (_, n) =>
    has(n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))) ? 1 : 0,
  );
  return maskFromNonzero([ni, nj, nk], values);
}

async function drawn(grid: Grid, contours: readonly Contour[]): Promise<Uint32Array> {
  const { labels } = rasterContours(backend, { grid, regions: [contours] });
  const words = new Uint32Array(await backend.read(labels));
  backend.release(labels);
  return words;
}

/** Voxels that are not as they must be: outside where removed, as before elsewhere. */
async function misdrawn(
  grid: Grid,
  before: readonly Contour[],
  after: readonly Contour[],
  removed: Mask,
): Promise<number> {
  const [ni, nj] = grid.sizeIjk;
  const [was, is] = [await drawn(grid, before), await drawn(grid, after)];
  let wrong = 0;
  for (let n = 0; n < was.length; n++) {
    const isRemoved = maskHas(removed, n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj)));
    if (is[n] !== (isRemoved ? 0 : was[n])) wrong++;
  }
  return wrong;
}

const coordinates = ({ pointsLps }: RegionContour): number[][] =>
  Array.from({ length: pointsLps.length / 3 }, (_, n) => [...pointsLps.subarray(3 * n, 3 * n + 3)]);

const NOTHING: ClipReport = { areaRemovedMm2: 0, contoursTouched: 0, contoursEmptied: 0, contoursOffGrid: 0 };
const SQUARE: Points = [[10, 10], [20, 10], [20, 20], [10, 20]]; // prettier-ignore

describe('a closed contour', () => {
  const clip = (
    removed: Mask,
    type?: ContourType,
    points = SQUARE,
  ): { contours: ClippedContour[]; report: ClipReport } =>
    clipContours({ contours: [contour(PLAIN, 3, points, type)], grid: PLAIN, removed });

  it('away from what was removed is the same array', () => {
    const square = contour(PLAIN, 3, SQUARE);
    const removed = maskWhere(PLAIN, (i, j, k) => k !== 3 || i < 10 || j > 20);
    const { contours, report } = clipContours({ contours: [square], grid: PLAIN, removed });
    expect(contours[0].pointsLps).toBe(square.pointsLps);
    expect(report).toEqual(NOTHING);
  });

  it('is cut along the faces of removed voxels', () => {
    const { contours, report } = clip(maskWhere(PLAIN, (i) => i >= 15));
    expect(contours.map(coordinates)).toEqual([[[10, 10, 3], [14.5, 10, 3], [14.5, 20, 3], [10, 20, 3]]]); // prettier-ignore
    expect(report).toEqual({ ...NOTHING, areaRemovedMm2: 55, contoursTouched: 1 });
  });

  it('is gone where all of it was removed', () => {
    const { contours, report } = clip(maskWhere(PLAIN, (i) => i >= 10));
    expect(contours).toEqual([]);
    expect(report).toEqual({ ...NOTHING, areaRemovedMm2: 100, contoursTouched: 1, contoursEmptied: 1 });
  });

  it('falls into parts, the largest first', () => {
    const { contours, report } = clip(maskWhere(PLAIN, (i) => i === 13));
    expect(contours.map(coordinates)).toEqual([
      [[13.5, 10, 3], [20, 10, 3], [20, 20, 3], [13.5, 20, 3]],
      [[10, 10, 3], [12.5, 10, 3], [12.5, 20, 3], [10, 20, 3]],
    ]); // prettier-ignore
    expect(contours.map(({ source }) => source)).toEqual([0, 0]);
    expect(report.areaRemovedMm2).toBe(10);
  });

  it('gets a hole by a keyhole, of the XOR type by another contour', async () => {
    const removed = maskWhere(PLAIN, (i, j) => i >= 14 && i <= 15 && j >= 13 && j <= 16);
    const { contours, report } = clip(removed);
    expect(contours).toHaveLength(1);
    expect(coordinates(contours[0])).toEqual([
      [10, 10, 3],
      [13.5, 12.5, 3], [13.5, 16.5, 3], [15.5, 16.5, 3], [15.5, 12.5, 3], [13.5, 12.5, 3],
      [10, 10, 3], [20, 10, 3], [20, 20, 3], [10, 20, 3],
    ]); // prettier-ignore
    expect(report).toEqual({ ...NOTHING, areaRemovedMm2: 8, contoursTouched: 1 });
    const xor = clip(removed, 'CLOSEDPLANAR_XOR');
    expect(xor.contours.map(coordinates)).toEqual([
      [[10, 10, 3], [20, 10, 3], [20, 20, 3], [10, 20, 3]],
      [[13.5, 12.5, 3], [13.5, 16.5, 3], [15.5, 16.5, 3], [15.5, 12.5, 3]],
    ]); // prettier-ignore
    for (const after of [contours, xor.contours])
      expect(await misdrawn(PLAIN, [contour(PLAIN, 3, SQUARE)], after, removed)).toBe(0);
  });

  it('keeps its slanting edges: a triangle loses the closed-form area', () => {
    // Twice as wide at its foot as half-way up: cut at j = 19.5, the tip of 0.5 · 5.5 · 5.5 is lost.
    const { contours, report } = clip(maskWhere(PLAIN, (_, j) => j >= 20), 'CLOSED_PLANAR', [[10, 5], [30, 5], [20, 25]]); // prettier-ignore
    expect(report.areaRemovedMm2).toBeCloseTo((5.5 * 5.5) / 2, 5);
    expect(coordinates(contours[0]).map(([x, y]) => [Number(x.toFixed(5)), y])).toEqual([
      [10, 5], [30, 5], [22.75, 19.5], [17.25, 19.5],
    ]); // prettier-ignore
  });

  it.each([[2.6], [3.5 - 1e-9], [3.4999]])('between slices, at k = %d, follows the nearest slice', (k) => {
    const removed = maskWhere(PLAIN, (i, _, slice) => slice === 3 && i >= 15);
    const { contours } = clipContours({ contours: [contour(PLAIN, k, SQUARE)], grid: PLAIN, removed });
    expect(Math.max(...coordinates(contours[0]).map(([x]) => x))).toBe(14.5);
    expect(coordinates(contours[0]).every(([, , z]) => z === contour(PLAIN, k, SQUARE).pointsLps[2])).toBe(true);
  });

  it('stays in its own plane beside another of the same slice', () => {
    const removed = maskWhere(GRID, (i, _, slice) => slice === 3 && i >= 15);
    const ks = [3, 3.2, 3];
    const { contours, report } = clipContours({
      contours: ks.map((k, n) =>
        contour(
          GRID,
          k,
          SQUARE.map(([i, j]) => [i + n, j - 3]),
        ),
      ),
      grid: GRID,
      removed,
    });
    for (const { pointsLps, source } of contours) {
      const expected = SQUARE.map(([i, j]) => ijkToLps(GRID, [Math.min(i + source, 14.5), j - 3, ks[source]]));
      const found = coordinates({ type: 'CLOSED_PLANAR', pointsLps });
      found.forEach((point, n) => point.forEach((mm, d) => expect(mm).toBeCloseTo(expected[n][d], 6)));
    }
    // Of the XOR of the first and the last the columns from 20 to 22 are lost, of the second those from 14.5 to 21.
    expect(report).toMatchObject({ contoursTouched: 3, contoursEmptied: 0 });
    expect(report.areaRemovedMm2).toBeCloseTo((6.5 + 2) * 10 * 1.5 * 0.75, 6);
  });

  it('beyond the grid stays and is counted', () => {
    const outside = [contour(PLAIN, 7.6, SQUARE), contour(PLAIN, -0.6, SQUARE)];
    const { contours, report } = clipContours({
      contours: outside,
      grid: PLAIN,
      removed: maskWhere(PLAIN, () => true),
    });
    expect(contours.map(({ pointsLps }) => pointsLps)).toEqual(outside.map(({ pointsLps }) => pointsLps));
    expect(report).toEqual({ ...NOTHING, contoursOffGrid: 2 });
  });

  it('around a hole drawn as a contour loses what the region loses', async () => {
    const hole: Points = [[12, 12], [18, 12], [18, 18], [12, 18]]; // prettier-ignore
    const both = [contour(PLAIN, 3, SQUARE), contour(PLAIN, 3, hole)];
    const removed = maskWhere(PLAIN, (i) => i >= 15);
    const { contours, report } = clipContours({ contours: both, grid: PLAIN, removed });
    expect(contours.map(({ source }) => source)).toEqual([0, 1]);
    expect(report).toEqual({ ...NOTHING, areaRemovedMm2: 55 - 3.5 * 6, contoursTouched: 2 });
    expect(await misdrawn(PLAIN, both, contours, removed)).toBe(0);
  });

  it('with a keyhole of its own, a bow tie, and points that are repeated are read as they are drawn', async () => {
    const keyhole: Points = [...SQUARE, [10, 10], [12, 12], [12, 18], [18, 18], [18, 12], [12, 12], [10, 10]];
    const bowTie: Points = [[2, 2], [9, 9], [9, 2], [2, 9]]; // prettier-ignore
    const repeated: Points = SQUARE.flatMap(([i, j]) => [[i - 9, j + 8], [i - 9, j + 8]]); // prettier-ignore
    const own = [keyhole, bowTie, repeated].map((points) => contour(PLAIN, 3, points));
    const removed = maskWhere(PLAIN, (i, j) => (i * 7 + j * 3) % 5 === 0 || i === 14);
    const { contours } = clipContours({ contours: own, grid: PLAIN, removed });
    expect(await misdrawn(PLAIN, own, contours, removed)).toBe(0);
  });

  it('drawn twice cancels before and after', () => {
    const twice = [contour(PLAIN, 3, SQUARE), contour(PLAIN, 3, SQUARE.toReversed())];
    const { contours, report } = clipContours({
      contours: twice,
      grid: PLAIN,
      removed: maskWhere(PLAIN, (i) => i >= 15),
    });
    expect(contours).toHaveLength(2);
    expect(report).toEqual({ ...NOTHING, contoursTouched: 2 });
  });

  it('keeps a distance to what was removed when asked to', () => {
    const removed = maskWhere(PLAIN, (i, j) => i >= 30 || (i === 15 && j === 15));
    const request = { contours: [contour(PLAIN, 3, [[5, 5], [35, 5], [35, 25], [5, 25]])], grid: PLAIN, removed }; // prettier-ignore
    const { contours, report } = clipContours({ ...request, marginMm: 2 });
    // A pixel square grown by 2 mm is a square, four sides and four quarters of a circle, drawn to 0.05 mm of its radius.
    const round = 1 + 4 * 2 + Math.PI * 4;
    expect(Math.abs(report.areaRemovedMm2 - (7.5 * 20 + round))).toBeLessThan(0.05 * 2 * Math.PI * 2);
    for (const [x, y] of coordinates(contours[0])) {
      expect(x).toBeLessThanOrEqual(27.5 + 1e-6);
      const fromSquare = Math.hypot(Math.max(0, Math.abs(x - 15) - 0.5), Math.max(0, Math.abs(y - 15) - 0.5));
      expect(fromSquare).toBeGreaterThan(2 - 0.051);
    }
    const [close] = clipContours({ ...request, contours: [contour(PLAIN, 3, SQUARE)], removed: maskWhere(PLAIN, (i) => i === 22), marginMm: 2 }).contours; // prettier-ignore
    expect(Math.max(...coordinates(close).map(([x]) => x))).toBe(19.5);
  });
});

describe('contours in other planes', () => {
  it('coronal ones are cut along the faces of removed voxels', () => {
    const points = [[3, 1], [9, 1], [9, 4], [3, 4]].flatMap(([i, k]) => ijkToLps(GRID, [i, 7.2, k])); // prettier-ignore
    const coronal: RegionContour = { type: 'CLOSED_PLANAR', pointsLps: Float64Array.from(points) };
    const removed = maskWhere(GRID, (i, j, k) => j === 7 && i >= 6 && k <= 2);
    const { contours, report } = clipContours({ contours: [coronal], grid: GRID, removed });
    expect(report.areaRemovedMm2).toBeCloseTo(1.5 * (9 - 5.5) * 3 * (2.5 - 1), 8);
    const expected = [[3, 1], [5.5, 1], [5.5, 2.5], [9, 2.5], [9, 4], [3, 4]].map(([i, k]) => ijkToLps(GRID, [i, 7.2, k])); // prettier-ignore
    const found = coordinates(contours[0]);
    expect(found).toHaveLength(6);
    expected.forEach((point, n) => point.forEach((at, d) => expect(found[n][d]).toBeCloseTo(at, 6)));
  });

  it('tilted ones lose each pixel in which they meet a removed voxel', () => {
    // k = 1 + i / 10: pixels i = 5..15 lie in both k = 1 and 2, or at a border.
    const tilt = (i: number): number => 1 + i / 10;
    const points = [[0, 5], [20, 5], [20, 15], [0, 15]].flatMap(([i, j]) => ijkToLps(GRID, [i, j, tilt(i)])); // prettier-ignore
    const tilted: RegionContour = { type: 'CLOSED_PLANAR', pointsLps: Float64Array.from(points) };
    const removed = maskWhere(GRID, (_, __, k) => k === 2);
    const { contours, report } = clipContours({ contours: [tilted], grid: GRID, removed });
    // k passes 1.5 at i = 5 and 2.5 at i = 15: pixels 5 to 15, from 4.5 to 15.5.
    const perI = Math.hypot(1.5, 0.3);
    expect(report.areaRemovedMm2).toBeCloseTo(11 * perI * 10 * 0.75, 6);
    expect(contours).toHaveLength(2);
    for (const part of contours) {
      for (const point of coordinates(part)) {
        const onPlane = [0, 1, 2].map((d) => point[d] - points[d]);
        const normal = cross(
          [0, 1, 2].map((d) => points[3 + d] - points[d]) as unknown as Vec3,
          [0, 1, 2].map((d) => points[9 + d] - points[d]) as unknown as Vec3,
        );
        expect(Math.abs(onPlane.reduce((sum, at, d) => sum + at * normal[d], 0)) / Math.hypot(...normal)).toBeLessThan(
          1e-9,
        );
      }
    }
  });
});

describe('points and lines', () => {
  const removed = maskWhere(PLAIN, (i) => i >= 15 && i < 18);
  const clip = (type: ContourType, points: Points, marginMm = 0): { contours: ClippedContour[]; report: ClipReport } =>
    clipContours({ contours: [contour(PLAIN, 3, points, type)], grid: PLAIN, removed, marginMm });

  it('points in removed voxels or on their faces go', () => {
    expect(clip('POINT', [[16, 4]])).toEqual({ contours: [], report: { ...NOTHING, contoursTouched: 1, contoursEmptied: 1 } }); // prettier-ignore
    expect(clip('POINT', [[14.5, 4]]).contours).toEqual([]);
    expect(clip('POINT', [[14.4, 4]]).report).toEqual(NOTHING);
    expect(clip('POINT', [[14.4, 4]], 0.2).contours).toEqual([]);
    expect(clip('POINT', [[1, 1], [16, 4], [25, 4]]).contours.map(coordinates)).toEqual([[[1, 1, 3], [25, 4, 3]]]); // prettier-ignore
  });

  it('lines fall into parts of two points at least', () => {
    const line: Points = [[10, 4], [12, 4], [14, 4], [16, 4], [18, 5], [20, 5], [16, 6], [25, 6], [16, 6]]; // prettier-ignore
    const { contours, report } = clip('OPEN_PLANAR', line);
    expect(contours.map(coordinates)).toEqual([[[10, 4, 3], [12, 4, 3], [14, 4, 3]], [[18, 5, 3], [20, 5, 3]]]); // prettier-ignore
    expect(report).toEqual({ ...NOTHING, contoursTouched: 1 });
  });

  it('lines are parted where they go through removed voxels between two points', () => {
    const { contours } = clip('OPEN_NONPLANAR', [[8, 1], [10, 1], [25, 1], [27, 2]]); // prettier-ignore
    expect(contours.map(coordinates)).toEqual([[[8, 1, 3], [10, 1, 3]], [[25, 1, 3], [27, 2, 3]]]); // prettier-ignore
  });

  it('closed contours without area, and those in no plane, lose points', () => {
    expect(clip('CLOSED_PLANAR', [[10, 4], [16, 4]]).contours.map(coordinates)).toEqual([[[10, 4, 3]]]); // prettier-ignore
    expect(clip('CLOSED_PLANAR', [[10, 4], [16, 4], [30, 4]]).contours.map(coordinates)).toEqual([[[10, 4, 3], [30, 4, 3]]]); // prettier-ignore
    const bent = [[10, 4, 1], [20, 4, 5], [20, 14, 1], [10, 14, 5], [16, 9, 3]].flat(); // prettier-ignore
    const { contours } = clipContours({
      contours: [{ type: 'CLOSED_PLANAR', pointsLps: Float64Array.from(bent) }],
      grid: PLAIN,
      removed,
    });
    expect(contours.map(({ pointsLps }) => [...pointsLps])).toEqual([bent.slice(0, 12)]);
  });

  it('a mask of another size is refused, no contours are none', () => {
    expect(() => clipContours({ contours: [], grid: PLAIN, removed: createMask([1, 1, 1]) })).toThrow(RangeError);
    expect(clipContours({ contours: [], grid: PLAIN, removed })).toEqual({ contours: [], report: NOTHING });
  });
});

describe('drawn again', () => {
  /** Vertices on quarters of voxels: many lie on voxel centres and faces, and many edges go through centres. */
  const vertex = fc.tuple(fc.integer({ min: -12, max: 100 }), fc.integer({ min: -12, max: 88 }));
  const polygon = fc.array(vertex, { minLength: 3, maxLength: 12 }).map((points) => points.map(([i, j]) => [i / 4, j / 4] as const)); // prettier-ignore
  const type = fc.constantFrom<ContourType>('CLOSED_PLANAR', 'CLOSEDPLANAR_XOR');
  const region = fc.array(fc.record({ k: fc.integer({ min: 0, max: 5 }), points: polygon, type }), { maxLength: 4 });

  it('any contours are as before where nothing was removed, and empty where it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        region,
        fc.integer(),
        fc.constantFrom(0.02, 0.3, 0.7, 'box' as const),
        async (drawing, seed, how) => {
          const contours = drawing.map(({ k, points, type: own }) => contour(GRID, k, points, own));
          const random = new Random(seed >>> 0);
          const [a, b] = [random.nextInteger(0, 20), random.nextInteger(0, 16)];
          const removed = maskWhere(GRID, (i, j) =>
            how === 'box' ? i >= a && i < a + 7 && j >= b && j < b + 5 : random.nextF32() < how,
          );
          const clipped = clipContours({ contours, grid: GRID, removed });
          expect(await misdrawn(GRID, contours, clipped.contours, removed)).toBe(0);
          const again = clipContours({ contours: clipped.contours, grid: GRID, removed });
          expect(await misdrawn(GRID, contours, again.contours, removed)).toBe(0);
        },
      ),
      { numRuns: 500, seed: 5 },
    );
  });

  it('with a margin no voxel is new, none removed, and none lost farther away than the margin', async () => {
    const marginMm = 1.3;
    await fc.assert(
      fc.asyncProperty(region, fc.integer(), fc.constantFrom(0.005, 0.05), async (drawing, seed, density) => {
        const contours = drawing.map(({ k, points, type: own }) => contour(GRID, k, points, own));
        const random = new Random(seed >>> 0);
        const removed = maskWhere(GRID, () => random.nextF32() < density);
        const clipped = clipContours({ contours, grid: GRID, removed, marginMm });
        const [was, is] = [await drawn(GRID, contours), await drawn(GRID, clipped.contours)];
        const [ni, nj] = GRID.sizeIjk;
        for (let n = 0; n < was.length; n++) {
          const [i, j, k] = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))];
          if (is[n] === was[n] && !(is[n] !== 0 && maskHas(removed, i, j, k))) continue;
          let awayMm = Infinity;
          for (let y = 0; y < nj; y++)
            for (let x = 0; x < ni; x++)
              if (maskHas(removed, x, y, k))
                awayMm = Math.min(awayMm, Math.hypot(1.5 * Math.max(0, Math.abs(x - i) - 0.5), 0.75 * Math.max(0, Math.abs(y - j) - 0.5))); // prettier-ignore
          expect({ was: was[n], is: is[n], isNear: awayMm <= marginMm }).toEqual({ was: 1, is: 0, isNear: true });
        }
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  const oracle = sharedPath('oracles/rtstruct/mirp_sts');
  it.skipIf(oracle === undefined).each(['STS_001_CT', 'STS_001_PET', 'STS_002_CT', 'STS_002_MR_T1'])(
    'a real region (%s) cut by half-spaces and a ball (skipped when the shared oracles are not beside the checkout)',
    async (name) => {
      const folder = join(oracle ?? '', name);
      const { slices } = JSON.parse(readFileSync(join(folder, 'geometry.json'), 'utf8')) as {
        readonly slices: readonly { readonly ipp: Vec3; readonly iop: readonly number[]; readonly ps: readonly number[]; readonly rows: number; readonly cols: number }[]; // prettier-ignore
      };
      const [{ ipp, iop, ps, rows, cols }] = slices;
      const last = slices[slices.length - 1].ipp;
      const affineIjkToLps = [0, 1, 2].flatMap((r) => [iop[r] * ps[1], iop[3 + r] * ps[0], (last[r] - ipp[r]) / (slices.length - 1), ipp[r]]); // prettier-ignore
      const grid: Grid = { sizeIjk: [cols, rows, slices.length], affineIjkToLps };
      const [{ contours }] = (await readStructureSet(join(folder, 'RS.dcm'))).regions;
      const [ni, nj] = grid.sizeIjk;
      const inside = await drawn(grid, contours);
      let [sumI, sumJ, count] = [0, 0, 0];
      inside.forEach((v, n) => {
        if (v === 1) [sumI, sumJ, count] = [sumI + (n % ni), sumJ + (Math.floor(n / ni) % nj), count + 1];
      });
      expect(count).toBeGreaterThan(500);
      const [ci, cj] = [Math.round(sumI / count), Math.round(sumJ / count)];
      for (const has of [
        (i: number) => i >= ci,
        (i: number, j: number) => i + j < ci + cj,
        (i: number, j: number) => Math.hypot(i - ci, j - cj) < 6,
      ]) {
        const removed = maskWhere(grid, has);
        const clipped = clipContours({ contours, grid, removed });
        expect(clipped.report.contoursTouched).toBeGreaterThan(0);
        expect(await misdrawn(grid, contours, clipped.contours, removed)).toBe(0);
      }
    },
    60_000,
  );
});

describe('speed', () => {
  it('200 slices of 1000 points against a ragged half-space: below 1 s on an idle core, ten times that here', () => {
    const grid: Grid = { sizeIjk: [512, 512, 200], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
    const contours = Array.from({ length: 200 }, (_, k) =>
      contour(
        grid,
        k,
        Array.from({ length: 1000 }, (__, n) => {
          const angle = (2 * Math.PI * n) / 1000;
          const radius = 180 + 4 * Math.sin(37 * angle + k);
          return [256 + radius * Math.cos(angle), 256 + 1.2 * radius * Math.sin(angle)] as const;
        }),
      ),
    );
    const removed = createMask(grid.sizeIjk);
    for (let k = 0; k < 200; k++)
      for (let j = 0; j < 512; j++)
        for (let i = 0; i < 512; i++)
          if (j < 160 + 0.2 * k + 5 * Math.sin(i / 4)) removed.words[(k * 512 + j) * 16 + (i >>> 5)] |= 1 << (i & 31);
    const begin = performance.now();
    const { report } = clipContours({ contours, grid, removed });
    const elapsedMs = performance.now() - begin;
    expect(report.contoursTouched).toBe(200);
    expect(elapsedMs).toBeLessThan(10_000);
  });
});
