import { type Backend, type DeviceBuffer } from '@efface/compute';
import {
  dilate, exponentialOfField, localCorrelation, maskLogic, mutualInformation, peakOfField, resampleMask, sampleField, smoothField,
} from '@efface/kernels'; // prettier-ignore
import { type Affine, type Grid, IDENTITY, type Vec3, voxelCount } from '@efface/volume';
import { jacobianRange, type JacobianRange } from './jacobian.ts';
import { binCountFor, CORRELATION_RADIUS, type LevelPair, levelPair } from './metrics.ts';
import { prepareImage, type PreparedImage, uploadMask } from './prepare.ts';
import { isLost, measureQuality } from './quality.ts';
import { type RegistrationImage, type RegistrationQuality } from './types.ts';
import { type DisplacementField, inFixedSpace, type Warp } from './warp.ts';

/** How a deformation is found. */
export interface DeformableOptions {
  /** Where fixed points lie in the moving image before anything is deformed, LPS mm: an affine registration. */
  readonly initial: Affine;
  readonly metric: 'local-correlation' | 'mutual-information';
  /** Voxels of the finest of three levels, mm; the others are twice and four times as large. Default 3. */
  readonly finestSpacingMm?: number;
  /** Most steps at each level, coarsest first. Default: STIFFNESS. */
  readonly iterations?: readonly [number, number, number];
  /** σ of the Gaussian that every step is smoothed with, voxels of the level: how far neighbours move together. Default: STIFFNESS. */
  readonly fluidSigmaVoxels?: number;
  /** σ of the Gaussian that the velocity is smoothed with after every step, likewise: how stiff the whole is. Default: STIFFNESS. */
  readonly diffusionSigmaVoxels?: number;
}

/** A deformation that was found: what was given as `initial`, and the displacements before it. */
export interface DeformableRegistration extends Warp, JacobianRange {
  readonly field: DisplacementField;
  /** The stationary velocity on the field's grid whose flow the field is; that of its negative is the inverse. */
  readonly velocityMm: Float32Array;
  readonly metric: DeformableOptions['metric'];
  readonly metricValue: number;
  readonly quality: RegistrationQuality;
  readonly isLost: boolean;
  readonly timingsMs: Readonly<Record<'prepare' | 'refine' | 'quality', number>>;
}

/**
 * How a metric is followed when nothing else is asked for. Windows say a lot about each place; a global histogram says
 * little, at coarse levels (where bone, skin and air are mixed into values of their own) nothing, and must be held stiffer.
 */
const STIFFNESS = {
  'local-correlation': { iterations: [30, 30, 15], fluidSigmaVoxels: 1.75, diffusionSigmaVoxels: 0.5 },
  'mutual-information': { iterations: [0, 15, 15], fluidSigmaVoxels: 3, diffusionSigmaVoxels: 1 },
} as const;

/** Air around the fixed body whose voxels push too, mm: the skin of the moving image may lie there. */
const REACH_MM = 10;
/** The longest vector of a step, voxels of the level; half of it after every step that went too far. */
const STEP_VOXELS = 0.5;
/** A level is done when this many steps have not made the metric better by LEAST_GAIN of itself. */
const PATIENCE = 4;
const LEAST_GAIN = 1e-3;

/**
 * Deforms a moving image to a fixed one by the flow of a stationary velocity field (log-domain demons: Vercauteren et al.,
 * Symmetric Log-Domain Diffeomorphic Registration, MICCAI 2008), along the exact forces of local correlation or mutual
 * information. The result is folded nowhere: should rounding and interpolation fold it, the velocity is smoothed until it is not.
 * The same bytes on every run of one backend. Throws as `registerAffine`.
 */
export async function registerDeformable(
  backend: Backend,
  fixed: RegistrationImage,
  moving: RegistrationImage,
  options: DeformableOptions,
): Promise<DeformableRegistration> {
  const { initial, metric, finestSpacingMm: finest = 3 } = options;
  const { iterations } = { ...STIFFNESS[metric], ...options };
  const begin = performance.now();
  const spacingsMm = [finest, 2 * finest, 4 * finest];
  const prepared: PreparedImage[] = [];
  try {
    prepared.push(await prepareImage(backend, fixed, spacingsMm, 'values', 'fixed'));
    prepared.push(await prepareImage(backend, moving, spacingsMm, 'values', 'moving'));
    const [f, m] = prepared;
    const prepareMs = performance.now();
    const coarsest = f.levels[2].grid;
    const nothing = backend.createBuffer('registration/velocity', 12 * voxelCount(coarsest));
    let velocity: Velocity = { grid: coarsest, velocityMm: nothing, peakMm: 0 };
    let metricValue = NaN;
    for (const [n, steps] of iterations.entries()) {
      const level = iterations.length - 1 - n;
      const pair = levelPair(f, m, level);
      const start = onNextGrid(backend, velocity, pair.fixed.grid);
      const mask = nearBody(backend, f, level);
      ({ velocity, value: metricValue } = await flow(backend, pair, mask, start, steps, options));
      backend.release(mask);
    }
    const found = await unfolded(backend, velocity);
    const refineMs = performance.now();
    const { displacementMm: u, grid } = found;
    const quality = await measureQuality(backend, f, m, { movingOfFixed: initial, field: { grid, displacementMm: u } });
    const read = async (buffer: DeviceBuffer): Promise<Float32Array> =>
      new Float32Array(await backend.read(buffer), 0, 3 * voxelCount(grid));
    const [displacementMm, velocityMm] = [await read(u), await read(found.velocityMm)];
    backend.release(u);
    backend.release(found.velocityMm);
    return {
      movingOfFixed: initial,
      field: { grid, displacementMm },
      velocityMm,
      ...found.range,
      metric,
      metricValue,
      quality,
      isLost: isLost(quality),
      timingsMs: {
        prepare: prepareMs - begin,
        refine: refineMs - prepareMs,
        quality: performance.now() - refineMs,
      },
    };
  } finally {
    for (const image of prepared) image.release();
    await backend.flush();
  }
}

