/** A least-squares problem: `residuals(x, out)` fills `out`. */
export interface LeastSquares {
  readonly count: number;
  residuals(x: Float64Array, out: Float64Array): void;
  /** Weight of each residual, fixed. */
  readonly weights: ArrayLike<number>;
  /** Residuals above this count as if linear (Cauchy weights); their own unit. */
  readonly scale: number;
  /** Pull towards `centre`, 1/variance of each parameter. */
  readonly precision: readonly number[];
  readonly centre: readonly number[];
  /** Step of the numerical derivative of each parameter. */
  readonly steps: readonly number[];
}

/** Gauss-Newton with Cauchy weights; the derivative is numerical. Returns the parameters and the weighted rms. */
export function fitLeastSquares(
  problem: LeastSquares,
  start: readonly number[],
  iterations: number,
): { readonly x: number[]; readonly rms: number } {
  const n = start.length;
  const x = Float64Array.from(start);
  const r0 = new Float64Array(problem.count);
  const r1 = new Float64Array(problem.count);
  const jacobian = new Float64Array(problem.count * n);
  for (let iteration = 0; iteration < iterations; iteration++) {
    problem.residuals(x, r0);
    for (let p = 0; p < n; p++) {
      const y = Float64Array.from(x);
      y[p] += problem.steps[p];
      problem.residuals(y, r1);
      for (let i = 0; i < problem.count; i++) jacobian[i * n + p] = (r1[i] - r0[i]) / problem.steps[p];
    }
    const normal = new Float64Array(n * n);
    const gradient = new Float64Array(n);
    for (let i = 0; i < problem.count; i++) {
      const w = problem.weights[i] / (1 + (r0[i] / problem.scale) ** 2);
      if (w === 0) continue;
      for (let p = 0; p < n; p++) {
        const wj = w * jacobian[i * n + p];
        gradient[p] += wj * r0[i];
        for (let q = 0; q <= p; q++) normal[p * n + q] += wj * jacobian[i * n + q];
      }
    }
    for (let p = 0; p < n; p++) {
      normal[p * n + p] += problem.precision[p] + 1e-12;
      gradient[p] += problem.precision[p] * (x[p] - problem.centre[p]);
    }
    const step = solveCholesky(normal, gradient, n);
    for (let p = 0; p < n; p++) x[p] -= step[p];
  }
  problem.residuals(x, r0);
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < problem.count; i++) {
    sum += problem.weights[i] * r0[i] * r0[i];
    weight += problem.weights[i];
  }
  return { x: [...x], rms: weight > 0 ? Math.sqrt(sum / weight) : Infinity };
}

/** Solves the symmetric positive system whose lower triangle is given (destroyed). */
function solveCholesky(lower: Float64Array, right: Float64Array, n: number): Float64Array {
  for (let p = 0; p < n; p++) {
    for (let q = 0; q <= p; q++) {
      let sum = lower[p * n + q];
      for (let t = 0; t < q; t++) sum -= lower[p * n + t] * lower[q * n + t];
      lower[p * n + q] = p === q ? Math.sqrt(Math.max(sum, 1e-30)) : sum / lower[q * n + q];
    }
  }
  const out = Float64Array.from(right);
  for (let p = 0; p < n; p++) {
    for (let t = 0; t < p; t++) out[p] -= lower[p * n + t] * out[t];
    out[p] /= lower[p * n + p];
  }
  for (let p = n - 1; p >= 0; p--) {
    for (let t = p + 1; t < n; t++) out[p] -= lower[t * n + p] * out[t];
    out[p] /= lower[p * n + p];
  }
  return out;
}
