import { forEachBackend } from '@efface/compute/testing';
import {
  allocateVoxels, type Grid, ijkToLps, type Rescale, transformVector, uniformRescale, type Vec3, type Volume,
} from '@efface/volume'; // prettier-ignore
import { expect, it } from 'vitest';
import { renderViews, type RenderedView, type RenderFrame, STANDARD_VIEWS } from './render.ts';

const UPRIGHT: RenderFrame = {
  originLps: [0, 0, 0],
  leftLps: [1, 0, 0],
  posteriorLps: [0, 1, 0],
  superiorLps: [0, 0, 1],
};
const AHEAD = { yawDegrees: 0, pitchDegrees: 0 };
const SIZE_PX = 161;
const FIELD_MM = 240;
/** Eye to head centre: portrait distance. */
const EYE_MM = 800;

/** Spacing differs along the axes; LPS 0 is a voxel centre. */
const GRID: Grid = { sizeIjk: [75, 111, 57], affineIjkToLps: [3, 0, 0, -111, 0, 2, 0, -110, 0, 0, 4, -112] };

/** Volume whose real values are `field` of the point, LPS mm, stored through `rescale`. */
function volumeOf(grid: Grid, field: (pLps: Vec3) => number, rescale: Rescale): Volume {
  const [ni, nj, nk] = grid.sizeIjk;
  const voxels = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  for (let k = 0, n = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, n++)
        voxels[n] = (field(ijkToLps(grid, [i, j, k])) - rescale.interceptPerK[k]) / rescale.slopePerK[k];
  return { grid, type: 'f32', voxels, rescale, modality: 'MR', unit: 'arbitrary' };
}

const plain = uniformRescale(GRID.sizeIjk[2], 1, 0);
const ballAt =
  (centre: Vec3, radiusMm: number) =>
  (p: Vec3): number =>
    radiusMm - Math.hypot(p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]);

/** A head turned and moved: what is at a point of the upright head is at the image of that point. */
const TURN = (() => {
  const [cy, sy, cx, sx] = [Math.cos(0.5), Math.sin(0.5), Math.cos(-0.3), Math.sin(-0.3)];
  return [cy, -sy * cx, sy * sx, 12, sy, cy * cx, -cy * sx, -7, 0, sx, cx, 30];
})();

function turned(grid: Grid): Grid {
  const columns = [0, 1, 2].map((c) => transformVector(TURN, [0, 1, 2].map((r) => grid.affineIjkToLps[4 * r + c]) as unknown as Vec3)); // prettier-ignore
  const origin = transformVector(TURN, ijkToLps(grid, [0, 0, 0]));
  const shift = [TURN[3], TURN[7], TURN[11]];
  return {
    sizeIjk: grid.sizeIjk,
    affineIjkToLps: [0, 1, 2].flatMap((r) => [columns[0][r], columns[1][r], columns[2][r], origin[r] + shift[r]]),
  };
}

const TURNED: RenderFrame = {
  originLps: [TURN[3], TURN[7], TURN[11]],
  leftLps: transformVector(TURN, [1, 0, 0]),
  posteriorLps: transformVector(TURN, [0, 1, 0]),
  superiorLps: transformVector(TURN, [0, 0, 1]),
};

/** Mean position of the pixels that hit, pixels from the middle: to the right and up. */
function centroid({ hit }: RenderedView): readonly [number, number] {
  const middle = (SIZE_PX - 1) / 2;
  let [right, up, count] = [0, 0, 0];
  hit.forEach((h, p) => {
    if (h === 0) return;
    right += (p % SIZE_PX) - middle;
    up += middle - Math.floor(p / SIZE_PX);
    count++;
  });
  return [right / count, up / count];
}

/**
 * Centre of the ellipse that a ball makes in a picture, pixels to the right and up. A ball seen at the angle θ from the
 * line of sight under the half angle α reaches from tan(θ − α) to tan(θ + α): their mean is sin 2θ/(cos 2θ + cos 2α).
 */
function ellipseCentre(rightMm: number, upMm: number, towardsMm: number, radiusMm: number): readonly [number, number] {
  const asideMm = Math.hypot(rightMm, upMm);
  const theta = Math.atan2(asideMm, EYE_MM - towardsMm);
  const alpha = Math.asin(radiusMm / Math.hypot(asideMm, EYE_MM - towardsMm));
  const mm = (EYE_MM * Math.sin(2 * theta)) / (Math.cos(2 * theta) + Math.cos(2 * alpha));
  const px = asideMm === 0 ? 0 : (mm / asideMm) * (SIZE_PX / FIELD_MM);
  return [rightMm * px, upMm * px];
}

/** Variance of a Gaussian sampled every `stepMm` and cut at the first sample at or beyond three standard deviations. */
function sampledVarianceMm2(sigmaMm: number, stepMm: number): number {
  const radius = Math.ceil((3 * sigmaMm) / stepMm);
  let [weight, moment] = [0, 0];
  for (let r = -radius; r <= radius; r++) {
    const w = Math.exp(-0.5 * ((r * stepMm) / sigmaMm) ** 2);
    weight += w;
    moment += w * (r * stepMm) ** 2;
  }
  return moment / weight;
}

