import type { Icosphere } from './icosphere.ts';

/** What {@link optimalSurface} minimises. */
export interface SurfaceProblem {
  readonly sphere: Icosphere;
  /** Number of places the surface can take along each ray. */
  readonly labelCount: number;
  /** Cost of each place: `cost[vertex · labelCount + label]`. */
  readonly cost: Float32Array;
  /** Cost of one label of difference between neighbouring vertices. */
  readonly stiffness: number;
  /** Sweeps over the sphere; each is one forward and one backward pass. */
  readonly sweeps: number;
}

/**
 * The star-shaped surface of least total cost: one label per vertex, minimising
 * Σ cost(v, label) + stiffness · Σ over edges |label − label'|.
 *
 * Sequential tree-reweighted message passing (Kolmogorov, IEEE PAMI 28(10), 2006). The pairwise term is convex, so
 * the relaxation is tight and the labels come close to the global optimum from any start; there is no start to choose
 * and nothing to get stuck in. Messages through |a − b| are distance transforms, linear in the labels (Felzenszwalb &
 * Huttenlocher, IJCV 70(1), 2006). Vertices are visited in index order, so the result is reproducible.
 */
export function optimalSurface(problem: SurfaceProblem): Uint16Array {
  const { sphere, labelCount: n, cost, stiffness } = problem;
  const { neighbourStart, neighbours, vertexCount } = sphere;
  const reverse = reverseEdges(sphere);
  // messages[e]: what the neighbour at edge e tells the vertex that owns e.
  const messages = new Float32Array(neighbours.length * n);
  const belief = new Float32Array(n);
  const labels = new Uint16Array(vertexCount);
  const visit = (v: number, forward: boolean): void => {
    const begin = neighbourStart[v];
    const end = neighbourStart[v + 1];
    for (let l = 0, at = v * n; l < n; l++, at++) belief[l] = cost[at];
    let later = 0;
    for (let e = begin; e < end; e++) {
      if (neighbours[e] > v) later++;
      for (let l = 0, at = e * n; l < n; l++, at++) belief[l] += messages[at];
    }
    const share = 1 / Math.max(later, end - begin - later);
    for (let e = begin; e < end; e++)
      if (neighbours[e] > v === forward) send(messages, belief, n, e * n, reverse[e] * n, share, stiffness);
  };
  for (let sweep = 0; sweep < problem.sweeps; sweep++) {
    for (let v = 0; v < vertexCount; v++) visit(v, true);
    for (let v = vertexCount - 1; v >= 0; v--) visit(v, false);
  }
  // Labels in visiting order: earlier neighbours are settled and speak for themselves, later ones by their message.
  for (let v = 0; v < vertexCount; v++) {
    for (let l = 0; l < n; l++) belief[l] = cost[v * n + l];
    for (let e = neighbourStart[v]; e < neighbourStart[v + 1]; e++) {
      const other = neighbours[e];
      if (other < v) for (let l = 0; l < n; l++) belief[l] += stiffness * Math.abs(l - labels[other]);
      else for (let l = 0; l < n; l++) belief[l] += messages[e * n + l];
    }
    let best = 0;
    for (let l = 1; l < n; l++) if (belief[l] < belief[best]) best = l;
    labels[v] = best;
  }
  return labels;
}

/** The message of a vertex along one of its edges: `n` costs from `out` on; what came along that edge begins at `back`. */
function send(
  messages: Float32Array,
  belief: Float32Array,
  n: number,
  back: number,
  out: number,
  share: number,
  stiffness: number,
): void {
  let lowest = Infinity;
  // The distance transform upwards goes along; every entry is rounded to f32 as it is written.
  let last = Infinity;
  for (let l = 0; l < n; l++) {
    const value = share * belief[l] - messages[back + l];
    if (value < lowest) lowest = value;
    const reach = last + stiffness;
    last = Math.fround(value);
    if (reach < last) last = Math.fround(reach);
    messages[out + l] = last;
  }
  messages[out + n - 1] = last - lowest;
  for (let at = out + n - 2; at >= out; at--) {
    const reach = last + stiffness;
    last = messages[at];
    if (reach < last) last = Math.fround(reach);
    messages[at] = last - lowest;
  }
}

/** For each entry of `neighbours` (edge v → w) the entry of w → v. */
function reverseEdges(sphere: Icosphere): Uint32Array {
  const { neighbourStart, neighbours, vertexCount } = sphere;
  const reverse = new Uint32Array(neighbours.length);
  for (let v = 0; v < vertexCount; v++) {
    for (let e = neighbourStart[v]; e < neighbourStart[v + 1]; e++) {
      const w = neighbours[e];
      reverse[e] = neighbours.indexOf(v, neighbourStart[w]);
    }
  }
  return reverse;
}
