import { averageBrainRadius } from './brain-shape.ts';
import { createSphereTabulation, lookUpDirection, type SphereTabulation } from './direction-map.ts';
import { createIcosphere, type Icosphere } from './icosphere.ts';

/** The directions along which the brain's surface is looked for. */
export interface BrainMesh {
  readonly sphere: Icosphere;
  /** Radius of the average brain along each direction, mm. */
  readonly averageRadii: Float32Array;
  /** Made when it is asked for first. */
  readonly tabulation: SphereTabulation;
  /** Mean distance of neighbouring vertices relative to the finest mesh (level 4). */
  readonly relativeEdge: number;
}

const FINEST_LEVEL = 4;
const meshes = new Map<number, BrainMesh>();

/** Mesh of icosphere level 3 (642 directions, 8° apart) or 4 (2562, 4° apart); made once. */
export function brainMesh(level: 3 | 4): BrainMesh {
  const known = meshes.get(level);
  if (known) return known;
  const sphere = createIcosphere(level);
  const average = averageBrainRadius();
  const d = sphere.directions;
  const averageRadii = Float32Array.from({ length: sphere.vertexCount }, (_, v) =>
    lookUpDirection(average, d[3 * v], d[3 * v + 1], d[3 * v + 2]),
  );
  let tabulation: SphereTabulation | undefined;
  const mesh: BrainMesh = {
    sphere,
    averageRadii,
    get tabulation() {
      return (tabulation ??= createSphereTabulation(sphere));
    },
    relativeEdge: 2 ** (FINEST_LEVEL - level),
  };
  meshes.set(level, mesh);
  return mesh;
}

/**
 * Weighted mean over the surroundings of each vertex: `rounds` times the mean of a vertex and its neighbours, about a
 * Gaussian of 0.8 · √rounds edges.
 */
export function smoothOnSphere(
  sphere: Icosphere,
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
  rounds: number,
): Float32Array {
  const { neighbourStart, neighbours, vertexCount } = sphere;
  let sums = Float64Array.from({ length: vertexCount }, (_, v) => values[v] * weights[v]);
  let totals = Float64Array.from({ length: vertexCount }, (_, v) => weights[v]);
  for (let round = 0; round < rounds; round++) {
    const nextSums = new Float64Array(vertexCount);
    const nextTotals = new Float64Array(vertexCount);
    for (let v = 0; v < vertexCount; v++) {
      let sum = sums[v];
      let total = totals[v];
      for (let e = neighbourStart[v]; e < neighbourStart[v + 1]; e++) {
        sum += sums[neighbours[e]];
        total += totals[neighbours[e]];
      }
      const count = neighbourStart[v + 1] - neighbourStart[v] + 1;
      nextSums[v] = sum / count;
      nextTotals[v] = total / count;
    }
    sums = nextSums;
    totals = nextTotals;
  }
  return Float32Array.from(sums, (sum, v) => sum / Math.max(totals[v], 1e-9));
}
