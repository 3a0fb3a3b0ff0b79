import { type Mask, maskHas } from '@efface/volume';

/** Is the point (i, j) of the slice, in voxels between centres, inside? */
export type InsideTest = (i: number, j: number) => boolean;

/** A crossing is found to a sixty-fourth of a voxel. */
const HALVINGS = 6;
/** Crossings stay this far from voxel centres, so that rounding a point to 1 µm moves no centre to the other side. */
const CLEARANCE = 1 / 64;

/**
 * Outlines of a mask on slice k: marching squares over the voxel centres, the crossings on the lines between them found
 * by halving with `isInside`, which must agree with the mask at the centres. A centre is inside the polygons (even-odd)
 * exactly when its voxel is in the mask. Holes are joined to the outline around them by a line there and back, the
 * keyhole of PS3.3 section C.8.8.6.3, so that every polygon stands for itself.
 * @returns i, j of one point after the other for each polygon, in voxels, centre of the first voxel at 0, 0
 */
export function traceContours(mask: Mask, k: number, isInside: InsideTest): Float64Array[] {
  const rings = closedRings(mask, k, isInside);
  const outlines = rings.filter((ring) => signedArea(ring) > 0).map((ring) => ({ ring, holes: [] as number[][] }));
  for (const hole of rings.filter((ring) => signedArea(ring) < 0)) {
    const around = outlines.filter(({ ring }) => contains(ring, hole[0], hole[1]));
    around.sort((a, b) => signedArea(a.ring) - signedArea(b.ring));
    around[0].holes.push(hole);
  }
  return outlines.map(({ ring, holes }) => Float64Array.from(holes.reduce(joinHole, ring)));
}

/** Rings of i, j with the inside on the same hand: outlines have a positive area, holes a negative one. */
function closedRings(mask: Mask, k: number, isInside: InsideTest): number[][] {
  const [ni, nj] = mask.sizeIjk;
  const has = (i: number, j: number): boolean => i >= 0 && j >= 0 && i < ni && j < nj && maskHas(mask, i, j, k);
  // Lines between centres by number: 2·centre to the neighbour in i, 2·centre + 1 to that in j.
  const width = ni + 2;
  const lineAt = (i: number, j: number, inJ: 0 | 1): number => 2 * ((j + 1) * width + (i + 1)) + inJ;
  const next = new Map<number, number>();
  for (let j = -1; j < nj; j++)
    for (let i = -1; i < ni; i++) {
      const [a, b, c, d] = [has(i, j), has(i + 1, j), has(i + 1, j + 1), has(i, j + 1)];
      if (a === b && b === c && c === d) continue;
      // Sides of the cell in the order of its corners; a segment starts where the inside ends and ends where it starts.
      const lines = [lineAt(i, j, 0), lineAt(i + 1, j, 1), lineAt(i, j + 1, 0), lineAt(i, j, 1)];
      const corners = [a, b, c, d];
      for (let side = 0; side < 4; side++) {
        if (!corners[side] || corners[(side + 1) % 4]) continue;
        // Back along the inside corners to where they start: diagonal neighbours stay apart.
        let start = side;
        while (corners[(start + 3) % 4]) start = (start + 3) % 4;
        next.set(lines[side], lines[(start + 3) % 4]);
      }
    }
  const crossing = (line: number): readonly [number, number] => {
    const centre = line >>> 1;
    const i = (centre % width) - 1;
    const j = Math.floor(centre / width) - 1;
    const [di, dj] = (line & 1) === 0 ? [1, 0] : [0, 1];
    const startsInside = has(i, j);
    let [low, high] = [0, 1];
    for (let n = 0; n < HALVINGS; n++) {
      const middle = (low + high) / 2;
      if (isInside(i + di * middle, j + dj * middle) === startsInside) low = middle;
      else high = middle;
    }
    const t = Math.min(1 - CLEARANCE, Math.max(CLEARANCE, (low + high) / 2));
    return [i + di * t, j + dj * t];
  };
  const rings: number[][] = [];
  while (next.size > 0) {
    const ring: number[] = [];
    for (let line = next.keys().next().value; line !== undefined;) {
      const following = next.get(line);
      if (following === undefined) break;
      next.delete(line);
      ring.push(...crossing(line));
      line = following;
    }
    rings.push(ring);
  }
  return rings;
}

/** Twice the area of a ring of i, j, by the shoelace formula. */
function signedArea(ring: readonly number[]): number {
  let sum = 0;
  for (let n = 0; n < ring.length; n += 2) {
    const m = (n + 2) % ring.length;
    sum += ring[n] * ring[m + 1] - ring[m] * ring[n + 1];
  }
  return sum;
}

function contains(ring: readonly number[], i: number, j: number): boolean {
  let inside = false;
  for (let n = 0; n < ring.length; n += 2) {
    const m = (n + 2) % ring.length;
    const [j0, j1] = [ring[n + 1], ring[m + 1]];
    if (j0 > j !== j1 > j && i < ring[n] + ((j - j0) / (j1 - j0)) * (ring[m] - ring[n])) inside = !inside;
  }
  return inside;
}

/** The outline with a way to the hole, around it and back, between their nearest points. */
function joinHole(outline: number[], hole: readonly number[]): number[] {
  let best = Infinity;
  let [from, to] = [0, 0];
  for (let n = 0; n < outline.length; n += 2)
    for (let m = 0; m < hole.length; m += 2) {
      const distance = (outline[n] - hole[m]) ** 2 + (outline[n + 1] - hole[m + 1]) ** 2;
      if (distance < best) [best, from, to] = [distance, n, m];
    }
  return [...outline.slice(0, from + 2), ...hole.slice(to), ...hole.slice(0, to + 2), ...outline.slice(from)];
}
