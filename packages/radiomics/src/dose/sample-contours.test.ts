import { forEachBackend, forEachFastBackend } from '@efface/compute/testing';
import { type Contour } from '@efface/kernels';
import { cross, type Grid, normalize, type Vec3 } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { DoseVolume } from './dose-volume.ts';
import { type PatientField } from './patient-field.ts';
import { sampleContours } from './sample-contours.ts';

const GRID: Grid = { sizeIjk: [40, 40, 40], affineIjkToLps: [2.5, 0, 0, -50, 0, 2.5, 0, -50, 0, 0, 2.5, -50] };

const U: Vec3 = [1, 0, 0];
const V: Vec3 = [0, 1, 0];

interface Ring {
  readonly radiusMm: number;
  readonly atMm: number;
  readonly u?: Vec3;
  readonly v?: Vec3;
  readonly points?: number;
}

/** A regular polygon of many corners with the area of a circle, around the axis u × v. */
function ring({ radiusMm, atMm, u = U, v = V, points = 200 }: Ring): Contour {
  const corner = (2 * Math.PI) / points;
  const r = radiusMm * Math.sqrt(corner / Math.sin(corner));
  const n = cross(u, v);
  const pointsLps = Array.from({ length: points }, (_, p) => p * corner).flatMap((angle) =>
    [0, 1, 2].map((d) => r * (Math.cos(angle) * u[d] + Math.sin(angle) * v[d]) + atMm * n[d]),
  );
  return { type: 'CLOSED_PLANAR', pointsLps };
}

/**
 * How far the pixels of a circle may be off its area: 64 border pixels in each eighth, off by up to half a pixel with a
 * deviation of 0.29, the same in all eight; twice 8·√64·0.29 of π·64².
 */
const AREA_SHARE = (2 * 8 * Math.sqrt(64) * 0.29) / (Math.PI * 64 ** 2);

/** Planes of a cylinder. */
const cylinder = (radiusMm: number, positionsMm: readonly number[], axes: Partial<Ring> = {}): Contour[] =>
  positionsMm.map((atMm) => ring({ radiusMm, atMm, ...axes }));

const gradient: PatientField = (_x, _y, z) => 30 + z;

forEachBackend((_, backend) => {
  const run = (contours: readonly Contour[], field: PatientField = gradient) =>
    sampleContours(backend(), contours, GRID, [field]);

  describe('a cylinder of contours', () => {
    it.each([2, 6, 30])('of %i mm has its volume and the doses along it', async (radiusMm) => {
      const samples = await run(cylinder(radiusMm, [-6, -3, 0, 3, 6]));
      const found = new DoseVolume(samples, 0);
      const expected = Math.PI * radiusMm ** 2 * 15;
      expect(Math.abs(found.volumeMm3 / expected - 1)).toBeLessThan(AREA_SHARE);
      expect(found.meanGy).toBeCloseTo(30, 5);
      // Three parts of 1 mm to each slab.
      expect(found.maxGy).toBeCloseTo(37, 4);
      expect(found.minGy).toBeCloseTo(23, 4);
    });

    it('may be oblique', async () => {
      const u = normalize([2, 1, 0.5]);
      const v = normalize(cross([0.3, -1, 2], u));
      const samples = await run(cylinder(10, [-4, -2, 0, 2, 4], { u, v }));
      expect(Math.abs(samples.volumeMm3 / (Math.PI * 100 * 10) - 1)).toBeLessThan(AREA_SHARE);
      expect(samples.report).toMatchObject({ drawn: 5, leftOut: [] });
    });

    it('has a hole where a ring inside says so', async () => {
      const contours = [-3, 0, 3].flatMap((atMm) => [ring({ radiusMm: 10, atMm }), ring({ radiusMm: 6, atMm })]);
      const { volumeMm3 } = await run(contours);
      expect(Math.abs(volumeMm3 / (Math.PI * 64 * 9) - 1)).toBeLessThan(3 * AREA_SHARE);
    });
  });

  it('planes are as thick as the smaller gap beside them, so that what was left out is missing', async () => {
    const area = Math.PI * 100;
    const thickness = async (positionsMm: readonly number[]) => (await run(cylinder(10, positionsMm))).volumeMm3 / area;
    // 3 mm apart, one left out; 5 mm apart, then 2.5; one alone, as thick as the dose grid is fine.
    expect(await thickness([0, 3, 6, 12, 15])).toBeCloseTo(15, 1);
    expect(await thickness([-10, -5, 0, 2.5, 5])).toBeCloseTo(17.5, 1);
    expect(await thickness([4])).toBeCloseTo(2.5, 1);
  });

  it('what lies beyond the dose has none, and is told', async () => {
    const upTo5: PatientField = (_x, _y, z) => (z < 5 ? 20 : NaN);
    const found = new DoseVolume(await run(cylinder(10, [0, 2, 4, 6, 8]), upTo5), 0);
    expect(found.coveredMm3 / found.volumeMm3).toBeCloseTo(0.6, 9);
    expect(found).toMatchObject({ minGy: 20, maxGy: 20 });
  });

  it('points, lines and nothing at all enclose nothing', async () => {
    const point: Contour = { type: 'POINT', pointsLps: [1, 2, 3] };
    const line: Contour = { type: 'OPEN_PLANAR', pointsLps: [0, 0, 0, 9, 0, 0, 0, 9, 0] };
    const flat: Contour = { type: 'CLOSED_PLANAR', pointsLps: [0, 0, 0, 9, 0, 0, 5, 0, 0] };
    const { groups, volumeMm3, report } = await run([point, line, flat]);
    expect([groups, volumeMm3, report.drawn]).toEqual([[], 0, 0]);
    expect(report.leftOut.map(({ reason }) => reason)).toEqual(['open', 'open', 'too-few-points']);
    const drawn = await run([point, ...cylinder(10, [0, 3])]);
    expect(drawn.report).toMatchObject({ drawn: 2, leftOut: [{ contour: 0, reason: 'open' }] });
  });
});

forEachFastBackend((_, backend) => {
  it('large regions get larger pixels, so that they fit in memory', async () => {
    const contours = cylinder(
      400,
      Array.from({ length: 60 }, (_v, n) => 2.5 * n),
    );
    const { groups, volumeMm3 } = await sampleContours(backend(), contours, GRID, [gradient]);
    expect(groups[0].values[0].length).toBeLessThan(2 ** 23);
    expect(Math.abs(volumeMm3 / (Math.PI * 160_000 * 150) - 1)).toBeLessThan(AREA_SHARE);
  });
});