forEachBackend((_, backend) => {
  const request = { frame: UPRIGHT, views: STANDARD_VIEWS, sizePx: SIZE_PX, fieldMm: FIELD_MM, smoothMm: 0, light: AHEAD, thresholdReal: 0 }; // prettier-ignore

  it('puts left, front and top where portraits have them, upright and turned', async () => {
    const half = Math.SQRT1_2;
    for (const centre of [[60, 0, 0], [0, -60, 0], [0, 0, 60], [-50, 30, -40]] as const) {
      const field = ballAt(centre, 20);
      const [left, posterior, up] = centre;
      // Front: the patient's left is on the right. Left profile: the back is on the right, so the face looks left.
      const expected = [
        ellipseCentre(left, up, -posterior, 20),
        ellipseCentre((left + posterior) * half, up, (left - posterior) * half, 20),
        ellipseCentre(posterior, up, left, 20),
      ];
      const upright = volumeOf(GRID, field, plain);
      const pair = [
        await renderViews(backend(), { ...request, volume: upright }),
        await renderViews(backend(), { ...request, volume: { ...upright, grid: turned(GRID) }, frame: TURNED }),
      ];
      for (const views of pair) {
        views.forEach((view, n) => {
          const [right, above] = centroid(view);
          // A disc of 13 pixels radius cut into pixels, and edges moved by interpolation by at most 29/(8·20) mm.
          expect(Math.abs(right - expected[n][0]), `${view.name} of ${centre.join()}: right`).toBeLessThan(0.15);
          expect(Math.abs(above - expected[n][1]), `${view.name} of ${centre.join()}: up`).toBeLessThan(0.15);
        });
      }
    }
  }); // prettier-ignore

  it('turns the light with the head', async () => {
    const volume = volumeOf(GRID, ballAt([0, 0, 0], 70), plain);
    const light = { yawDegrees: 90, pitchDegrees: 0 };
    const views = STANDARD_VIEWS.slice(0, 1);
    const [upright] = await renderViews(backend(), { ...request, views, light, volume });
    const [other] = await renderViews(backend(), { ...request, views, light, volume: { ...volume, grid: turned(GRID) }, frame: TURNED }); // prettier-ignore
    const middle = SIZE_PX * ((SIZE_PX - 1) / 2) + (SIZE_PX - 1) / 2;
    // 25 pixels aside the ray meets the ball at the angle β from its normal, so the normal is turned by β − φ.
    const phi = Math.atan((25 * FIELD_MM) / SIZE_PX / EYE_MM);
    const sine = Math.sin(Math.asin((EYE_MM * Math.sin(phi)) / 70) - phi);
    const greyOf = (cosine: number): number => 255 * (0.1 + 0.9 * ((1 + cosine) / 2) ** 2);
    for (const { grey } of [upright, other]) {
      // Differences over h = 4 mm of a ball turn a normal by less than 1.1·(h/66)² = 0.004: below 1 grey; rounding 1/2.
      const near = (offset: number, cosine: number): void =>
        expect(Math.abs(grey[middle + offset] - greyOf(cosine))).toBeLessThan(1.5);
      near(25, sine);
      near(-25, -sine);
      near(25 * SIZE_PX, 0);
      near(-25 * SIZE_PX, 0);
    }
  });

  it('smooths by millimetres along every axis: a Gaussian lowers −|p|² by the sum of its three variances', async () => {
    const volume = volumeOf(GRID, ([x, y, z]) => 8100 - x * x - y * y - z * z, plain);
    const [sharp] = await renderViews(backend(), { ...request, volume });
    const [smooth] = await renderViews(backend(), { ...request, volume, smoothMm: 6 });
    const middle = (SIZE_PX * SIZE_PX - 1) / 2;
    // Interpolation along j lowers the field by at most 2²/4, its slope at the surface is 180 per mm.
    const interpolationMm = 1 / 180 + 1e-3;
    expect(Math.abs(sharp.depthMm[middle] - (EYE_MM - 90))).toBeLessThan(interpolationMm);
    const lowered = [3, 2, 4].reduce((sum, h) => sum + sampledVarianceMm2(6, h), 0);
    const expected = EYE_MM - Math.sqrt(8100 - lowered);
    // Sums in f32 err by less than 1e-5 of the largest value in reach, 4000, on each of three passes.
    expect(Math.abs(smooth.depthMm[middle] - expected)).toBeLessThan(interpolationMm + 0.12 / 178);
  });

  it('sees real values whatever line maps the stored ones to them, a falling one and one for each slice included', async () => {
    const field = ballAt([10, -15, 20], 60);
    const nk = GRID.sizeIjk[2];
    const perSlice: Rescale = {
      slopePerK: Float64Array.from({ length: nk }, (_, k) => 0.5 + (k % 7)),
      interceptPerK: Float64Array.from({ length: nk }, (_, k) => 40 - 9 * (k % 5)),
    };
    const [front] = await renderViews(backend(), {
      ...request,
      thresholdReal: 3,
      volume: volumeOf(GRID, field, plain),
    });
    for (const rescale of [uniformRescale(nk, 4, -1024), uniformRescale(nk, -2, 7), perSlice]) {
      const [view] = await renderViews(backend(), {
        ...request,
        thresholdReal: 3,
        volume: volumeOf(GRID, field, rescale),
      });
      let compared = 0;
      front.hit.forEach((hit, p) => {
        const towards = front.normalLps[3 * p + 1];
        // At the rim rounding of the stored values decides.
        if (hit === 0 || towards > -0.2) return;
        // Values of about 1000 in f32 round to 2⁻¹⁴; real ones are 4 times that.
        expect(Math.abs(view.depthMm[p] - front.depthMm[p])).toBeLessThan(0.005);
        compared++;
      });
      expect(compared).toBeGreaterThan(3000);
    }
  });
});
