/** Depths of a face along parallel lines of sight. */
export interface DepthMap {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Distance between neighbouring pixels; pixels are square. */
  readonly pixelMm: number;
  /** One for each pixel, row by row, mm away from the viewer; NaN where nothing is seen. */
  readonly depthMm: Float32Array;
}

/** How well one surface lies on another after the best rigid motion. */
export interface DepthMatch {
  /** Root of the mean squared distance, point to tangent plane, of the better three quarters of the points, mm. */
  readonly residualMm: number;
  /** Share of the first map's points that lie over the second. */
  readonly overlapShare: number;
}

/** Surfaces that lie on each other for less than this cannot be compared. */
export const MIN_OVERLAP_SHARE = 0.5;

/** Points steeper than this along the line of sight are edges, where depths jump. */
const MAX_SLOPE = 2.5;

/** Pixels between the points of each round, and steps of each: coarse rounds bring the surfaces near each other. */
const ROUNDS = [
  { stride: 6, steps: 12 },
  { stride: 3, steps: 6 },
  { stride: 2, steps: 6 },
] as const;

/** Share of the points that count in the end; the rest is hair, masks, and what lies beside. */
const KEPT_SHARE = 0.75;

/** A rigid motion: p ↦ R p + t, row by row. */
type Motion = Float64Array;

/** Distances below which a step is not worth another. */
const CONVERGED = 1e-5;

/** What the points of one map see of the other. */
interface Residuals {
  readonly count: number;
  readonly inside: number;
  /** Signed distance to the tangent plane, mm. */
  readonly distance: Float64Array;
  /** Six numbers a point: derivative of the distance by a turn around and a shift along x, y, z. */
  readonly rows: Float64Array;
}

/**
 * Lays one depth map on another by a rigid motion and says how far apart they still are: a face without its photograph.
 * Gauss–Newton on point-to-plane distances (Chen and Medioni, Image and Vision Computing 10, 1992) with the outer
 * points weighed down (Tukey's biweight), coarse to fine; the maps must not be turned by more than some 15° against each
 * other. Undefined when they overlap by less than MIN_OVERLAP_SHARE or have too few points.
 */
export function matchDepths(first: DepthMap, second: DepthMap): DepthMatch | undefined {
  const motion: Motion = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, medianDepth(second) - medianDepth(first));
  if (Number.isNaN(motion[11])) return undefined;
  let seen: Residuals | undefined;
  for (const { stride, steps } of ROUNDS) {
    for (let step = 0; step < steps; step++) {
      seen = residuals(first, second, motion, stride);
      if (seen.inside < 50) return undefined;
      const update = solveStep(seen);
      if (update === undefined) return undefined;
      move(motion, update);
      if (Math.max(...update.map(Math.abs)) < CONVERGED) break;
    }
  }
  seen = residuals(first, second, motion, ROUNDS[ROUNDS.length - 1].stride);
  const overlapShare = seen.inside / seen.count;
  if (overlapShare < MIN_OVERLAP_SHARE) return undefined;
  const squares = seen.distance.subarray(0, seen.inside).map((d) => d * d).sort(); // prettier-ignore
  const kept = Math.max(1, Math.floor(KEPT_SHARE * squares.length));
  let sum = 0;
  for (let n = 0; n < kept; n++) sum += squares[n];
  return { residualMm: Math.sqrt(sum / kept), overlapShare };
}

/** Both ways, since the parts that one map lacks differ: the mean of the residuals, the lesser overlap. */
export function matchDepthsBothWays(a: DepthMap, b: DepthMap): DepthMatch | undefined {
  const there = matchDepths(a, b);
  const back = matchDepths(b, a);
  if (there === undefined || back === undefined) return undefined;
  return {
    residualMm: (there.residualMm + back.residualMm) / 2,
    overlapShare: Math.min(there.overlapShare, back.overlapShare),
  };
}

function medianDepth({ depthMm }: DepthMap): number {
  const seen = depthMm.filter((d) => !Number.isNaN(d)).sort();
  return seen.length === 0 ? Number.NaN : seen[seen.length >> 1];
}