/** A stationary velocity on the device, mm, and the length of its longest vector. */
interface Velocity {
  readonly grid: Grid;
  readonly velocityMm: DeviceBuffer;
  readonly peakMm: number;
}

/** A velocity on the grid of the next level; the former is released. */
function onNextGrid(backend: Backend, before: Velocity, grid: Grid): Velocity {
  const velocityMm = sampleField(backend, { source: before.velocityMm, sourceGrid: before.grid, targetGrid: grid });
  backend.release(before.velocityMm);
  return { grid, velocityMm, peakMm: before.peakMm };
}

/** Voxels of a level that push: those that count and lie in the fixed body or near it. */
function nearBody(backend: Backend, fixed: PreparedImage, level: number): DeviceBuffer {
  const { grid, mask } = fixed.levels[level];
  const { sizeIjk } = grid;
  const spacing = grid.affineIjkToLps[0];
  const bits = uploadMask(backend, 'registration/body', fixed.body.mask);
  const here = resampleMask(backend, { mask: bits, maskGrid: fixed.body.grid, targetGrid: grid });
  const grown = dilate(backend, { mask: here, sizeIjk, spacingMm: [spacing, spacing, spacing], radiusMm: REACH_MM });
  const both = maskLogic(backend, { a: grown, b: mask, sizeIjk, operation: 'and' });
  for (const buffer of [bits, here, grown]) backend.release(buffer);
  return both;
}

/** Steps at one level; the best velocity and its metric. The start is released. */
async function flow(
  backend: Backend,
  pair: LevelPair,
  mask: DeviceBuffer,
  start: Velocity,
  steps: number,
  options: DeformableOptions,
): Promise<{ readonly velocity: Velocity; readonly value: number }> {
  const { initial, metric } = options;
  const { fluidSigmaVoxels, diffusionSigmaVoxels } = { ...STIFFNESS[metric], ...options };
  const { fixed, moving, fixedRange, movingRange } = pair;
  const { grid } = fixed;
  const count = voxelCount(grid);
  const spacing = grid.affineIjkToLps[0];
  const isotropic = (sigma: number): Vec3 => [sigma, sigma, sigma];
  const binCount = binCountFor(fixed.count);
  const forces = backend.createBuffer('registration/forces', 12 * count);
  const request = {
    fixed: fixed.values,
    fixedGrid: grid,
    moving: moving.values,
    movingGrid: inFixedSpace(moving.grid, initial),
    affineFixedLpsToMovingLps: IDENTITY,
    fixedMask: mask,
    movingMask: moving.mask,
    fixedRange,
    movingRange,
    hasGradient: false,
    forces,
  };
  let best = start;
  let bestValue = -Infinity;
  let current = start;
  let since = 0;
  let stepVoxels = STEP_VOXELS;
  for (let n = 0; ; n++) {
    const displacementMm = exponentialOfField(backend, current.velocityMm, grid, current.peakMm);
    const { value } =
      metric === 'local-correlation'
        ? await localCorrelation(backend, { ...request, displacementMm, radiusVoxels: CORRELATION_RADIUS })
        : await mutualInformation(backend, { ...request, displacementMm, binCount });
    backend.release(displacementMm);
    since = value > bestValue + LEAST_GAIN * Math.abs(bestValue) ? 0 : since + 1;
    const isBest = value > bestValue;
    if (isBest && best !== current) backend.release(best.velocityMm);
    if (isBest) [best, bestValue] = [current, value];
    else stepVoxels /= 2;
    if (n === steps || since === PATIENCE) break;
    const push = smoothField(backend, forces, grid, isotropic(fluidSigmaVoxels));
    const peak = await peakOfField(backend, push, count);
    if (!(peak > 0)) {
      backend.release(push);
      break;
    }
    const scale = (stepVoxels * spacing) / peak;
    const sum = sampleField(backend, { source: push, sourceGrid: grid, targetGrid: grid, scale, added: current.velocityMm }); // prettier-ignore
    backend.release(push);
    const velocityMm = smoothField(backend, sum, grid, isotropic(diffusionSigmaVoxels));
    backend.release(sum);
    if (current !== best) backend.release(current.velocityMm);
    current = { grid, velocityMm, peakMm: await peakOfField(backend, velocityMm, count) };
  }
  if (current !== best) backend.release(current.velocityMm);
  backend.release(forces);
  return { velocity: best, value: bestValue };
}

/** The displacement of a velocity, smoothed as far as it takes not to fold: in the end it would be a shift. */
async function unfolded(
  backend: Backend,
  start: Velocity,
): Promise<{
  readonly grid: Grid;
  readonly velocityMm: DeviceBuffer;
  readonly displacementMm: DeviceBuffer;
  readonly range: JacobianRange;
}> {
  const { grid } = start;
  let { velocityMm, peakMm } = start;
  for (;;) {
    const displacementMm = exponentialOfField(backend, velocityMm, grid, peakMm);
    const values = new Float32Array(await backend.read(displacementMm), 0, 3 * voxelCount(grid));
    const range = jacobianRange(values, grid);
    if (range.foldedVoxels === 0) return { grid, velocityMm, displacementMm, range };
    backend.release(displacementMm);
    const smoother = smoothField(backend, velocityMm, grid, [1, 1, 1]);
    backend.release(velocityMm);
    velocityMm = smoother;
    peakMm = await peakOfField(backend, velocityMm, voxelCount(grid));
  }
}
