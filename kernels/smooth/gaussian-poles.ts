import { type Cost, relative } from '@efface/compute';
import { type Vec3 } from '@efface/volume';

/** A Gaussian as the sum of two damped oscillations; real and imaginary parts of both, in the order of the shader. */
export interface GaussianPoles {
  readonly poles: readonly [number, number, number, number];
  readonly gains: readonly [number, number, number, number];
  readonly steady: readonly [number, number, number, number];
}

/**
 * exp(−x²/2) ≈ Σ (a cos(w x) + b sin(w x)) exp(l x) for x ≥ 0: the fourth-order fit of Deriche (Recursively implementing
 * the Gaussian and its derivatives, INRIA RR-1893, 1993), as [a, b, w, l].
 */
const OSCILLATIONS = [
  [1.68, 3.735, 0.6318, -1.783],
  [-0.6803, -0.2598, 1.997, -1.723],
] as const;

/**
 * Of one pass. Relative to the largest value X of a line: a state forgets within about σ/1.4 voxels, holds at most
 * σ/1.4 · X and is rounded four times a step in f32; the gains are below 1.5/σ. Were all roundings of one sign they
 * would add up to 4 · 2⁻²⁴ · (σ/1.4)² · 1.5/σ · X < 2e-7 · σ · X, forwards and backwards alike: 2e-5 · X up to σ = 50.
 * The floor stands for X.
 */
export const RECURSION_ACCURACY = relative(2e-5, 1000);

/** Below it samples of the fit are no Gaussian any more: at 0.5 voxels the standard deviation is 7 % too small. */
const MIN_SIGMA_VOXELS = 0.7;

/**
 * Poles of a Gaussian of a standard deviation in voxels, its weights summing to 1 over all voxels. The weights are off
 * by up to 5e-4 of the largest one, the standard deviation by up to 0.4 %. Throws RangeError below 0.7 voxels.
 */
export function gaussianPoles(sigmaVoxels: number): GaussianPoles {
  if (!(sigmaVoxels >= MIN_SIGMA_VOXELS))
    throw new RangeError(`a recursive Gaussian of ${sigmaVoxels} voxels; use the truncated one`);
  const parts = OSCILLATIONS.map(([a, b, w, l]) => {
    const size = Math.exp(l / sigmaVoxels);
    const re = size * Math.cos(w / sigmaVoxels);
    const im = size * Math.sin(w / sigmaVoxels);
    // 1 / (1 − pole) = (1 − conj(pole)) / |1 − pole|²
    const norm = (1 - re) ** 2 + im ** 2;
    return { re, im, a, b, steadyRe: (1 - re) / norm, steadyIm: im / norm };
  });
  // Both ways through a constant of 1; the voxel itself counts once. The gain is a − ib.
  const sum = parts.reduce((total, { a, b, steadyRe, steadyIm }) => total + 2 * (a * steadyRe + b * steadyIm) - a, 0);
  const [one, two] = parts;
  return {
    poles: [one.re, one.im, two.re, two.im],
    gains: [one.a / sum, -one.b / sum, two.a / sum, -two.b / sum],
    steady: [one.steadyRe, one.steadyIm, two.steadyRe, two.steadyIm],
  };
}

/** What one pass must move and compute: the way back reads the source again, and what the way there wrote. */
export function recursionCost([ni, nj, nk]: Vec3): Cost {
  return { readBytes: 12 * ni * nj * nk, writeBytes: 8 * ni * nj * nk, flops: 40 * ni * nj * nk };
}
