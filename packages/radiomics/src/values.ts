import type { Vec3, Volume } from '@efface/volume';
import type { RegionBox } from './region.ts';
import type { RadiomicsSettings } from './settings.ts';

/** Real values of an image as features see them: rescaled, and normalised where asked for. */
export class ImageValues {
  /** Resampled values are truncated towards zero, as PyRadiomics' are when the image holds integers. */
  readonly isInteger: boolean;
  readonly sizeIjk: Vec3;
  readonly #volume: Volume;
  readonly #mean: number;
  readonly #scale: number;
  readonly #most: number;

  /** `normalize` looks at the whole image (SimpleITK's Normalize: sample deviation). */
  constructor(volume: Volume, settings: Pick<RadiomicsSettings, 'normalize' | 'normalizeScale' | 'removeOutliers'>) {
    this.#volume = volume;
    this.sizeIjk = volume.grid.sizeIjk;
    const { normalize, normalizeScale, removeOutliers } = settings;
    const isStoredInteger = volume.type !== 'f32' && volume.type !== 'f64';
    const { slopePerK, interceptPerK } = volume.rescale;
    const isWhole = slopePerK.every(Number.isInteger) && interceptPerK.every(Number.isInteger);
    this.isInteger = isStoredInteger && isWhole && !normalize;
    if (normalize) {
      const { mean, deviation } = this.#moments();
      this.#mean = mean;
      this.#scale = normalizeScale / deviation;
      this.#most = removeOutliers === null ? Infinity : removeOutliers * normalizeScale;
    } else {
      this.#mean = 0;
      this.#scale = 1;
      this.#most = Infinity;
    }
  }

  /** Value of a voxel. */
  at(i: number, j: number, k: number): number {
    const value = (this.#real(i + this.sizeIjk[0] * (j + this.sizeIjk[1] * k), k) - this.#mean) * this.#scale;
    return Math.min(this.#most, Math.max(-this.#most, value));
  }

  /** Values of a box, i fastest. */
  ofBox({ low, size }: RegionBox): Float64Array {
    const values = new Float64Array(size[0] * size[1] * size[2]);
    let n = 0;
    for (let k = low[2]; k < low[2] + size[2]; k++)
      for (let j = low[1]; j < low[1] + size[1]; j++)
        for (let i = low[0]; i < low[0] + size[0]; i++) values[n++] = this.at(i, j, k);
    return values;
  }

  #real(n: number, k: number): number {
    const { voxels, rescale } = this.#volume;
    return Number(voxels[n]) * rescale.slopePerK[k] + rescale.interceptPerK[k];
  }

  /** Two passes: the sum of squares about the mean does not cancel. */
  #moments(): { readonly mean: number; readonly deviation: number } {
    const perSlice = this.sizeIjk[0] * this.sizeIjk[1];
    const count = perSlice * this.sizeIjk[2];
    let sum = 0;
    for (let n = 0; n < count; n++) sum += this.#real(n, Math.floor(n / perSlice));
    const mean = sum / count;
    let squares = 0;
    for (let n = 0; n < count; n++) squares += (this.#real(n, Math.floor(n / perSlice)) - mean) ** 2;
    return { mean, deviation: Math.sqrt(squares / (count - 1)) };
  }
}
