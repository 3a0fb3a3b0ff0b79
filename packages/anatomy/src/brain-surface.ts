import { type BrainMesh, brainMesh, smoothOnSphere } from './brain-mesh.ts';
import { optimalSurface } from './optimal-surface.ts';
import { fitPose, precisionOf } from './pose-fit.ts';
import { headToLps, type Pose } from './pose.ts';
import { AT_AVERAGE, type Rays, SAMPLES_PER_RAY, sampleRays } from './rays.ts';
import { tissueEvidence, type ValueScale } from './tissue-evidence.ts';
import type { Sampled, WorkingImage } from './working-image.ts';

/** One round of looking for the surface. */
interface Round {
  readonly level: 3 | 4;
  /** The surface lies within this many mm of the average brain's. */
  readonly reachMm: number;
  /** Cost of 1 mm of difference between neighbours of the finest mesh. */
  readonly stiffness: number;
  /** Brains differ from the average, in this pose, by this much, mm (standard deviation). */
  readonly deviationMm: number;
}

const SEARCH: readonly Round[] = [
  { level: 3, reachMm: 14, stiffness: 1.5, deviationMm: 6 },
  { level: 3, reachMm: 14, stiffness: 1.5, deviationMm: 6 },
];
const SETTLE: readonly Round[] = [
  { level: 3, reachMm: 12, stiffness: 1.5, deviationMm: 5 },
  { level: 4, reachMm: 10, stiffness: 1.2, deviationMm: 4 },
  { level: 4, reachMm: 10, stiffness: 1.2, deviationMm: 3 },
];
const FINAL: Round = { level: 4, reachMm: 8, stiffness: 1.2, deviationMm: 3 };

/** Evidence this far outside the surface counts, mm: about the thickness of the skull. */
const OUTSIDE_MM = 7;
/** Evidence this far inside the innermost place counts, mm. */
const INSIDE_MM = 12;
/** What looks unlike brain inside costs more than what looks like brain outside: skin and marrow do look like it. */
const HOLLOW_FACTOR = 1.5;
/** Scalp and skull are never thinner than this, mm; over the vault they are about `VAULT_MM`. */
const THINNEST_MM = 8;
const VAULT_MM = { mean: 14, sd: 4, sine: 0.2 };

/** What the search for the brain knows of heads: nod, tilt, turn, size, width, height. The place is free. */
const PRECISION = precisionOf([Infinity, Infinity, Infinity, 0.3, 0.15, 0.2, 0.04, 0.04, 0.05]);

const SWEEPS = 5;

/** A star-shaped surface: the average brain in a pose, moved along each ray. */
export interface BrainSurface {
  readonly pose: Pose;
  readonly mesh: BrainMesh;
  /** Distance from the average brain's surface, mm of the head frame, per direction. */
  readonly offsets: Float32Array;
  /**
   * Mean contrast across the surface where the image shows it, 0..1: how much more the 6 mm inside look like brain
   * than the 6 mm outside. Heads reach 0.6 to 0.95; what is no brain stays below 0.5.
   */
  readonly contrast: number;
  /** Share of the surface inside the image. */
  readonly coverage: number;
  /** Values 1 to 3 mm inside the surface over the brain's own level, where the surface shows (mean). */
  readonly edgeLevel: number;
}

interface Found {
  readonly offsets: Float32Array;
  readonly trust: Float64Array;
  readonly contrast: number;
  readonly coverage: number;
  readonly edgeLevel: number;
}

/** What the brain is looked for in. */
export interface BrainScene {
  readonly image: WorkingImage;
  readonly body: Sampled;
  readonly scale: ValueScale;
}

/** Starts that are looked at more closely. */
const FINALISTS = 3;

/** The brain's surface, from the start poses that show it most clearly. */
export function findBrainSurface(scene: BrainScene, starts: readonly Pose[]): BrainSurface {
  let runners = starts.map((pose) => ({ pose, size: pose[6], contrast: 0 }));
  for (const round of SEARCH) runners = runners.map((runner) => improve(scene, runner, round));
  const byContrast = (a: Runner, b: Runner): number => b.contrast - a.contrast;
  if (runners.length > 1) {
    runners = runners.sort(byContrast).slice(0, FINALISTS);
    for (const round of [...SEARCH, SETTLE[0]]) runners = runners.map((runner) => improve(scene, runner, round));
    runners.sort(byContrast);
  }
  let best: Runner = runners[0];
  for (const round of SETTLE) best = improve(scene, best, round);
  const { pose } = best;
  const mesh = brainMesh(FINAL.level);
  const found = look(scene, mesh, pose, FINAL);
  const even = new Float32Array(mesh.sphere.vertexCount).fill(1);
  const offsets = smoothOnSphere(mesh.sphere, found.offsets, even, 2);
  return { ...found, pose, mesh, offsets };
}

/** A pose on its way. */
interface Runner {
  readonly pose: Pose;
  /** Logarithm of the size by the vault, which the size by the brain stays near to. */
  readonly size: number;
  readonly contrast: number;
}

