import { fillGap, smoothGaussian, smoothGaussianRecursive } from '@efface/kernels';
import { allocateVoxels, type Vec3, wordsPerRow } from '@efface/volume';
import { type Operation } from './operation.ts';

const SIGMA_VOXELS = 2;

/** Waves along i, j, k, each a whole number of periods of the volume: what lies far from the border stays a wave. */
function waves([ni, nj, nk]: Vec3): { readonly periodsVoxels: Vec3; readonly values: Float32Array } {
  const periodsVoxels: Vec3 = [16, 32, 64];
  const values = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  const [ci, cj, ck] = [ni, nj, nk].map((n, axis) =>
    Float64Array.from({ length: n }, (_, x) => Math.cos((2 * Math.PI * x) / periodsVoxels[axis])),
  );
  for (let k = 0, n = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++, n++) values[n] = 100 * (ci[i] + cj[j] + ck[k]);
  return { periodsVoxels, values };
}

/**
 * Gaussian of a wave: the same wave times exp(−2π²σ²f²). Cutting the weights at 3σ, or fitting them by recursion, changes
 * that factor by less than 0.5 % (the cut leaves out 0.27 % of the weight).
 */
function smoothing(name: string, smooth: typeof smoothGaussian, sizeIjk: Vec3): Operation {
  return {
    id: `${name}:size=[${sizeIjk.join(',')}];sigma=${SIGMA_VOXELS}`,
    goalMs: { cpu: 500 },
    prepare: (backend) => {
      const { periodsVoxels, values } = waves(sizeIjk);
      const source = backend.createBuffer('waves', values.byteLength, values);
      const sigmaVoxels: Vec3 = [SIGMA_VOXELS, SIGMA_VOXELS, SIGMA_VOXELS];
      const start = () => smooth(backend, { source, sizeIjk, sigmaVoxels });
      return {
        run: () => {
          backend.release(start());
        },
        check: async () => {
          const dst = start();
          const found = new Float32Array(await backend.read(dst));
          backend.release(dst);
          const factors = periodsVoxels.map((period) => Math.exp(-2 * (Math.PI * (SIGMA_VOXELS / period)) ** 2));
          const [ni, nj, nk] = sizeIjk;
          const margin = 8 * SIGMA_VOXELS;
          let worst = 0;
          for (let k = margin; k < nk - margin; k += 7)
            for (let j = margin; j < nj - margin; j += 5)
              for (let i = margin; i < ni - margin; i++) {
                const phases = [i, j, k].map((x, axis) => Math.cos((2 * Math.PI * x) / periodsVoxels[axis]));
                const expected = phases.reduce((sum, phase, axis) => sum + 100 * factors[axis] * phase, 0);
                worst = Math.max(worst, Math.abs(found[(k * nj + j) * ni + i] - expected));
              }
          return worst <= 1.5 ? undefined : `a wave of amplitude 300 is off by ${worst}`;
        },
      };
    },
  };
}

/**
 * Membrane over a disc of 90 % of the picture's width. cos(bu)·cosh(av) is harmonic on the five-point grid when
 * cosh a = 2 − cos b.
 */
function membrane(edgePx: number): Operation {
  return {
    id: `fill-gap:size=[${edgePx},${edgePx}];smoothness=membrane`,
    prepare: (backend) => {
      const known = new Float32Array(edgePx * edgePx);
      const expected = new Float32Array(edgePx * edgePx);
      const perRow = wordsPerRow(edgePx);
      const gap = new Uint32Array(perRow * edgePx);
      const valid = new Uint32Array(perRow * edgePx);
      const b = (6 * Math.PI) / edgePx;
      const a = Math.acosh(2 - Math.cos(b));
      const most = Math.cosh((a * edgePx) / 2);
      for (let v = 0, n = 0; v < edgePx; v++)
        for (let u = 0; u < edgePx; u++, n++) {
          const [x, y] = [(2 * u) / edgePx - 1, (2 * v) / edgePx - 1];
          expected[n] = (100 * Math.cos(b * u) * Math.cosh(a * (v - edgePx / 2))) / most;
          const bits = Math.hypot(x, y) < 0.9 ? gap : valid;
          bits[v * perRow + (u >> 5)] |= 1 << (u & 31);
          known[n] = bits === valid ? expected[n] : 0;
        }
      const request = {
        sizePx: [edgePx, edgePx] as const,
        values: backend.createBuffer('known', known.byteLength, known),
        gap: backend.createBuffer('gap', gap.byteLength, gap),
        valid: backend.createBuffer('valid', valid.byteLength, valid),
      };
      return {
        run: () => {
          backend.release(fillGap(backend, request));
        },
        check: async () => {
          const dst = fillGap(backend, request);
          const found = new Float32Array(await backend.read(dst));
          backend.release(dst);
          const worst = found.reduce((largest, value, n) => Math.max(largest, Math.abs(value - expected[n])), 0);
          // The cycles go on to the rounding of f32, 4e-6 here.
          return worst <= 1e-4 ? undefined : `a surface of ±100 is off by ${worst}`;
        },
      };
    },
  };
}

export const fieldOperations: readonly Operation[] = [
  smoothing('smooth-gaussian', smoothGaussian, [256, 256, 256]),
  smoothing('smooth-gaussian-recursive', smoothGaussianRecursive, [256, 256, 256]),
  membrane(256),
  membrane(512),
  membrane(1024),
];
