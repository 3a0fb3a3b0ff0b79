import { type Backend } from '@efface/compute';
import { checkKernels, forEachBackend } from '@efface/compute/testing';
import { type Grid, ijkToLps, type Vec3, voxelCount } from '@efface/volume';
import { expect, it } from 'vitest';
import { cases } from './vector-field.cases.ts';
import { exponentialOfField, peakOfField, sampleField, smoothField } from './vector-field.ts';

checkKernels(cases);

/** An oblique grid around the origin. */
const GRID: Grid = { sizeIjk: [21, 19, 17], affineIjkToLps: [1.6, -1.2, 0, -10, 1.2, 1.6, 0, -22, 0, 0, 2, -16] };

function fieldOf(grid: Grid, at: (pLps: Vec3) => Vec3): Float32Array {
  const field = new Float32Array(3 * voxelCount(grid));
  const [ni, nj, nk] = grid.sizeIjk;
  for (let k = 0, n = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++, n += 3) field.set(at(ijkToLps(grid, [i, j, k])), n);
  return field;
}

const upload = (backend: Backend, field: Float32Array) => backend.createBuffer('field', field.byteLength, field);

forEachBackend((_, backend) => {
  it('samples a linear field exactly wherever it is displaced to within the grid', async () => {
    const linear = ([x, y, z]: Vec3): Vec3 => [0.1 * x + 0.2 * y, z - 3, 0.5 * x - 0.1 * z];
    const source = upload(backend(), fieldOf(GRID, linear));
    const target: Grid = { sizeIjk: [5, 4, 3], affineIjkToLps: [1, 0, 0, -2, 0, 1, 0, -1, 0, 0, 1, 0] };
    const shift: Vec3 = [1.5, -2, 0.75];
    const displacementMm = upload(backend(), fieldOf(target, () => shift)); // prettier-ignore
    const found = sampleField(backend(), { source, sourceGrid: GRID, targetGrid: target, displacementMm, scale: 2 });
    const values = new Float32Array(await backend().read(found));
    const expected = fieldOf(target, ([x, y, z]) => {
      const [u, v, w] = linear([x + shift[0], y + shift[1], z + shift[2]]);
      return [2 * u, 2 * v, 2 * w];
    });
    // Positions are rounded to 2⁻²² voxels.
    for (const [n, value] of expected.entries()) expect(Math.abs(values[n] - value)).toBeLessThan(2e-5);
    for (const buffer of [source, displacementMm, found]) backend().release(buffer);
  });

  it('smooths each component along each axis by itself: a wave keeps exp(−σ²ω²/2) of itself', async () => {
    const grid: Grid = { sizeIjk: [48, 48, 48], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
    const omega = Math.PI / 8;
    const source = fieldOf(grid, ([x, y, z]) => [Math.cos(omega * x), Math.cos(omega * y), Math.cos(omega * z)]);
    const sharp = upload(backend(), source);
    const smooth = smoothField(backend(), sharp, grid, [2, 1.5, 1]);
    const values = new Float32Array(await backend().read(smooth));
    backend().release(sharp);
    backend().release(smooth);
    const kept = [2, 1.5, 1].map((sigma) => Math.exp(-((sigma * omega) ** 2) / 2));
    // Away from the border; the Gaussian is cut at 3σ, which changes its sum of squares by 0.4 %.
    for (let i = 12; i < 36; i++) {
      const n = 3 * ((i * 48 + i) * 48 + i);
      for (let c = 0; c < 3; c++) expect(Math.abs(values[n + c] - kept[c] * Math.cos(omega * i))).toBeLessThan(5e-3);
    }
  });

  it('finds the longest vector, the last of an odd number too', async () => {
    const field = new Float32Array(3 * 5003).fill(1);
    field.set([3, -4, 12], 3 * 5002);
    const source = upload(backend(), field);
    expect(await peakOfField(backend(), source, 5003)).toBe(13);
    expect(await peakOfField(backend(), source, 5002)).toBeCloseTo(Math.sqrt(3), 6);
    backend().release(source);
  });

  it('flows along a rotation as its matrix exponential says, and back', async () => {
    // v = ω × x, whose flow turns by |ω|; faded to 0 far out so that nothing comes from beyond the grid.
    const grid: Grid = { sizeIjk: [65, 65, 5], affineIjkToLps: [1, 0, 0, -32, 0, 1, 0, -32, 0, 0, 1, -2] };
    const angle = 0.3;
    const velocity = fieldOf(grid, ([x, y]) => {
      const fade = angle * Math.min(1, Math.max(0, (31 - Math.hypot(x, y)) / 6));
      return [-fade * y, fade * x, 0];
    });
    const source = upload(backend(), velocity);
    for (const sign of [1, -1] as const) {
      const flow = exponentialOfField(backend(), source, grid, angle * 32, sign);
      const moved = new Float32Array(await backend().read(flow));
      backend().release(flow);
      const [c, s] = [Math.cos(angle), sign * Math.sin(angle)];
      let worst = 0;
      for (let j = 0; j < 65; j++) {
        for (let i = 0; i < 65; i++) {
          const [x, y] = [i - 32, j - 32];
          if (Math.hypot(x, y) > 22) continue;
          const n = 3 * ((2 * 65 + j) * 65 + i);
          worst = Math.max(worst, Math.hypot(x + moved[n] - (c * x - s * y), y + moved[n + 1] - (s * x + c * y)));
        }
      }
      // The first step of scaling and squaring is Euler's: an error of |ω|²·r / 2^(n + 1), n = 5 doublings.
      expect(worst).toBeLessThan((angle ** 2 * 22) / 2 ** 6 + 0.005);
    }
    backend().release(source);
  });
});
