/**
 * Unit sphere triangulated by halving the edges of an icosahedron: 10·4^level + 2 nearly evenly spread directions.
 * Faces are kept per level, so that the face which holds a direction is found by descending.
 */
export interface Icosphere {
  /** Unit vectors, 3 per vertex. */
  readonly directions: Float64Array;
  readonly vertexCount: number;
  /** Vertex triples per level, coarse to fine; children of face f are 4f … 4f+3 on the next level. */
  readonly facesPerLevel: readonly Uint32Array[];
  /** Neighbours of vertex v: `neighbours[neighbourStart[v] … neighbourStart[v + 1])`, ascending. */
  readonly neighbourStart: Uint32Array;
  readonly neighbours: Uint32Array;
}

const GOLDEN = (1 + Math.sqrt(5)) / 2;

const CORNERS: readonly (readonly [number, number, number])[] = [
  [-1, GOLDEN, 0], [1, GOLDEN, 0], [-1, -GOLDEN, 0], [1, -GOLDEN, 0],
  [0, -1, GOLDEN], [0, 1, GOLDEN], [0, -1, -GOLDEN], [0, 1, -GOLDEN],
  [GOLDEN, 0, -1], [GOLDEN, 0, 1], [-GOLDEN, 0, -1], [-GOLDEN, 0, 1],
]; // prettier-ignore

const FACES = [
  0, 11, 5, 0, 5, 1, 0, 1, 7, 0, 7, 10, 0, 10, 11, 1, 5, 9, 5, 11, 4, 11, 10, 2, 10, 7, 6, 7, 1, 8,
  3, 9, 4, 3, 4, 2, 3, 2, 6, 3, 6, 8, 3, 8, 9, 4, 9, 5, 2, 4, 11, 6, 2, 10, 8, 6, 7, 9, 8, 1,
]; // prettier-ignore

/** Builds the sphere; level 4 has 2562 vertices about 4° apart. */
export function createIcosphere(level: number): Icosphere {
  const vertexCount = 10 * 4 ** level + 2;
  const directions = new Float64Array(3 * vertexCount);
  CORNERS.forEach((corner, v) => {
    const n = Math.hypot(...corner);
    for (let d = 0; d < 3; d++) directions[3 * v + d] = corner[d] / n;
  });
  let used = CORNERS.length;
  const facesPerLevel = [new Uint32Array(FACES)];
  for (let step = 0; step < level; step++) {
    const coarse = facesPerLevel[step];
    const fine = new Uint32Array(coarse.length * 4);
    const middles = new Map<number, number>();
    const middle = (a: number, b: number): number => {
      const key = Math.min(a, b) * vertexCount + Math.max(a, b);
      const known = middles.get(key);
      if (known !== undefined) return known;
      const x = directions[3 * a] + directions[3 * b];
      const y = directions[3 * a + 1] + directions[3 * b + 1];
      const z = directions[3 * a + 2] + directions[3 * b + 2];
      const n = Math.hypot(x, y, z);
      directions.set([x / n, y / n, z / n], 3 * used);
      middles.set(key, used);
      return used++;
    };
    for (let f = 0; f < coarse.length; f += 3) {
      const [a, b, c] = [coarse[f], coarse[f + 1], coarse[f + 2]];
      const [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
      fine.set([a, ab, ca, b, bc, ab, c, ca, bc, ab, bc, ca], 4 * f);
    }
    facesPerLevel.push(fine);
  }
  return { directions, vertexCount, facesPerLevel, ...adjacency(facesPerLevel[level], vertexCount) };
}

function adjacency(faces: Uint32Array, vertexCount: number): { neighbourStart: Uint32Array; neighbours: Uint32Array } {
  const sets = Array.from({ length: vertexCount }, () => new Set<number>());
  for (let f = 0; f < faces.length; f += 3) {
    for (let e = 0; e < 3; e++) {
      sets[faces[f + e]].add(faces[f + ((e + 1) % 3)]);
      sets[faces[f + e]].add(faces[f + ((e + 2) % 3)]);
    }
  }
  const neighbourStart = new Uint32Array(vertexCount + 1);
  const neighbours: number[] = [];
  sets.forEach((set, v) => {
    neighbours.push(...[...set].sort((a, b) => a - b));
    neighbourStart[v + 1] = neighbours.length;
  });
  return { neighbourStart, neighbours: Uint32Array.from(neighbours) };
}

/** Barycentric place of a direction: three vertices and their weights (sum 1). */
export interface SpherePlace {
  readonly vertices: readonly [number, number, number];
  readonly weights: readonly [number, number, number];
}

/** Face of the finest level that the ray through (x, y, z) meets, with barycentric weights. */
export function placeOnSphere(sphere: Icosphere, x: number, y: number, z: number): SpherePlace {
  const { directions, facesPerLevel } = sphere;
  let first = 0;
  let count = 20;
  let bestFace = 0;
  let [bestA, bestB, bestC] = [1, 0, 0];
  for (const faces of facesPerLevel) {
    // The face with the largest smallest weight: on an edge, rounding must not leave the point without a face.
    let bestLowest = -Infinity;
    bestFace = first;
    for (let f = first; f < first + count; f++) {
      const [a, b, c] = [3 * faces[3 * f], 3 * faces[3 * f + 1], 3 * faces[3 * f + 2]];
      // Coefficients of (x, y, z) in the basis of the three corners, divided by their sum; all negative behind the origin.
      const volume = triple(directions, directions[a], directions[a + 1], directions[a + 2], b, c);
      const wa = triple(directions, x, y, z, b, c) / volume;
      const wb = triple(directions, x, y, z, c, a) / volume;
      const wc = triple(directions, x, y, z, a, b) / volume;
      const sum = Math.abs(wa + wb + wc);
      const lowest = Math.min(wa / sum, wb / sum, wc / sum);
      if (lowest > bestLowest) {
        bestLowest = lowest;
        bestFace = f;
        bestA = wa / sum;
        bestB = wb / sum;
        bestC = wc / sum;
      }
    }
    first = 4 * bestFace;
    count = 4;
  }
  const finest = facesPerLevel[facesPerLevel.length - 1];
  return {
    vertices: [finest[3 * bestFace], finest[3 * bestFace + 1], finest[3 * bestFace + 2]],
    weights: [bestA, bestB, bestC],
  };
}

/** Determinant of a vector and two of the directions, which begin at `q` and `r`. */
function triple(d: Float64Array, px: number, py: number, pz: number, q: number, r: number): number {
  return (
    px * (d[q + 1] * d[r + 2] - d[q + 2] * d[r + 1]) +
    py * (d[q + 2] * d[r] - d[q] * d[r + 2]) +
    pz * (d[q] * d[r + 1] - d[q + 1] * d[r])
  );
}