/** One round: look for the surface in this pose, then move the pose to it. */
function improve(scene: BrainScene, { pose, size }: Runner, round: Round): Runner {
  const mesh = brainMesh(round.level);
  const { offsets, trust, contrast } = look(scene, mesh, pose, round);
  const { sphere, averageRadii } = mesh;
  const m = headToLps(pose);
  const points = new Float64Array(3 * sphere.vertexCount);
  for (let v = 0; v < sphere.vertexCount; v++) {
    const r = averageRadii[v] + offsets[v];
    const x = sphere.directions[3 * v] * r;
    const y = sphere.directions[3 * v + 1] * r;
    const z = sphere.directions[3 * v + 2] * r;
    for (let c = 0; c < 3; c++) points[3 * v + c] = m[4 * c] * x + m[4 * c + 1] * y + m[4 * c + 2] * z + m[4 * c + 3];
  }
  const fit = fitPose({ points, trust }, pose, {
    offsetMm: 0,
    precision: PRECISION,
    centre: [pose[0], pose[1], pose[2], 0, 0, 0, size, 0, 0],
    toleranceMm: round.deviationMm,
    iterations: 4,
  });
  return { pose: fit.pose, size, contrast };
}

/** The optimal surface in a pose. */
function look(scene: BrainScene, mesh: BrainMesh, pose: Pose, round: Round): Found {
  const { vertexCount } = mesh.sphere;
  const rays = sampleRays(mesh, pose, scene.image, scene.body);
  const { evidence, level } = tissueEvidence(mesh, rays, new Float32Array(vertexCount), scene.scale);
  const labelCount = 2 * round.reachMm + 1;
  const labels = optimalSurface({
    sphere: mesh.sphere,
    labelCount,
    cost: boundaryCost(mesh, rays, evidence, round),
    // The same bend of the surface is spread over fewer, longer edges of a coarser mesh.
    stiffness: round.stiffness / mesh.relativeEdge,
    sweeps: SWEEPS,
  });
  const offsets = Float32Array.from(labels, (label) => label - round.reachMm);
  const trust = new Float64Array(vertexCount);
  let [sum, seen, edge] = [0, 0, 0];
  for (let v = 0; v < vertexCount; v++) {
    const ray = v * SAMPLES_PER_RAY;
    const surface = AT_AVERAGE + offsets[v];
    if (Number.isNaN(rays.values[ray + surface]) || Number.isNaN(rays.values[ray + surface - 6])) continue;
    seen++;
    let contrast = 0;
    for (let s = 1; s <= 6; s++) contrast += evidence[ray + surface - s] - evidence[ray + surface + s - 1];
    trust[v] = Math.max(0, Math.min(1, contrast / 6));
    // At the end of its reach the surface would rather be elsewhere.
    if (labels[v] === 0 || labels[v] === labelCount - 1) trust[v] *= 0.2;
    sum += trust[v];
    for (let depth = 1; depth <= 3; depth++)
      edge += (trust[v] * (rays.values[ray + surface - depth] - scene.scale.zero)) / (3 * level[v]);
  }
  return {
    offsets,
    trust,
    contrast: seen > 0 ? sum / seen : 0,
    coverage: seen / vertexCount,
    edgeLevel: sum > 0 ? edge / sum : 1,
  };
}

/** Cost of every place along every ray: evidence on both sides, thickness of the scalp, distance from the average. */
function boundaryCost(mesh: BrainMesh, rays: Rays, evidence: Float32Array, round: Round): Float32Array {
  const { sphere } = mesh;
  const reach = round.reachMm;
  const labelCount = 2 * reach + 1;
  const cost = new Float32Array(sphere.vertexCount * labelCount);
  for (let v = 0; v < sphere.vertexCount; v++) {
    const ray = v * SAMPLES_PER_RAY;
    const isVault = sphere.directions[3 * v + 2] > VAULT_MM.sine;
    let inside = 0;
    for (let s = AT_AVERAGE - reach - INSIDE_MM; s < AT_AVERAGE - reach; s++) inside += insideCost(evidence[ray + s]);
    for (let label = 0; label < labelCount; label++) {
      const surface = AT_AVERAGE - reach + label;
      let outside = 0;
      const end = Math.min(SAMPLES_PER_RAY, surface + OUTSIDE_MM);
      for (let s = surface; s < end; s++) outside += evidence[ray + s];
      let total = inside + outside;
      const wall = rays.airAt[v] - surface;
      if (wall < THINNEST_MM) total += 2 * (THINNEST_MM - wall);
      if (isVault && wall < Infinity) total += Math.min(4.5, 0.5 * ((wall - VAULT_MM.mean) / VAULT_MM.sd) ** 2);
      // Quadratic near the average, linear far from it: unusual brains stay possible.
      const deviation = Math.abs(label - reach) / round.deviationMm;
      total += 1.5 * (deviation < 2 ? (deviation * deviation) / 2 : 2 * deviation - 2);
      cost[v * labelCount + label] = total;
      inside += insideCost(evidence[ray + surface]);
    }
  }
  return cost;
}

function insideCost(evidence: number): number {
  return evidence < 0 ? -HOLLOW_FACTOR * evidence : -evidence;
}
