import { Clipper64, ClipType, FillRule, type Path64, type Paths64, type Point64, type PolyPath64, PolyTree64 } from 'clipper2-ts'; // prettier-ignore

/** A polygon with holes, in fixed-point units. Points that the subject brought have their `z`, new ones none above 0. */
export interface Shape {
  readonly outer: Path64;
  readonly holes: Paths64;
}

/** Mean width in units below which a shape is a rounding remnant: 2⁻¹⁶ of a voxel. */
const REMNANT_WIDTH = 2 ** 4;

/**
 * Shears (v grows by so many u) in which polygons are clipped, the best first. The library goes wrong most often where
 * horizontal edges lie on each other, as those of pixels and of channels between them do; sheared, they are not horizontal.
 */
export const SHEARS = [1, 0, 5] as const;

/**
 * What subjects and outlines share, or what the outlines leave of the subjects; even-odd on both sides, so crossings,
 * keyholes and repeated rings are read as contours are drawn. Coordinates are whole numbers of units. `z` of the points of
 * subjects is above 0, outlines have none.
 *
 * Vertices of the subject stay as they are. Where a subject's edge is cut the crossing is put on the unit that keeps both
 * parts of the edge on or to the lower-u side of where it was: a point exactly on an edge belongs to the region when the
 * region lies towards higher u, and it goes on doing so.
 */
export function clipPolygons(
  operation: 'shared' | 'left',
  subjects: Paths64,
  outlines: Paths64,
  shear: number = SHEARS[0],
): Shape[] {
  const crossings: Point64[][] = [];
  const clipper = new Clipper64();
  clipper.zCallback = (bottom1, top1, bottom2, top2, at) => {
    // A vertex that an edge goes through is none of ours to move.
    if ((at.z ?? 0) <= 0) at.z = -crossings.push([bottom1, top1, bottom2, top2]);
  };
  clipper.addSubject(subjects.map((path) => path.map((point) => sheared(point, shear))));
  clipper.addClip(outlines.map((path) => path.map((point) => sheared(point, shear))));
  const tree = new PolyTree64();
  const type = operation === 'shared' ? ClipType.Intersection : ClipType.Difference;
  if (!clipper.execute(type, FillRule.EvenOdd, tree)) throw new Error('Clipper2 could not clip a polygon');
  const known = new Map<number, Point64[]>();
  for (const point of subjects.flat()) {
    const column = known.get(point.x);
    if (column === undefined) known.set(point.x, [point]);
    else column.push(point);
  }
  const settled = (path: Path64 | null): Path64 =>
    (path ?? []).map((found) => {
      const point = sheared(found, -shear);
      const z = point.z ?? 0;
      if (z > 0) return point;
      // The library does not always say which vertex a point is.
      const vertex = known.get(point.x)?.find(({ y }) => y === point.y);
      if (vertex !== undefined) return vertex;
      if (z === 0) return point;
      const [a0, a1, b0, b1] = crossings[-z - 1].map((end) => sheared(end, -shear));
      return settle(point, [a0, a1], [b0, b1]);
    });
  const shapes: Shape[] = [];
  const nodes: PolyPath64[] = [tree];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    // Children of the root and of holes are outer rings.
    for (let n = 0; n < node.count; n++) {
      const ring = node.child(n);
      const holes: Paths64 = [];
      for (let h = 0; h < ring.count; h++) {
        nodes.push(ring.child(h));
        const hole = settled(ring.child(h).polygon);
        if (!isRemnant(hole)) holes.push(hole);
      }
      const outer = settled(ring.polygon);
      if (!isRemnant(outer)) shapes.push({ outer, holes });
    }
  }
  return shapes;
}

/** A point with v grown by `shear` times u. */
function sheared({ x, y, z }: Point64, shear: number): Point64 {
  return z === undefined ? { x, y: y + shear * x } : { x, y: y + shear * x, z };
}

/** Area of shapes in square units. */
export function areaOf(shapes: readonly Shape[]): number {
  let sum = 0;
  for (const { outer, holes } of shapes) {
    sum += ringArea(outer);
    for (const hole of holes) sum -= ringArea(hole);
  }
  return sum;
}

/** Area inside a ring that does not cross itself, in square units. */
export function ringArea(ring: Path64): number {
  let twice = 0;
  const [{ x: x0, y: y0 }] = ring;
  for (let n = 1; n + 1 < ring.length; n++)
    twice += (ring[n].x - x0) * (ring[n + 1].y - y0) - (ring[n].y - y0) * (ring[n + 1].x - x0);
  return Math.abs(twice) / 2;
}

