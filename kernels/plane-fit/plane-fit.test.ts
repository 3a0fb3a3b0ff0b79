import { openNifti } from '@efface/io';
import { checkKernels, forEachBackend, randomMask } from '@efface/compute/testing';
import { sharedPath } from '@efface/test-data';
import {
  dot, type Grid, type GridMask, ijkToLps, maskCount, maskFromNonzero, maskHas, maskToBytes, normalize, overlapCount,
  subtract, type Vec3,
} from '@efface/volume'; // prettier-ignore
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lowerHull } from './hull.ts';
import { cases } from './plane-fit.cases.ts';
import { silhouette } from './plane-fit.ts';
import { maskOfPublishedCut, publishedCut } from './quickshear-published.ts';
import { clearanceMm, type HeadAxes, robustPlane } from './quickshear-robust.ts';

checkKernels(cases);

forEachBackend((_, backend) => {
  it('projects along each axis as the definition says', async () => {
    const sizeIjk: Vec3 = [37, 9, 5];
    const words = randomMask(3, [37, 9, 5], 0.05);
    const mask = { sizeIjk, wordsPerRow: 2, words };
    const buffer = backend().createBuffer('mask', words.byteLength, words);
    for (const axis of [0, 1, 2] as const) {
      const dst = silhouette(backend(), { mask: buffer, sizeIjk, axis });
      const flat = new Uint32Array(await backend().read(dst));
      const [a, b] = [0, 1, 2].filter((d) => d !== axis);
      const perRow = Math.ceil(sizeIjk[a] / 32);
      for (let pa = 0; pa < sizeIjk[a]; pa++) {
        for (let pb = 0; pb < sizeIjk[b]; pb++) {
          const p: [number, number, number] = [0, 0, 0];
          [p[a], p[b]] = [pa, pb];
          let any = 0;
          for (p[axis] = 0; p[axis] < sizeIjk[axis]; p[axis]++) if (maskHas(mask, ...p)) any = 1;
          expect((flat[pb * perRow + (pa >> 5)] >>> (pa & 31)) & 1).toBe(any);
        }
      }
      backend().release(dst);
    }
    backend().release(buffer);
  });
});

describe('lowerHull', () => {
  it('keeps corners, drops points on edges and above', () => {
    const points = [[0, 2], [1, 1], [2, 0], [2, 5], [3, 0.5], [4, 1], [6, 2]] as const; // prettier-ignore
    expect(lowerHull(points)).toEqual([[0, 2], [2, 0], [6, 2]]); // prettier-ignore
  });
});

const oracle = sharedPath('oracles/quickshear/expected.csv');
describe.skipIf(oracle === undefined)('published rule (skipped when the shared oracles are not there)', () => {
  it('removes the voxels of the reference implementation, byte for byte, on 40 heads with 3 buffers', async () => {
    const rows = readFileSync(oracle ?? '', 'utf8')
      .trim()
      .split(/\r?\n/)
      .slice(1);
    expect(rows.length).toBe(120);
    for (const id of new Set(rows.map((row) => row.split(',')[0]))) {
      const path = sharedPath(`data/ixi_t1_2mm/DLMUSE/${id}_T1_DLMUSE.nii.gz`) ?? '';
      const { grid, voxels } = (await openNifti(path)).volume;
      const brain = maskFromNonzero(grid.sizeIjk, voxels);
      for (const row of rows.filter((line) => line.startsWith(`${id},`))) {
        const [, buffer, , , brainVoxels, removedVoxels, brainRemoved, sha256] = row.split(',');
        const removed = maskOfPublishedCut(grid, publishedCut(grid, brain, Number(buffer)));
        expect([maskCount(brain), maskCount(removed), overlapCount(brain, removed)], row).toEqual(
          [brainVoxels, removedVoxels, brainRemoved].map(Number),
        );
        const keep = maskToBytes(removed).map((v) => 1 - v);
        expect(createHash('sha256').update(keep).digest('hex'), row).toBe(sha256);
      }
    }
  });
});

