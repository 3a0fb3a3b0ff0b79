/** A function to make small. */
export interface Objective {
  /** Value (Infinity where there is none) and gradient. */
  evaluate(p: Float64Array): Promise<{ readonly value: number; readonly gradient: Float64Array }>;
}

/** When to stop; parameters are all of one size. */
export interface MinimiseOptions {
  readonly iterations: number;
  /** Length of the first step and of the longest one. */
  readonly largestStep: number;
  /** A step shorter than this is the last. */
  readonly smallestStep: number;
}

/** Share of the decrease the slope promises that a step must reach (Armijo). */
const SUFFICIENT = 1e-4;

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, n) => sum + v * b[n], 0);

/**
 * Quasi-Newton descent, BFGS with backtracking (Nocedal and Wright, Numerical Optimization, 2006, algorithm 6.1). Returns
 * the best parameters and their value. Deterministic.
 */
export async function minimise(
  objective: Objective,
  start: Float64Array,
  { iterations, largestStep, smallestStep }: MinimiseOptions,
): Promise<{ readonly p: Float64Array; readonly value: number }> {
  const n = start.length;
  let p = Float64Array.from(start);
  let { value, gradient } = await objective.evaluate(p);
  let inverse = identity(n);
  let isScaled = false;
  for (let iteration = 0; iteration < iterations && Number.isFinite(value); iteration++) {
    let direction = times(inverse, gradient, -1);
    let slope = dot(direction, gradient);
    if (!(slope < 0)) {
      inverse = identity(n);
      isScaled = false;
      direction = gradient.map((g) => -g);
      slope = -dot(gradient, gradient);
    }
    const length = Math.sqrt(dot(direction, direction));
    if (!(length > 0)) break;
    let t = isScaled ? Math.min(1, largestStep / length) : largestStep / length;
    let next = p;
    let found = { value: Infinity, gradient };
    for (; t * length >= smallestStep; t /= 2) {
      const at = t;
      next = p.map((v, d) => v + at * direction[d]);
      found = await objective.evaluate(next);
      if (found.value <= value + SUFFICIENT * t * slope) break;
    }
    if (t * length < smallestStep) {
      // Along a bad direction only: once more downhill, then that was it.
      if (!isScaled) break;
      inverse = identity(n);
      isScaled = false;
      continue;
    }
    const s = next.map((v, d) => v - p[d]);
    const y = found.gradient.map((g, d) => g - gradient[d]);
    const sy = dot(s, y);
    if (sy > 1e-12 * Math.sqrt(dot(s, s) * dot(y, y))) {
      if (!isScaled) inverse = identity(n, sy / dot(y, y));
      update(inverse, s, y, sy);
      isScaled = true;
    }
    p = next;
    ({ value, gradient } = found);
  }
  return { p, value };
}

function identity(n: number, scale = 1): Float64Array {
  const out = new Float64Array(n * n);
  for (let d = 0; d < n; d++) out[d * n + d] = scale;
  return out;
}

function times(matrix: Float64Array, vector: Float64Array, scale: number): Float64Array {
  const n = vector.length;
  return vector.map((_, row) => scale * dot(matrix.subarray(row * n, row * n + n), vector));
}

/** H ← (I − s yᵀ/sy) H (I − y sᵀ/sy) + s sᵀ/sy, in place. */
function update(inverse: Float64Array, s: Float64Array, y: Float64Array, sy: number): void {
  const n = s.length;
  const hy = times(inverse, y, 1);
  const share = (1 + dot(y, hy) / sy) / sy;
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < n; b++) inverse[a * n + b] += share * s[a] * s[b] - (hy[a] * s[b] + s[a] * hy[b]) / sy;
  }
}
