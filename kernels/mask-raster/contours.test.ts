import { forEachBackend, Random, randomMask, randomU32 } from '@efface/compute/testing';
import { openNifti } from '@efface/io';
import { sharedPath } from '@efface/test-data';
import { cross, type Grid, ijkToLps, maskFromNonzero, type Vec3, wordsPerRow } from '@efface/volume';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Contour, type ContourType, type LeftOutReason } from './contour-slices.ts';
import { maskOfLabel, type RegionReport, rasterContours, setLabelFromMask } from './raster-contours.ts';
import { readStructureSet } from './rtstruct.fixture.ts';

type Points = readonly (readonly [number, number])[];

/** A grid of 10 × 8 × 4 voxels, turned, not cubic, with a mirrored k if `mirrored`. */
function obliqueGrid(mirrored = false): Grid {
  const u: Vec3 = [0.8, 0.6, 0];
  const v: Vec3 = [-0.36, 0.48, 0.8];
  const w = cross(u, v).map((x) => (mirrored ? -3 : 3) * x);
  const rows = [0, 1, 2].flatMap((r) => [1.5 * u[r], 0.75 * v[r], w[r], [17.25, -300.5, 41][r]]);
  return { sizeIjk: [10, 8, 4], affineIjkToLps: rows };
}

/** A contour whose points have these i, j on slice k of a grid. */
function contour(grid: Grid, k: number, points: Points, type: ContourType = 'CLOSED_PLANAR'): Contour {
  return { type, pointsLps: points.flatMap(([i, j]) => ijkToLps(grid, [i, j, k])) };
}

const SQUARE: Points = [[2, 1], [6, 1], [6, 5], [2, 5]]; // prettier-ignore

/** Even-odd by definition (crossings of the ray to +i), straight from the points: the centre of voxel (i, j). */
function isInside(points: Points, i: number, j: number): boolean {
  let odd = false;
  points.forEach(([u0, v0], n) => {
    const [u1, v1] = points[(n + 1) % points.length];
    if (v0 <= j !== v1 <= j && i < u0 + ((j - v0) * (u1 - u0)) / (v1 - v0)) odd = !odd;
  });
  return odd;
}