/** Voxels removed in each column (p) of masks on grids of 3 × np × ns (R, P, S): what quickshear 1.2.0 returned. */
const COLUMNS = [
  // The mask touches the anterior border, its edge wraps around: the plane removes nearly everywhere.
  { size: [3, 11, 10], boxes: [[0, 2, 7, 8]], buffer: 3.5, removed: [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0] },
  { size: [3, 8, 10], boxes: [[3, 7, 1, 6], [6, 7, 4, 5]], buffer: 0.5, removed: [2, 1, 0, 0, 0, 0, 0, 0] },
  { size: [3, 10, 8], boxes: [[1, 9, 4, 8], [7, 8, 2, 6]], buffer: 0, removed: [4, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
  // The line starts below the floor: heights of other columns are used …
  { size: [3, 10, 9], boxes: [[0, 1, 3, 9]], buffer: 0.5, removed: [0, 0, 0, 0, 0, 0, 0, 1, 1, 0] },
  { size: [3, 6, 6], boxes: [[0, 1, 4, 6]], buffer: 0, removed: [0, 0, 0, 1, 2, 3] },
  // … and a negative one removes all but the top.
  { size: [3, 8, 8], boxes: [[0, 1, 7, 8]], buffer: 1, removed: [0, 0, 7, 0, 1, 2, 3, 4] },
] as const; // prettier-ignore

/** The boxes (p from, to, s from, to) in the middle slice of an image stored along R, P, S, or with i, j, k permuted. */
function boxesMask(size: readonly number[], boxes: readonly (readonly number[])[], order: Vec3): GridMask {
  const bytes = new Uint8Array(size[0] * size[1] * size[2]);
  const sizeIjk: Vec3 = [size[order[0]], size[order[1]], size[order[2]]];
  const affine = new Array<number>(12).fill(0);
  // R, P, S are −x, +y, +z of LPS.
  order.forEach((rps, axis) => (affine[4 * rps + axis] = rps === 0 ? -1 : 1));
  for (const [p0, p1, s0, s1] of boxes)
    for (let p = p0; p < p1; p++)
      for (let s = s0; s < s1; s++) {
        const rps = [1, p, s];
        bytes[(rps[order[2]] * sizeIjk[1] + rps[order[1]]) * sizeIjk[0] + rps[order[0]]] = 1;
      }
  return { grid: { sizeIjk, affineIjkToLps: affine }, mask: maskFromNonzero(sizeIjk, bytes) };
}

const ORDERS: readonly Vec3[] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]; // prettier-ignore

describe('published rule', () => {
  it('has the quirks of the reference implementation, in every storage order', () => {
    for (const { size, boxes, buffer, removed } of COLUMNS) {
      for (const order of ORDERS) {
        const { grid, mask } = boxesMask(size, boxes, order);
        const cut = publishedCut(grid, mask, buffer);
        expect([...cut.removedBelowPerP]).toEqual(removed);
        const bytes = maskToBytes(maskOfPublishedCut(grid, cut));
        const [ni, nj] = grid.sizeIjk;
        bytes.forEach((value, index) => {
          const ijk = [index % ni, Math.floor(index / ni) % nj, Math.floor(index / (ni * nj))];
          const [p, s] = [ijk[order.indexOf(1)], ijk[order.indexOf(2)]];
          expect(value).toBe(s < removed[p] ? 1 : 0);
        });
      }
    }
  });

  it('fails where the reference fails: no edge, or columns beyond the image', () => {
    const whole = boxesMask([3, 7, 9], [[0, 7, 0, 9]], [0, 1, 2]);
    // Every voxel of the middle slice is set, so that the silhouette has no edge anywhere.
    expect(() => publishedCut(whole.grid, whole.mask, 0)).toThrow(/no edge/);
    const tall = boxesMask([3, 6, 12], [[3, 6, 3, 10]], [0, 1, 2]);
    expect(() => publishedCut(tall.grid, tall.mask, 0.5)).toThrow(/12 columns of an image that has 6/);
  });

  it('refuses an empty mask', () => {
    const grid: Grid = { sizeIjk: [4, 4, 4], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
    expect(() => publishedCut(grid, maskFromNonzero([4, 4, 4], new Uint8Array(64)), 10)).toThrow(RangeError);
  });
});

const STRAIGHT: HeadAxes = { leftLps: [1, 0, 0], posteriorLps: [0, 1, 0], superiorLps: [0, 0, 1] };

/** Ellipsoid of the given semi-axes (L, P, S, mm) around the origin on a grid. */
function ellipsoid(grid: Grid, semiMm: Vec3): GridMask {
  const [ni, nj, nk] = grid.sizeIjk;
  const bytes = new Uint8Array(ni * nj * nk);
  for (let n = 0; n < bytes.length; n++) {
    const p = ijkToLps(grid, [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))]);
    if ((p[0] / semiMm[0]) ** 2 + (p[1] / semiMm[1]) ** 2 + (p[2] / semiMm[2]) ** 2 <= 1) bytes[n] = 1;
  }
  return { grid, mask: maskFromNonzero(grid.sizeIjk, bytes) };
}