function residuals(first: DepthMap, second: DepthMap, m: Motion, stride: number): Residuals {
  const { widthPx, heightPx, pixelMm, depthMm } = first;
  const most = Math.ceil(widthPx / stride) * Math.ceil(heightPx / stride);
  const distance = new Float64Array(most);
  const rows = new Float64Array(6 * most);
  const other = second.depthMm;
  const perPx = 1 / second.pixelMm;
  let count = 0;
  let inside = 0;
  for (let v = 0; v < heightPx; v += stride) {
    for (let u = 0; u < widthPx; u += stride) {
      const depth = depthMm[v * widthPx + u];
      if (Number.isNaN(depth)) continue;
      count++;
      const px = (u - (widthPx - 1) / 2) * pixelMm;
      const py = (v - (heightPx - 1) / 2) * pixelMm;
      const x = m[0] * px + m[1] * py + m[2] * depth + m[3];
      const y = m[4] * px + m[5] * py + m[6] * depth + m[7];
      const z = m[8] * px + m[9] * py + m[10] * depth + m[11];
      const s = x * perPx + (second.widthPx - 1) / 2;
      const t = y * perPx + (second.heightPx - 1) / 2;
      const i = Math.floor(s);
      const j = Math.floor(t);
      if (i < 0 || j < 0 || i + 1 >= second.widthPx || j + 1 >= second.heightPx) continue;
      const at = j * second.widthPx + i;
      const [fs, ft] = [s - i, t - j];
      const d00 = other[at];
      const dx0 = other[at + 1] - d00;
      const dx1 = other[at + second.widthPx + 1] - other[at + second.widthPx];
      const dy = other[at + second.widthPx] - d00;
      const gx = (dx0 + (dx1 - dx0) * ft) * perPx;
      const gy = (dy + (dx1 - dx0) * fs) * perPx;
      // NaN anywhere in the cell comes out here too.
      if (!(gx * gx + gy * gy < MAX_SLOPE ** 2)) continue;
      const scale = 1 / Math.sqrt(1 + gx * gx + gy * gy);
      const [nx, ny, nz] = [-gx * scale, -gy * scale, scale];
      distance[inside] = (z - (d00 + dx0 * fs + (dy + (dx1 - dx0) * fs) * ft)) * scale;
      const row = 6 * inside++;
      rows[row] = y * nz - z * ny;
      rows[row + 1] = z * nx - x * nz;
      rows[row + 2] = x * ny - y * nx;
      rows[row + 3] = nx;
      rows[row + 4] = ny;
      rows[row + 5] = nz;
    }
  }
  return { count, inside, distance, rows };
}

/** Turn and shift that bring weighted distances down; undefined where the points leave a motion free. */
function solveStep({ inside, distance, rows }: Residuals): Float64Array | undefined {
  const magnitudes = distance.subarray(0, inside).map(Math.abs).sort();
  // Tukey's constant on a robust standard deviation (1.4826 median), not below what sampling leaves.
  const reach = 4.685 * Math.max(0.2, 1.4826 * magnitudes[inside >> 1]);
  const normal = new Float64Array(42);
  for (let n = 0; n < inside; n++) {
    const r = distance[n] / reach;
    if (Math.abs(r) >= 1) continue;
    const weight = (1 - r * r) ** 2;
    for (let a = 0; a < 6; a++) {
      const wa = weight * rows[6 * n + a];
      for (let b = a; b < 6; b++) normal[7 * a + b] += wa * rows[6 * n + b];
      normal[7 * a + 6] -= wa * distance[n];
    }
  }
  for (let a = 0; a < 6; a++) for (let b = 0; b < a; b++) normal[7 * a + b] = normal[7 * b + a];
  return solve(normal);
}

/** Solves six equations, seven numbers a row, by elimination; undefined for a singular system. */
function solve(rows: Float64Array): Float64Array | undefined {
  for (let c = 0; c < 6; c++) {
    const pivot = rows[7 * c + c];
    // The matrix is symmetric and positive: no rows need to change places.
    if (!(pivot > 1e-9)) return undefined;
    for (let r = c + 1; r < 6; r++) {
      const share = rows[7 * r + c] / pivot;
      for (let k = c; k < 7; k++) rows[7 * r + k] -= share * rows[7 * c + k];
    }
  }
  const x = new Float64Array(6);
  for (let c = 5; c >= 0; c--) {
    let sum = rows[7 * c + 6];
    for (let k = c + 1; k < 6; k++) sum -= rows[7 * c + k] * x[k];
    x[c] = sum / rows[7 * c + c];
  }
  return x;
}

/** Follows a motion by a turn (rotation vector, radians) and a shift, mm. */
function move(m: Motion, [wx, wy, wz, tx, ty, tz]: Float64Array): void {
  const angle = Math.hypot(wx, wy, wz);
  const a = angle < 1e-12 ? 1 : Math.sin(angle) / angle;
  const b = angle < 1e-12 ? 0.5 : (1 - Math.cos(angle)) / (angle * angle);
  const c = Math.cos(angle);
  // Rodrigues' formula.
  const r = [
    c + b * wx * wx, b * wx * wy - a * wz, b * wx * wz + a * wy,
    b * wx * wy + a * wz, c + b * wy * wy, b * wy * wz - a * wx,
    b * wx * wz - a * wy, b * wy * wz + a * wx, c + b * wz * wz,
  ]; // prettier-ignore
  const old = m.slice();
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 4; j++)
      m[4 * i + j] = r[3 * i] * old[j] + r[3 * i + 1] * old[4 + j] + r[3 * i + 2] * old[8 + j];
  m[3] += tx;
  m[7] += ty;
  m[11] += tz;
}