forEachBackend((_, backend) => {
  const draw = async (
    grid: Grid,
    regions: readonly (readonly Contour[])[],
    sliceOriginsLps?: readonly Vec3[],
  ): Promise<{ readonly labels: Uint32Array; readonly reports: readonly RegionReport[] }> => {
    const result = rasterContours(backend(), { grid, regions, ...(sliceOriginsLps && { sliceOriginsLps }) });
    const labels = new Uint32Array(await backend().read(result.labels));
    backend().release(result.labels);
    return { labels, reports: result.reports };
  };
  /** Rows of slice k as text: # where the word is not 0. */
  const picture = ({ sizeIjk: [ni, nj] }: Grid, labels: Uint32Array, k: number): string[] =>
    Array.from({ length: nj }, (_, j) =>
      [...labels.subarray((k * nj + j) * ni, (k * nj + j + 1) * ni)].map((v) => (v === 0 ? '.' : '#')).join(''),
    );
  /** Draws polygons of one region on slice 1 and compares with the definition at every voxel of the grid. */
  const expectDefinition = async (grid: Grid, polygons: readonly Points[]): Promise<Uint32Array> => {
    const { labels, reports } = await draw(grid, [polygons.map((points) => contour(grid, 1, points))]);
    expect(reports[0].leftOut).toEqual([]);
    const [ni, nj] = grid.sizeIjk;
    labels.forEach((value, index) => {
      const [i, j, k] = [index % ni, Math.floor(index / ni) % nj, Math.floor(index / (ni * nj))];
      const odd = k === 1 && polygons.filter((points) => isInside(points, i, j)).length % 2 === 1;
      expect(value, `${i},${j},${k}`).toBe(odd ? 1 : 0);
    });
    return labels;
  };

  it('edges on voxel centres: lower ones inside, upper ones not, in any plane of the patient', async () => {
    for (const grid of [obliqueGrid(), obliqueGrid(true)]) {
      const labels = await expectDefinition(grid, [SQUARE]);
      const row = '..####....';
      const none = '..........';
      expect(picture(grid, labels, 1)).toEqual([none, row, row, row, row, none, none, none]);
      await expectDefinition(grid, [SQUARE.toReversed()]);
    }
  });

  it('squares that tile a slice share no voxel and leave none out', async () => {
    const grid = obliqueGrid();
    const shift = (di: number, dj: number): Points => SQUARE.map(([i, j]) => [i + di - 2, j + dj - 1]);
    const regions = [[0, 0], [4, 0], [8, 0], [0, 4], [4, 4], [8, 4]].map(([di, dj]) => [contour(grid, 2, shift(di, dj))]); // prettier-ignore
    const { labels } = await draw(grid, regions);
    const slice = [...labels.subarray(160, 240)];
    slice.forEach((v, index) => expect(v).toBe(1 << (Math.floor((index % 10) / 4) + 3 * Math.floor(index / 40))));
  });

  it('holes, islands in them, keyholes, notches, vertices and edges on rows, repeated points', async () => {
    const grid = obliqueGrid();
    const outer: Points = [[0, 0], [9, 0], [9, 7], [0, 7]]; // prettier-ignore
    const hole: Points = [[1, 1], [8, 1], [8, 6], [1, 6]]; // prettier-ignore
    const island: Points = [[3, 3], [5, 3], [5, 4], [3, 4]]; // prettier-ignore
    const holed = await expectDefinition(grid, [outer, hole]);
    expect(picture(grid, holed, 1)[2]).toBe('#.......#.');
    expect(picture(grid, await expectDefinition(grid, [outer, hole, island]), 1)[3]).toBe('#..##...#.');
    // The keyhole goes in and out along the same line; by the definition that is the hole itself.
    const keyhole: Points = [...outer, [0, 0], [1, 1], [1, 6], [8, 6], [8, 1], [1, 1], [0, 0]];
    expect(await expectDefinition(grid, [keyhole])).toEqual(holed);
    const notched: Points = [[1, 0], [4, 3], [7, 0], [7, 3], [9, 3], [9, 5], [4, 5], [4, 4], [1, 4]]; // prettier-ignore
    const plain = await expectDefinition(grid, [notched]);
    const repeated: Points = notched.flatMap((point, n) => (n % 2 === 0 ? [point, point, point] : [point]));
    expect(await expectDefinition(grid, [[...repeated, notched[0]]])).toEqual(plain);
    // A point of a ray-casting test: the bow tie crosses itself.
    await expectDefinition(grid, [[[1, 1], [8, 6], [8, 1], [1, 6]]]); // prettier-ignore
  });

  it('identical contours cancel, also when one runs the other way or is of the XOR type', async () => {
    const grid = obliqueGrid();
    const odd: Points = [[1.3, 0.2], [7.9, 2.45], [3.1, 6.7]]; // prettier-ignore
    for (const twin of [odd, odd.toReversed(), [odd[2], odd[0], odd[1]]])
      expect((await expectDefinition(grid, [odd, twin])).every((v) => v === 0)).toBe(true);
    const both = [contour(grid, 1, odd, 'CLOSEDPLANAR_XOR'), contour(grid, 1, SQUARE, 'CLOSEDPLANAR_XOR')];
    const { labels } = await draw(grid, [both]);
    expect(labels).toEqual(await expectDefinition(grid, [odd, SQUARE]));
  });

  it('random polygons, partly beside the grid, agree with the definition', async () => {
    const grid = obliqueGrid();
    const random = new Random(5);
    for (let round = 0; round < 40; round++) {
      const points = Array.from({ length: random.nextInteger(3, 12) }, (): [number, number] => {
        // Quarters of voxels half of the time, so that vertices and edges lie on rows.
        const at = (n: number): number =>
          round % 2 === 0 ? random.nextInteger(-8, 4 * n + 8) / 4 : n * (1.4 * random.nextF32() - 0.2);
        return [at(10), at(8)];
      });
      points.push([4, 4]);
      await expectDefinition(grid, [points]);
    }
  });

  it('32 overlapping regions are 32 bits', async () => {
    const grid = obliqueGrid();
    const polygons = Array.from({ length: 32 }, (_, n): Points =>
      SQUARE.map(([i, j]) => [i + (n % 5) / 2, j + n / 16]),
    );
    const { labels } = await draw(grid, polygons.map((points) => [contour(grid, 3, points)])); // prettier-ignore
    labels.forEach((value, index) => {
      const inSlice = index >= 240;
      const expected = polygons.reduce(
        (bits, points, n) =>
          inSlice && isInside(points, index % 10, Math.floor(index / 10) % 8) ? (bits | (1 << n)) >>> 0 : bits,
        0,
      );
      expect(value).toBe(expected);
    });
    await expect(
      draw(
        grid,
        Array.from({ length: 33 }, () => []),
      ),
    ).rejects.toThrow(RangeError);
  });

  it('reports what it leaves out, and why', async () => {
    const grid = obliqueGrid();
    const far = SQUARE.map(([i, j]): [number, number] => [i + 40, j]);
    const coronal: Contour = {
      type: 'CLOSED_PLANAR',
      pointsLps: [[1, 0], [5, 0], [5, 3], [1, 3]].flatMap(([i, k]) => ijkToLps(grid, [i, 4, k])), // prettier-ignore
    };
    const region: [Contour, LeftOutReason | 'drawn'][] = [
      [contour(grid, 1, [[3, 3]], 'POINT'), 'open'],
      [contour(grid, 1, SQUARE, 'OPEN_PLANAR'), 'open'],
      [contour(grid, 1, SQUARE, 'OPEN_NONPLANAR'), 'open'],
      [contour(grid, 1, SQUARE.slice(0, 2)), 'too-few-points'],
      [{ type: 'CLOSED_PLANAR', pointsLps: [] }, 'too-few-points'],
      [{ type: 'CLOSED_PLANAR', pointsLps: [0, 0, 0, 1, Number.NaN, 0, 0, 1, 1] }, 'not-finite'],
      [coronal, 'not-in-slice-plane'],
      [contour(grid, 3.6, SQUARE), 'between-slices'],
      [contour(grid, -0.6, SQUARE), 'between-slices'],
      [contour(grid, 1, far), 'beside-grid'],
      [contour(grid, 3.4, SQUARE), 'farther-plane'],
      [contour(grid, 2.9, SQUARE), 'drawn'],
      [contour(grid, 0, SQUARE), 'drawn'],
    ];
    const { labels, reports } = await draw(grid, [region.map(([one]) => one), [coronal]]);
    const leftOut = region.flatMap(([, reason], n) => (reason === 'drawn' ? [] : [{ contour: n, reason }]));
    expect(reports).toEqual([
      { drawn: 2, slices: 2, gapSlices: 2, leftOut },
      { drawn: 0, slices: 0, gapSlices: 0, leftOut: [{ contour: 0, reason: 'not-in-slice-plane' }] },
    ]);
    const own = await draw(grid, [[contour(grid, 0, SQUARE), contour(grid, 3, SQUARE)]]);
    expect(labels).toEqual(own.labels);
    // Contours in coronal planes are drawn on the grid whose slices are coronal.
    const m = grid.affineIjkToLps;
    const turned = [0, 4, 8].flatMap((r) => [m[r], m[r + 2], m[r + 1], m[r + 3]]);
    const coronalGrid: Grid = { sizeIjk: [10, 4, 8], affineIjkToLps: turned };
    expect(picture(coronalGrid, (await draw(coronalGrid, [[coronal]])).labels, 4)).toEqual([
      '.####.....', '.####.....', '.####.....', '..........',
    ]); // prettier-ignore
  });

  it('one slice, no region, a region without contours, coordinates that are no points', async () => {
    const one: Grid = { ...obliqueGrid(), sizeIjk: [10, 8, 1] };
    const { labels, reports } = await draw(one, [[], [contour(one, 0.4, SQUARE)]]);
    expect(labels.filter((v) => v === 2).length).toBe(16);
    expect(reports[0]).toEqual({ drawn: 0, slices: 0, gapSlices: 0, leftOut: [] });
    expect((await draw(one, [])).labels.every((v) => v === 0)).toBe(true);
    await expect(draw(one, [[{ type: 'CLOSED_PLANAR', pointsLps: [0, 0, 0, 1] }]])).rejects.toThrow(RangeError);
  });

  it('slices that are not evenly spaced are where their origins say', async () => {
    const grid = obliqueGrid();
    const at = [0, 1, 3, 3.5];
    const origins = at.map((k) => ijkToLps(grid, [0, 0, k]));
    const drawn = [0, 1, 2, 3, 3.5].map((k) => contour(grid, k, SQUARE));
    const { labels, reports } = await draw(grid, [drawn], origins);
    // k = 2 lies a whole slice spacing from both neighbours: nobody's.
    expect(reports[0]).toEqual({
      drawn: 4,
      slices: 4,
      gapSlices: 0,
      leftOut: [{ contour: 2, reason: 'between-slices' }],
    });
    expect([0, 1, 2, 3].map((k) => labels.subarray(80 * k, 80 * k + 80).filter((v) => v === 1).length)).toEqual([16, 16, 16, 16]); // prettier-ignore
    await expect(draw(grid, [], origins.slice(1))).rejects.toThrow(RangeError);
    await expect(draw(grid, [], origins.toReversed())).rejects.toThrow(RangeError);
  });

  it('a label comes out as a mask and goes in again', async () => {
    const sizeIjk: Vec3 = [67, 5, 3];
    const words = randomU32(8, 67 * 15);
    const labels = backend().createBuffer('labels', words.byteLength, words);
    const mask = maskOfLabel(backend(), { labels, sizeIjk, label: 31 });
    expect(new Uint32Array(await backend().read(mask))).toEqual(maskFromNonzero(sizeIjk, words.map((v) => v >>> 31)).words); // prettier-ignore
    const other = randomMask(9, [67, 5, 3], 0.3);
    const otherBuffer = backend().createBuffer('other', other.byteLength, other);
    const twice = backend().createBuffer('twice', words.byteLength);
    setLabelFromMask(backend(), { mask: otherBuffer, labels: twice, sizeIjk, label: 0 });
    setLabelFromMask(backend(), { mask, labels: twice, sizeIjk, label: 31 });
    const back = maskOfLabel(backend(), { labels: twice, sizeIjk, label: 0 });
    expect(new Uint32Array(await backend().read(back))).toEqual(other);
    expect(() => maskOfLabel(backend(), { labels, sizeIjk, label: 32 })).toThrow(RangeError);
    for (const buffer of [labels, mask, otherBuffer, twice, back]) backend().release(buffer);
  });

  const oracle = sharedPath('oracles/rtstruct/mirp_sts');
  const PAIRS = [
    ['STS_001_CT', 117_145], ['STS_001_PET', 5_095], ['STS_001_MR_T1', 117_145],
    ['STS_002_CT', 17_090], ['STS_002_PET', 555], ['STS_002_MR_T1', 17_090],
  ] as const; // prettier-ignore
  it.skipIf(oracle === undefined)(
    'draws the masks that MIRP wrote, 0 voxels different (skipped when the shared oracles are not there)',
    async () => {
      for (const [name, voxels] of PAIRS) {
        const { slices } = JSON.parse(readFileSync(`${oracle}/${name}/geometry.json`, 'utf8')) as {
          readonly slices: readonly { readonly ipp: Vec3; readonly iop: readonly number[]; readonly ps: readonly number[]; readonly rows: number; readonly cols: number }[]; // prettier-ignore
        };
        const [{ ipp, iop, ps, rows, cols }] = slices;
        const last = slices[slices.length - 1].ipp;
        const steps = [0, 1, 2].map((r) => [
          iop[r] * ps[1],
          iop[3 + r] * ps[0],
          (last[r] - ipp[r]) / (slices.length - 1),
        ]);
        const grid: Grid = {
          sizeIjk: [cols, rows, slices.length],
          affineIjkToLps: steps.flatMap((step, r) => [...step, ipp[r]]),
        };
        const { volume } = await openNifti(`${oracle}/${name}/mask.nii.gz`);
        expect(volume.grid.sizeIjk).toEqual(grid.sizeIjk);
        const expected = maskFromNonzero(grid.sizeIjk, volume.voxels).words;
        const [{ contours }] = readStructureSet(`${oracle}/${name}/RS.dcm`);
        const { labels, reports } = rasterContours(backend(), {
          grid,
          regions: [contours],
          sliceOriginsLps: slices.map((slice) => slice.ipp),
        });
        const mask = maskOfLabel(backend(), { labels, sizeIjk: grid.sizeIjk, label: 0 });
        const words = new Uint32Array(await backend().read(mask), 0, expected.length);
        expect(words.length).toBe(wordsPerRow(cols) * rows * slices.length);
        let different = 0;
        let inside = 0;
        for (let w = 0; w < words.length; w++) {
          for (let bits = words[w]; bits !== 0; bits &= bits - 1) inside++;
          for (let bits = words[w] ^ expected[w]; bits !== 0; bits &= bits - 1) different++;
        }
        expect({ name, different, inside, leftOut: reports[0].leftOut }).toEqual({ name, different: 0, inside: voxels, leftOut: [] }); // prettier-ignore
        backend().release(labels);
        backend().release(mask);
      }
    },
    60_000,
  );
});