describe('robust rule', () => {
  const grid: Grid = { sizeIjk: [50, 60, 50], affineIjkToLps: [3, 0, 0, -73, 0, 3, 0, -88, 0, 0, 3, -73] };

  it('touches the ellipse of a known brain tangentially, buffer away', () => {
    const semi: Vec3 = [60, 80, 65];
    const brain = ellipsoid(grid, semi);
    const plane = robustPlane(brain, STRAIGHT, 10);
    // Support function of the ellipse; the voxelised mask lies within half a voxel diagonal of it.
    const n = plane.normalLps;
    const supportMm = Math.hypot(semi[1] * n[1], semi[2] * n[2]);
    const offsetMm = dot(plane.pointLps, n);
    expect(n[0]).toBe(0);
    expect(n[1]).toBeLessThan(0);
    expect(n[2]).toBeLessThan(0);
    expect(Math.abs(offsetMm - (supportMm + 10))).toBeLessThan(3 * Math.SQRT2);
  });

  it('is not led astray by a blob of a few voxels in front of the brain', () => {
    const clean = robustPlane(ellipsoid(grid, [60, 80, 65]), STRAIGHT, 10);
    const dirty = ellipsoid(grid, [60, 80, 65]);
    // Two voxels at the level of the eyes, 3 mm in front of the frontal pole.
    const [i, j, k] = [24, 2, 20];
    dirty.mask.words[(k * 60 + j) * 2] |= 3 << i;
    const plane = robustPlane(dirty, STRAIGHT, 10);
    expect(dot(plane.normalLps, clean.normalLps)).toBeGreaterThan(Math.cos((25 * Math.PI) / 180));
  });

  it('takes the usual lean where the mask is too smooth for an edge', () => {
    const smooth: Grid = { sizeIjk: [10, 180, 160], affineIjkToLps: [12, 0, 0, -54, 0, 1, 0, -90, 0, 0, 1, -80] };
    const plane = robustPlane(ellipsoid(smooth, [60, 80, 65]), STRAIGHT, 10);
    expect([plane.edgeMm, plane.pitchDegrees]).toEqual([0, 35]);
    const [, np, ns] = plane.normalLps;
    expect(np).toBeCloseTo(-Math.sin((35 * Math.PI) / 180), 12);
    expect(ns).toBeCloseTo(-Math.cos((35 * Math.PI) / 180), 12);
    expect(Math.abs(dot(plane.pointLps, plane.normalLps) - (Math.hypot(80 * np, 65 * ns) + 10))).toBeLessThan(1.5);
  });

  it('lies on the bridge between two lobes whose common tangent is known, whatever is in front', () => {
    // Two balls: (P, S) = (−40, 10) radius 30 and (0, −25) radius 25; their lower common tangent has the normal n with
    // n·(c₁ − c₂) = r₂ − r₁ and the offset n·c₁ + r₁.
    const fine: Grid = { sizeIjk: [72, 150, 110], affineIjkToLps: [1, 0, 0, -36, 0, 1, 0, -80, 0, 0, 1, -60] };
    const bytes = new Uint8Array(72 * 150 * 110);
    for (let n = 0; n < bytes.length; n++) {
      const [l, p, s] = ijkToLps(fine, [n % 72, Math.floor(n / 72) % 150, Math.floor(n / (72 * 150))]);
      if (Math.hypot(l, p + 40, s - 10) <= 30 || Math.hypot(l, p, s + 25) <= 25) bytes[n] = 1;
    }
    const plane = robustPlane({ grid: fine, mask: maskFromNonzero(fine.sizeIjk, bytes) }, STRAIGHT, 10);
    const distance = Math.hypot(40, 35);
    const angle = Math.atan2(35, -40) + Math.acos(-5 / distance);
    const n: Vec3 = [0, Math.cos(angle), Math.sin(angle)];
    expect(dot(plane.normalLps, n)).toBeGreaterThan(Math.cos((2 * Math.PI) / 180));
    // Within a voxel of the tangent: half a voxel of extent and half of rasterisation.
    expect(Math.abs(dot(plane.pointLps, plane.normalLps) - (-40 * n[1] + 10 * n[2] + 30 + 10))).toBeLessThan(1.5);
    expect(plane.edgeMm).toBeGreaterThanOrEqual(20);
  });

  it('keeps every voxel of any brain the buffer away, on any oblique grid', () => {
    const angle = fc.double({ min: -0.6, max: 0.6, noNaN: true });
    fc.assert(
      fc.property(
        angle,
        angle,
        fc.double({ min: 0, max: 25, noNaN: true }),
        fc.integer({ min: 0, max: 5 }),
        (yaw, pitch, bufferMm, order) => {
          const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
          const columns = [[4 * cy, 4 * sy, 0], [-3 * sy * cp, 3 * cy * cp, 3 * sp], [5 * sy * sp, -5 * cy * sp, 5 * cp]]; // prettier-ignore
          const permuted = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]][order]; // prettier-ignore
          const [a, b, c] = permuted.map((p) => columns[p]);
          const size = permuted.map((p) => [40, 60, 34][p]) as unknown as Vec3;
          const centre = [0, 1, 2].map((d) => -(a[d] * size[0] + b[d] * size[1] + c[d] * size[2]) / 2);
          const oblique: Grid = {
            sizeIjk: size,
            affineIjkToLps: [a[0], b[0], c[0], centre[0], a[1], b[1], c[1], centre[1], a[2], b[2], c[2], centre[2]],
          };
          const brain = ellipsoid(oblique, [58, 75, 62]);
          const plane = robustPlane(brain, STRAIGHT, bufferMm);
          const n = normalize(plane.normalLps);
          let nearest = Infinity;
          const [ni, nj] = size;
          maskToBytes(brain.mask).forEach((v, index) => {
            if (v === 0) return;
            const p = ijkToLps(oblique, [index % ni, Math.floor(index / ni) % nj, Math.floor(index / (ni * nj))]);
            nearest = Math.min(nearest, -dot(subtract(p, plane.pointLps), n));
          });
          expect(nearest).toBeGreaterThanOrEqual(bufferMm - 1e-6);
          expect(Math.abs(clearanceMm(brain, plane) - nearest)).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('refuses an empty mask', () => {
    expect(() =>
      robustPlane({ grid, mask: maskFromNonzero(grid.sizeIjk, new Uint8Array(50 * 60 * 50)) }, STRAIGHT, 10),
    ).toThrow(/empty/);
  });
});
