import { type Affine, type Grid, ijkToLps, transformPoint, type Vec3, voxelCount } from '@efface/volume';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleFaceShape } from './face-shape.ts';
import { generateHead } from './generate-head.ts';
import { affineLpsToHead, defaultHeadGrid } from './grids.ts';
import { HeadModel } from './head-model.ts';
import { millilitres } from './testing.ts';
import { tissueValues } from './tissues.ts';

describe('one head', () => {
  const options = { seed: 21, contrast: 'ct', type: 'f32' } as const;

  it('is the same tissue at the same place in every grid', () => {
    const model = new HeadModel(sampleFaceShape(21), 21);
    model.setContrast(1, tissueValues('ct'));
    const pose = { yawDeg: 12, pitchDeg: -8, rollDeg: 5, originLps: [3, -40, 700] } as const;
    const lpsToHead = affineLpsToHead(pose);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 7 }),
        fc.integer({ min: -30, max: 30 }),
        (p, f, a) => {
          const grid = turnedGrid(p, f, a, [3, -40, 700]);
          const seen = generateHead({ ...options, pose, grid });
          for (let v = 0; v < voxelCount(grid); v += 53) {
            const [ni, nj] = grid.sizeIjk;
            const lps = ijkToLps(grid, [v % ni, Math.floor(v / ni) % nj, Math.floor(v / (ni * nj))]);
            const q = transformPoint(lpsToHead, lps);
            model.evaluate(...q);
            if (model.label === seen.truth.labels[v]) continue;
            // Rounding decides only where a surface passes: a hundredth of a millimetre further both must agree again.
            const around = [-0.01, 0.01].flatMap((d) => [0, 1, 2].map((axis) => {
            const r: [number, number, number] = [q[0], q[1], q[2]];
            r[axis] += d;
            model.evaluate(...r);
            return model.label;
          })); // prettier-ignore
            expect(around).toContain(seen.truth.labels[v]);
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it('is the same array, turned, in a flipped and permuted grid', () => {
    const grid = defaultHeadGrid([4, 4, 4]);
    const straight = generateHead({ ...options, grid });
    // i ↔ k swapped and j reversed.
    const [ni, nj, nk] = grid.sizeIjk;
    const m = grid.affineIjkToLps;
    const turned: Affine = [0, 1, 2].flatMap((r) => [
      m[4 * r + 2], -m[4 * r + 1], m[4 * r], m[4 * r + 3] + (nj - 1) * m[4 * r + 1],
    ]); // prettier-ignore
    const other = generateHead({ ...options, grid: { sizeIjk: [nk, nj, ni], affineIjkToLps: turned } });
    for (let k = 0; k < nk; k++)
      for (let j = 0; j < nj; j++)
        for (let i = 0; i < ni; i++) {
          const a = (k * nj + j) * ni + i;
          const b = (i * nj + (nj - 1 - j)) * nk + k;
          if (straight.volume.voxels[a] !== other.volume.voxels[b])
            expect([i, j, k, straight.volume.voxels[a]]).toEqual([i, j, k, other.volume.voxels[b]]);
        }
    expect(other.landmarksLps).toEqual(straight.landmarksLps);
  });

  it('keeps its organs in thick slices', () => {
    const thin = generateHead({ ...options, spacingMm: 2 });
    const thick = generateHead({ ...options, spacingMm: [2, 2, 6] });
    const [a, b] = [millilitres(thin, thin.truth.brain), millilitres(thick, thick.truth.brain)];
    expect(Math.abs(a - b) / a).toBeLessThan(0.02);
  });
});

/** A 6 mm grid around `centre` with permuted (0–5), flipped (bits 0–2) and turned axes. */
function turnedGrid(permutation: number, flips: number, degrees: number, centre: Vec3): Grid {
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] as const; // prettier-ignore
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const axes = [[c, s, 0], [-s * c, c * c, s], [s * s, -c * s, c]]; // prettier-ignore
  const size: Vec3 = [30, 36, 40];
  const sizeIjk = orders[permutation].map((axis) => size[axis]) as unknown as Vec3;
  const columns = orders[permutation].map((axis, d) => axes[axis].map((v) => v * 6 * ((flips >> d) & 1 ? -1 : 1)));
  const affine = [0, 1, 2].flatMap((r) => {
    const row = columns.map((column) => column[r]);
    const half = row.reduce((sum, v, d) => sum + (v * (sizeIjk[d] - 1)) / 2, 0);
    return [...row, centre[r] - half];
  });
  return { sizeIjk, affineIjkToLps: affine };
}
