/** A point of a plane. */
export type Point2 = readonly [number, number];

/** Twice the signed area of the triangle o, a, b: positive when they turn counter-clockwise. */
function turn(o: Point2, a: Point2, b: Point2): number {
  return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
}

/**
 * Lower convex hull by Andrew's monotone chain (Information Processing Letters 9, 1979): from the point of smallest x
 * (then y) to that of largest, every turn strictly counter-clockwise. Points must be sorted by x, then y.
 */
export function lowerHull(sorted: readonly Point2[]): Point2[] {
  const hull: Point2[] = [];
  for (const point of sorted) {
    while (hull.length >= 2 && turn(hull[hull.length - 2], hull[hull.length - 1], point) <= 0) hull.pop();
    hull.push(point);
  }
  return hull;
}
