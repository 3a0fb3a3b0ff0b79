import { forEachBackend } from '@efface/compute/testing';
import type { RegionContour } from '@efface/io';
import {
  add,
  cross,
  invert,
  normalize,
  scale,
  spacingMm,
  transformPoint,
  type Vec3,
  voxelVolumeMm3,
} from '@efface/volume';
import { expect, it } from 'vitest';
import { volumeOfContours } from './leak-contours.ts';

const CENTRE: Vec3 = [30, -200, 1000];
const RADIUS_MM = 60;

/** Circles of a sphere in planes with this normal, at these distances from its centre. */
function sphere(normal: Vec3, atMm: readonly number[]): RegionContour[] {
  const u = normalize(cross(normal, [0.3, 0.5, 0.8]));
  const v = cross(normal, u);
  return atMm.map((at) => {
    const radius = Math.sqrt(RADIUS_MM ** 2 - at ** 2);
    const points = Array.from({ length: 360 }, (_, n) => {
      const angle = (n * Math.PI) / 180;
      const aside = add(scale(u, radius * Math.cos(angle)), scale(v, radius * Math.sin(angle)));
      return add(add(CENTRE, scale(normal, at)), aside);
    });
    return { type: 'CLOSED_PLANAR', pointsLps: Float64Array.from(points.flat()) };
  });
}

const even = (stepMm: number): number[] =>
  Array.from({ length: Math.floor(110 / stepMm) + 1 }, (_, n) => n * stepMm - 55);

forEachBackend((_, backend) => {
  it.each<[string, Vec3, readonly number[]]>([
    ['axial', [0, 0, 1], even(2.5)],
    ['drawn downwards', [0, 0, 1], even(2.5).toReversed()],
    ['sagittal', [1, 0, 0], even(2.5)],
    ['oblique', normalize([0.2, -0.5, 0.9]), even(2.5)],
    ['with planes left out', [0, 0, 1], even(2.5).filter((_, n) => n % 5 !== 2 && n !== 21)],
  ])('contours of a sphere, %s, make the sphere', async (_, normal, atMm) => {
    const volume = await volumeOfContours(backend(), sphere(normal, atMm), CENTRE);
    if (volume === undefined) throw new Error('no volume');
    const { grid, voxels } = volume;
    const spacing = spacingMm(grid);
    for (const [d, mm] of [1, 1, 2.5].entries()) expect(spacing[d]).toBeCloseTo(mm, 6);
    let inside = 0;
    for (const voxel of voxels) inside += Number(voxel);
    // The zone of a sphere between two planes: πh(3R² − (h/2)²)/3, h = 110 mm and half a slice on both sides.
    const h = 112.5;
    const expected = (Math.PI * h * (RADIUS_MM ** 2 - (h / 2) ** 2 / 3));
    expect(Math.abs((inside * voxelVolumeMm3(grid)) / expected - 1)).toBeLessThan(0.01);
    const at = transformPoint(invert(grid.affineIjkToLps), CENTRE).map(Math.round);
    const has = (i: number, j: number, k: number): number => Number(voxels[i + grid.sizeIjk[0] * (j + grid.sizeIjk[1] * k)]);
    expect(has(at[0], at[1], at[2])).toBe(1);
    expect([has(at[0] + 59, at[1], at[2]), has(at[0] + 62, at[1], at[2])]).toEqual([1, 0]);
    expect([has(0, at[1], at[2]), has(at[0], 0, at[2]), has(grid.sizeIjk[0] - 1, at[1], at[2])]).toEqual([0, 0, 0]);
  }); // prettier-ignore

  it('what is no region near the head is none', async () => {
    const all = sphere([0, 0, 1], even(2.5));
    const far: Vec3 = [30, -200, 400];
    const beside: Vec3 = [530, -200, 1000];
    expect(await volumeOfContours(backend(), [], CENTRE)).toBeUndefined();
    expect(await volumeOfContours(backend(), all.slice(0, 2), CENTRE)).toBeUndefined();
    expect(await volumeOfContours(backend(), all.map((c) => ({ ...c, type: 'POINT' })), CENTRE)).toBeUndefined(); // prettier-ignore
    expect(await volumeOfContours(backend(), all, far)).toBeUndefined();
    expect(await volumeOfContours(backend(), all, beside)).toBeUndefined();
  });

  it('of a long body only the head’s part is drawn', async () => {
    const column: RegionContour[] = Array.from({ length: 100 }, (_, n) => ({
      type: 'CLOSED_PLANAR',
      pointsLps: Float64Array.of(-300, 0, 12 * n, 300, 0, 12 * n, 300, 300, 12 * n, -300, 300, 12 * n),
    }));
    const volume = await volumeOfContours(backend(), column, [0, 150, 600]);
    expect(volume?.grid.sizeIjk).toEqual([371, 311, 31]);
  });
});
