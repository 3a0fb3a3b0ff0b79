import { type Affine, compose, type Grid, ijkToLps, invert, transformPoint, type Vec3 } from '@efface/volume';

/** Two images in f64 and how they are sampled: what the tests compute the metrics from, with nothing of the kernels. */
export interface NaivePair {
  readonly fixedGrid: Grid;
  readonly fixed: ArrayLike<number>;
  readonly movingGrid: Grid;
  readonly moving: ArrayLike<number>;
  readonly displacementMm?: ArrayLike<number>;
  readonly isFixedSet?: (i: number, j: number, k: number) => boolean;
  readonly isMovingSet?: (i: number, j: number, k: number) => boolean;
  readonly strideIjk?: Vec3;
}

/** Values of both images at the samples that overlap, and the index of their fixed voxel. */
export interface NaiveSamples {
  readonly fixed: number[];
  readonly moving: number[];
  readonly voxel: number[];
}

/** Trilinear value at a continuous index within the outer centres. */
export function trilinear(values: ArrayLike<number>, [ni, nj, nk]: Vec3, [x, y, z]: Vec3): number {
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    const p = [x, y, z].map((v, d) => Math.floor(v) + ((corner >> d) & 1));
    const w = [x, y, z].reduce((product, v, d) => product * (1 - Math.abs(v - p[d])), 1);
    if (w === 0) continue;
    if (p[0] >= ni || p[1] >= nj || p[2] >= nk) throw new RangeError('beyond the outer centres');
    sum += w * values[(p[2] * nj + p[1]) * ni + p[0]];
  }
  return sum;
}

/** Samples both images under a map. */
export function naiveSamples(pair: NaivePair, affine: Affine): NaiveSamples {
  const { fixedGrid, movingGrid, strideIjk: [si, sj, sk] = [1, 1, 1] } = pair;
  const [ni, nj, nk] = fixedGrid.sizeIjk;
  const toMovingIjk = invert(movingGrid.affineIjkToLps);
  const out: NaiveSamples = { fixed: [], moving: [], voxel: [] };
  for (let k = 0; k < nk; k += sk) {
    for (let j = 0; j < nj; j += sj) {
      for (let i = 0; i < ni; i += si) {
        const n = (k * nj + j) * ni + i;
        const y = transformPoint(affine, ijkToLps(fixedGrid, [i, j, k]));
        const u = [0, 1, 2].map((d) => pair.displacementMm?.[3 * n + d] ?? 0);
        const at = transformPoint(toMovingIjk, [y[0] + u[0], y[1] + u[1], y[2] + u[2]]);
        if (at.some((v, d) => v < 0 || v > movingGrid.sizeIjk[d] - 1)) continue;
        if (pair.isFixedSet && !pair.isFixedSet(i, j, k)) continue;
        const [mi, mj, mk] = at.map((v) => Math.floor(v + 0.5));
        if (pair.isMovingSet && !pair.isMovingSet(mi, mj, mk)) continue;
        out.fixed.push(pair.fixed[n]);
        out.moving.push(trilinear(pair.moving, movingGrid.sizeIjk, at));
        out.voxel.push(n);
      }
    }
  }
  return out;
}

/** Mean squared difference. */
export function naiveMeanSquares({ fixed, moving }: NaiveSamples): number {
  return fixed.reduce((sum, f, n) => sum + (moving[n] - f) ** 2, 0) / fixed.length;
}

/** y = L (x − c) + t as an affine of x. */
export function affineFromParameters(parameters: readonly number[], centre: Vec3): Affine {
  return compose(parameters, [1, 0, 0, -centre[0], 0, 1, 0, -centre[1], 0, 0, 1, -centre[2]]);
}

/** The parameters of an affine about a centre: the translation becomes the image of the centre. */
export function parametersOf(affine: Affine, centre: Vec3): number[] {
  const t = transformPoint(affine, centre);
  return affine.map((v, n) => (n % 4 === 3 ? t[(n - 3) / 4] : v));
}

/** Central differences of a function of the 12 parameters; `step` mm for translations, as far at `armMm` for the rest. */
export function centralDifferences(
  value: (parameters: readonly number[]) => number,
  at: readonly number[],
  step: number,
  armMm: number,
): number[] {
  return at.map((_, n) => {
    const h = n % 4 === 3 ? step : step / armMm;
    const moved = (by: number): number[] => at.map((v, m) => (m === n ? v + by : v));
    return (value(moved(h)) - value(moved(-h))) / (2 * h);
  });
}

/** Largest difference over the largest magnitude, separately for the linear part and the translation. */
export function gradientError(actual: readonly number[], expected: readonly number[]): number {
  const part = (isTranslation: boolean): number => {
    const at = expected.map((_, n) => n).filter((n) => (n % 4 === 3) === isTranslation);
    const scale = Math.max(...at.map((n) => Math.abs(expected[n])));
    return Math.max(...at.map((n) => Math.abs(actual[n] - expected[n]))) / scale;
  };
  return Math.max(part(true), part(false));
}

/** Sum of Gaussian blobs (amplitude, centre LPS mm, sigma mm) at the voxel centres of a grid. */
export function blobs(grid: Grid, list: readonly (readonly [number, Vec3, number])[]): Float32Array {
  const [ni, nj, nk] = grid.sizeIjk;
  const out = new Float32Array(ni * nj * nk);
  for (let n = 0; n < out.length; n++) {
    const p = ijkToLps(grid, [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))]);
    for (const [amplitude, c, sigma] of list) {
      const r2 = (p[0] - c[0]) ** 2 + (p[1] - c[1]) ** 2 + (p[2] - c[2]) ** 2;
      out[n] += amplitude * Math.exp(-r2 / (2 * sigma * sigma));
    }
  }
  return out;
}

/** Bit-packed rows of a predicate on indices. */
export function maskOf(
  [ni, nj, nk]: Vec3,
  isSet: (i: number, j: number, k: number) => boolean,
): Uint32Array<ArrayBuffer> {
  const words = Math.ceil(ni / 32);
  const out = new Uint32Array(words * nj * nk);
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++) if (isSet(i, j, k)) out[(k * nj + j) * words + (i >> 5)] |= 1 << (i & 31);
  return out;
}
