import { type Point2 } from './hull.ts';

/** A line that points touch and none of them lies beyond: p·normal = offset; all points have p·normal ≤ offset. */
export interface SupportingLine {
  /** Unit vector away from the points. */
  readonly normal: Point2;
  readonly offset: number;
  /** The point that touches; of several the one with the smallest coordinate along the line (normal turned by +90°). */
  readonly touching: Point2;
}

/**
 * Supporting line of some points on the side that `normal` (any length but 0) points to. With `limits`, only points whose
 * coordinate along the line, the normal turned by +90°, lies within them (both inclusive) count: a line at the face need
 * not clear the neck. undefined when there is no such point. Throws RangeError for a normal without a direction.
 */
export function supportingLine(
  points: readonly Point2[],
  normal: Point2,
  limits: readonly [number, number] = [-Infinity, Infinity],
): SupportingLine | undefined {
  const size = Math.hypot(normal[0], normal[1]);
  if (!(size > 0 && size < Infinity)) throw new RangeError('a line needs a normal of a finite length above 0');
  const [x, y] = [normal[0] / size, normal[1] / size];
  let touching: Point2 | undefined;
  let offset = -Infinity;
  let along = 0;
  for (const point of points) {
    const across = x * point[0] + y * point[1];
    const t = x * point[1] - y * point[0];
    if (!(t >= limits[0] && t <= limits[1])) continue;
    if (across > offset || (across === offset && t < along)) [touching, offset, along] = [point, across, t];
  }
  return touching && { normal: [x, y], offset, touching };
}