function isRemnant(ring: Path64): boolean {
  if (ring.length < 3) return true;
  let around = 0;
  ring.forEach(({ x, y }, n) => {
    const next = ring[n + 1 < ring.length ? n + 1 : 0];
    around += Math.hypot(next.x - x, next.y - y);
  });
  return ringArea(ring) <= (REMNANT_WIDTH * around) / 2;
}

/** The ends of an edge; those of subjects have z above 0. */
type Edge = readonly [Point64, Point64];

/** The library puts a crossing this near to where it is, in units, but where edges are nearly parallel. */
const NEAR = 8;

/** Farthest that a crossing is moved, in units: 2⁻⁸ of a voxel, along edges that hardly rise. */
const FARTHEST = 2 ** 12;

/** The whole units nearest to where two edges cross that are on or to the lower-u side of both. */
function settle(found: Point64, a: Edge, b: Edge): Point64 {
  const [[a0, a1], [b0, b1]] = [a, b];
  const [adx, ady, bdx, bdy] = [a1.x - a0.x, a1.y - a0.y, b1.x - b0.x, b1.y - b0.y];
  const t = ((b0.x - a0.x) * bdy - (b0.y - a0.y) * bdx) / (adx * bdy - ady * bdx);
  const x = a0.x + t * adx;
  const y = a0.y + t * ady;
  // Nearly parallel edges, where the library has chosen another place of its own.
  if (!(Math.hypot(found.x - x, found.y - y) < NEAR)) return found;
  let best = found;
  let nearest = FARTHEST;
  for (let row = Math.round(y) - 2; row <= Math.round(y) + 2; row++) {
    const limit = Math.min(lastAllowed(row, a), lastAllowed(row, b));
    // The last digit of the limit is rounded.
    for (const column of limit === Infinity ? [Math.round(x)] : [Math.floor(limit), Math.floor(limit) - 1]) {
      const at = { x: column, y: row };
      const distance = Math.hypot(column - x, row - y);
      if (distance < nearest && isAllowed(at, a) && isAllowed(at, b)) [best, nearest] = [at, distance];
    }
  }
  return { x: best.x, y: best.y };
}

/** The largest u on a row that an edge allows. */
function lastAllowed(row: number, [p, q]: Edge): number {
  if ((p.z ?? 0) > 0) return p.y === q.y ? Infinity : p.x + ((row - p.y) * (q.x - p.x)) / (q.y - p.y);
  return p.x === q.x ? p.x : Infinity;
}

/** Edges of subjects may only turn to lower u; those of outlines along pixels stay, others are where they need not be. */
function isAllowed(at: Point64, [p, q]: Edge): boolean {
  if (!((p.z ?? 0) > 0)) return p.x === q.x ? at.x === p.x : p.y !== q.y || at.y === p.y;
  const side = (at.x - p.x) * (q.y - p.y) - (at.y - p.y) * (q.x - p.x);
  return q.y > p.y ? side <= 0 : q.y === p.y || side >= 0;
}

/**
 * A shape as one ring, each hole joined to the rest by a channel without width that goes in and out between the two
 * nearest vertices (the keyhole of PS3.3 section C.8.8.6.3).
 */
export function keyholed({ outer, holes }: Shape): Path64 {
  let ring = outer;
  for (const hole of [...holes].sort((a, b) => ringArea(b) - ringArea(a))) {
    let [from, to, nearest] = [0, 0, Infinity];
    for (let r = 0; r < ring.length; r++) {
      for (let h = 0; h < hole.length; h++) {
        const distance = (ring[r].x - hole[h].x) ** 2 + (ring[r].y - hole[h].y) ** 2;
        if (distance < nearest) [from, to, nearest] = [r, h, distance];
      }
    }
    ring = [...ring.slice(0, from + 1), ...hole.slice(to), ...hole.slice(0, to + 1), ...ring.slice(from)];
  }
  return ring;
}

/** The same ring from its lowest v on, of these from the lowest u; repeated points once. */
export function fromLowest(ring: Path64): Path64 {
  const once = ring.filter(({ x, y }, n) => {
    const before = ring[n > 0 ? n - 1 : ring.length - 1];
    return x !== before.x || y !== before.y;
  });
  let lowest = 0;
  once.forEach(({ x, y }, n) => {
    if (y < once[lowest].y || (y === once[lowest].y && x < once[lowest].x)) lowest = n;
  });
  return [...once.slice(lowest), ...once.slice(0, lowest)];
}
