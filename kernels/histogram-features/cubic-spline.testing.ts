import { type Vec3 } from '@efface/volume';

/** Pole of the cubic B-spline filter: Unser, "Splines: a perfect fit", IEEE Signal Processing Magazine 16(6), 1999. */
const POLE = Math.sqrt(3) - 2;

/** Index of a line of n samples continued by mirroring at its first and last. */
function mirrored(index: number, n: number): number {
  if (n === 1) return 0;
  const period = 2 * n - 2;
  const at = ((index % period) + period) % period;
  return at < n ? at : period - at;
}

/** Turns the samples of one line into the coefficients of the cubic spline through them, mirror boundary. */
function decompose(line: Float64Array): void {
  const n = line.length;
  if (n === 1) return;
  // The mirrored line has period 2n − 2: the sum over it is finite and exact.
  let first = line[0] + POLE ** (n - 1) * line[n - 1];
  for (let i = 1; i < n - 1; i++) first += (POLE ** i + POLE ** (2 * n - 2 - i)) * line[i];
  line[0] = (6 * first) / (1 - POLE ** (2 * n - 2));
  for (let i = 1; i < n; i++) line[i] = 6 * line[i] + POLE * line[i - 1];
  line[n - 1] = (POLE / (POLE * POLE - 1)) * (line[n - 1] + POLE * line[n - 2]);
  for (let i = n - 2; i >= 0; i--) line[i] = POLE * (line[i + 1] - line[i]);
}

/** Cubic spline through the voxels (i fastest) of a volume, as a function of continuous ijk. f64 throughout. */
export function cubicSpline(sizeIjk: Vec3, values: ArrayLike<number>): (ijk: Vec3) => number {
  const coefficients = Float64Array.from(values);
  const strides = [1, sizeIjk[0], sizeIjk[0] * sizeIjk[1]];
  for (let axis = 0; axis < 3; axis++) {
    const line = new Float64Array(sizeIjk[axis]);
    const [u, v] = [0, 1, 2].filter((d) => d !== axis);
    for (let a = 0; a < sizeIjk[u]; a++)
      for (let b = 0; b < sizeIjk[v]; b++) {
        const base = a * strides[u] + b * strides[v];
        for (let n = 0; n < line.length; n++) line[n] = coefficients[base + n * strides[axis]];
        decompose(line);
        for (let n = 0; n < line.length; n++) coefficients[base + n * strides[axis]] = line[n];
      }
  }
  return (ijk) => {
    const taps = ijk.map((x, axis) => {
      const below = Math.floor(x);
      const t = x - below;
      const weights = [(1 - t) ** 3, 3 * t ** 3 - 6 * t * t + 4, 3 * (1 - t) ** 3 - 6 * (1 - t) ** 2 + 4, t ** 3];
      return weights.map((w, n) => ({
        weight: w / 6,
        offset: strides[axis] * mirrored(below - 1 + n, sizeIjk[axis]),
      }));
    });
    let sum = 0;
    for (const k of taps[2])
      for (const j of taps[1])
        for (const i of taps[0]) sum += i.weight * j.weight * k.weight * coefficients[i.offset + j.offset + k.offset];
    return sum;
  };
}
