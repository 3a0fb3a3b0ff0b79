import { depthWindow } from '@efface/kernels';
import { dot, type Grid, ijkToLps, maskCount, maskHas, subtract, type Vec3, voxelVolumeMm3 } from '@efface/volume';
import { expect, it } from 'vitest';
import { type DepthLayer, fieldBetween, maskOfDepthLayers, pixelBefore } from './depth-layer.ts';

function fieldAt(field: Float32Array, sizePx: readonly [number, number], u: number, v: number): number {
  const at = pixelBefore(sizePx, u, v);
  const row = Math.floor(at / sizePx[0]);
  return at < 0 ? NaN : fieldBetween(field, sizePx[0], at, u - (at - row * sizePx[0]), v - row);
}

const window = depthWindow({
  centreLps: [3, -60, 5], directionLps: [0.1, 1, -0.2], upLps: [0, 0, 1], pixelMm: 1.5, sizePx: [31, 27],
}); // prettier-ignore

/** Planes: linear in the window, so interpolation is exact. */
const front = (u: number, v: number): number => 20 + 0.3 * u - 0.2 * v;
const back = (u: number, v: number): number => 31 + 0.1 * u + 0.15 * v;

function fieldOf(plane: (u: number, v: number) => number): Float32Array {
  const [nu, nv] = window.sizePx;
  return Float32Array.from({ length: nu * nv }, (_, n) => plane(n % nu, Math.floor(n / nu)));
}

const slab: DepthLayer = { window, frontMm: fieldOf(front), backMm: fieldOf(back) };

/** Oblique, sheared and left-handed, with voxels of three edges. */
const oblique: Grid = {
  sizeIjk: [40, 37, 33],
  affineIjkToLps: [-1.7, 0.2, 0.1, 36, 0.3, 2.1, 0.2, -85, -0.1, 0.2, 1.9, -30],
};
const aligned = (spacing: number): Grid => {
  const n = Math.round(80 / spacing);
  return { sizeIjk: [n, n, n], affineIjkToLps: [spacing, 0, 0, -37, 0, spacing, 0, -62, 0, 0, spacing, -35] };
}; // prettier-ignore

/** Window coordinates of a point, by definition. */
function place(p: Vec3): Vec3 {
  const from = subtract(p, window.originLps);
  const { uLps: u, vLps: v } = window;
  const sight: Vec3 = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
  return [dot(from, u) / window.pixelMm, dot(from, v) / window.pixelMm, dot(from, sight)];
}

it('holds the voxels between two planes, on any grid', () => {
  for (const grid of [oblique, aligned(3.1), aligned(1.3)]) {
    const mask = maskOfDepthLayers(grid, [slab]);
    const [ni, nj, nk] = grid.sizeIjk;
    let [wrong, inside] = [0, 0];
    for (let k = 0; k < nk; k++)
      for (let j = 0; j < nj; j++)
        for (let i = 0; i < ni; i++) {
          const [u, v, depth] = place(ijkToLps(grid, [i, j, k]));
          const isIn = u >= 0 && v >= 0 && u <= 30 && v <= 26 && depth >= front(u, v) && depth < back(u, v);
          if (isIn) inside++;
          // On a plane itself f32 decides.
          const off = Math.min(Math.abs(depth - front(u, v)), Math.abs(depth - back(u, v)), Math.abs(u), Math.abs(v), Math.abs(u - 30), Math.abs(v - 26)); // prettier-ignore
          if (off > 1e-4 && isIn !== maskHas(mask, i, j, k)) wrong++;
        }
    expect(wrong).toBe(0);
    expect(inside).toBeGreaterThan(200);
  }
});

it('is as large on a coarse grid as on a fine one', () => {
  // ∫ back − front over the window: the mean thickness is the thickness in the middle.
  const [nu, nv] = [30 * window.pixelMm, 26 * window.pixelMm];
  const volumeMm3 = nu * nv * (back(15, 13) - front(15, 13));
  for (const spacing of [2, 1]) {
    const grid = aligned(spacing);
    const measured = maskCount(maskOfDepthLayers(grid, [slab])) * voxelVolumeMm3(grid);
    // Voxels at the surface (some 4000 mm²) are in or out at random: their number's share of the volume.
    expect(Math.abs(measured / volumeMm3 - 1)).toBeLessThan(0.01);
  }
});

it('is nothing where a pixel around has no depth, and beyond the window', () => {
  const frontMm = slab.frontMm.slice();
  frontMm[13 * 31 + 15] = Number.NaN;
  expect(fieldAt(frontMm, window.sizePx, 14.5, 12.5)).toBeNaN();
  expect(fieldAt(frontMm, window.sizePx, 13.9, 12.5)).toBeCloseTo(front(13.9, 12.5), 5);
  expect(fieldAt(frontMm, window.sizePx, 30, 26)).toBeCloseTo(front(30, 26), 5);
  expect(fieldAt(frontMm, window.sizePx, 30.01, 3)).toBeNaN();
  expect(fieldAt(frontMm, window.sizePx, -0.01, 3)).toBeNaN();
  const whole = maskCount(maskOfDepthLayers(aligned(1), [slab]));
  const holed = maskCount(maskOfDepthLayers(aligned(1), [{ ...slab, frontMm }]));
  // Four pixels of 1.5 mm, 14.9 mm deep in the middle.
  expect(whole - holed).toBeGreaterThan(0.9 * 9 * (back(15, 13) - front(15, 13)));
  expect(whole - holed).toBeLessThan(1.1 * 9 * (back(15, 13) - front(15, 13)));
});
