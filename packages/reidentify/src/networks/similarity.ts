import type { PixelPoint } from './face-picture.ts';

/** `p → (a·x − b·y + c, b·x + a·y + d)`: rotation, uniform scale and shift of the plane. */
export interface PlaneSimilarity {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/**
 * The similarity without reflection that takes `from` to `to` with the least sum of squared distances (Umeyama 1991;
 * in the plane the complex quotient Σ conj(f)·t / Σ |f|² of the centred points). RangeError for fewer than two points,
 * lists of different length, or points of `from` that all coincide.
 */
export function fitSimilarity(from: readonly PixelPoint[], to: readonly PixelPoint[]): PlaneSimilarity {
  const count = from.length;
  if (count < 2 || to.length !== count) throw new RangeError(`${count} and ${to.length} points fit no similarity`);
  const mean = (points: readonly PixelPoint[]): PixelPoint => ({
    xPx: points.reduce((sum, { xPx }) => sum + xPx, 0) / count,
    yPx: points.reduce((sum, { yPx }) => sum + yPx, 0) / count,
  });
  const [fromMean, toMean] = [mean(from), mean(to)];
  let real = 0;
  let imaginary = 0;
  let spread = 0;
  for (let n = 0; n < count; n++) {
    const [fx, fy] = [from[n].xPx - fromMean.xPx, from[n].yPx - fromMean.yPx];
    const [tx, ty] = [to[n].xPx - toMean.xPx, to[n].yPx - toMean.yPx];
    real += fx * tx + fy * ty;
    imaginary += fx * ty - fy * tx;
    spread += fx * fx + fy * fy;
  }
  if (!(spread > 0)) throw new RangeError('the points to be moved all coincide');
  const [a, b] = [real / spread, imaginary / spread];
  return {
    a,
    b,
    c: toMean.xPx - a * fromMean.xPx + b * fromMean.yPx,
    d: toMean.yPx - b * fromMean.xPx - a * fromMean.yPx,
  };
}

/** A point moved by a similarity. */
export function moveBySimilarity({ a, b, c, d }: PlaneSimilarity, { xPx, yPx }: PixelPoint): PixelPoint {
  return { xPx: a * xPx - b * yPx + c, yPx: b * xPx + a * yPx + d };
}
