import { type Backend, type DeviceBuffer, deviceVolumeFromF32 } from '@efface/compute';
import {
  allocateShared, type Grid, invert, length, sameGrid, scale, spacingMm, stepLps, transformVector, uniformRescale, type Vec3,
} from '@efface/volume'; // prettier-ignore
import { fixedMap, targetIjkToSourceIjk } from '../resample/index-map.ts';
import { resample } from '../resample/resample.ts';
import { gammaSteps } from './gamma-steps.ts';
import { NO_DOSE } from './gamma-term.cpu.ts';
import { gammaVoxels } from './gamma-voxels.ts';

/** Gamma index of voxels whose reference dose is below the threshold. */
export const GAMMA_NOT_JUDGED = -1;

/** When two doses agree. */
export interface GammaCriteria {
  /** Distance to agreement, mm. */
  readonly distanceMm: number;
  /** Difference of doses that counts as much as that distance: the same Gy everywhere, or a share of the local dose. */
  readonly tolerance: { readonly globalGy: number } | { readonly localShare: number };
  /** Voxels with less reference dose are not judged, Gy. */
  readonly thresholdGy: number;
  /** Largest gamma that is told from others: nothing farther than `cap · distanceMm` is looked at. */
  readonly cap: number;
  /**
   * Candidates lie this many steps to the distance to agreement apart, the evaluated dose being interpolated there.
   * Default: the voxels are the candidates.
   */
  readonly stepsPerDistance?: number;
}

/** Two doses, f32 in Gy, i fastest. */
export interface GammaRequest extends GammaCriteria {
  readonly reference: DeviceBuffer;
  readonly referenceGrid: Grid;
  readonly evaluated: DeviceBuffer;
  readonly evaluatedGrid: Grid;
}

/** Grids of one dose by two writers: what text and f32 leave. */
const GRID_TOLERANCE_MM = 1e-3;

/** Positions in fixed point stay below 2³⁰; as much again is left for offsets. */
const MAX_OFFSET = 2 ** 30 - 1;

/** Offsets of a search are kept below this number: more are a slip in the criteria, and would run for hours. */
const MAX_OFFSETS = 2 ** 21;

/**
 * Gamma index (Low, Harms, Mutic and Purdy, Medical Physics 25(5), 1998) of every voxel of the reference: the least
 * √((distance / distanceMm)² + (difference of doses / tolerance)²) over the candidates in the evaluated dose, at most
 * `cap`; f32, i fastest, GAMMA_NOT_JUDGED below the threshold. Without `stepsPerDistance` an evaluated dose on another grid
 * is brought to the reference's first, trilinearly; what it does not cover is no candidate. The caller owns the buffer.
 * O(voxels · candidates) at most; searches end when distance alone exceeds what was found. Throws RangeError for criteria
 * that are not positive, or whose search is too wide.
 */
export function gammaIndex(backend: Backend, request: GammaRequest): DeviceBuffer {
  const { referenceGrid, evaluatedGrid, reference, evaluated, stepsPerDistance } = request;
  const perTolerance = checkedPerTolerance(request);
  const constants = { IS_LOCAL: 'localShare' in request.tolerance ? 1 : 0 };
  const { sizeIjk } = referenceGrid;
  const common = { sizeIjk, threshold: request.thresholdGy, perTolerance, cap: request.cap };
  const sizeBytes = 4 * sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  if (stepsPerDistance === undefined) {
    const steps = ([0, 1, 2] as const).map((axis) => stepLps(referenceGrid, axis));
    const table = searchTable(steps, request, ([i, j, k]) => [i, j, k]);
    const offsets = backend.createBuffer('gamma/offsets', table.byteLength, table);
    const isThere = sameGrid(referenceGrid, evaluatedGrid, GRID_TOLERANCE_MM);
    const there = isThere ? evaluated : onGrid(backend, request);
    const dst = backend.createBuffer('gamma', sizeBytes);
    backend.dispatch(gammaVoxels, {
      params: { ...common, offsetCount: table.length / 4 },
      constants,
      buffers: { reference, evaluated: there, offsets, dst },
    });
    if (!isThere) backend.release(there);
    backend.release(offsets);
    return dst;
  }
  const affine = targetIjkToSourceIjk({ sourceGrid: evaluatedGrid, targetGrid: referenceGrid });
  const { fractionBits, origin, steps: columns, toFixed } = fixedMap(affine, sizeIjk, [0, 0, 0]);
  const lpsToIjk = invert(evaluatedGrid.affineIjkToLps);
  const spacing = spacingMm(referenceGrid);
  const steps = ([0, 1, 2] as const).map((axis) =>
    scale(stepLps(referenceGrid, axis), request.distanceMm / stepsPerDistance / spacing[axis]),
  );
  const table = searchTable(steps, request, (_, offsetLps) => transformVector(lpsToIjk, offsetLps).map(toFixed));
  const offsets = backend.createBuffer('gamma/offsets', table.byteLength, table);
  const dst = backend.createBuffer('gamma', sizeBytes);
  backend.dispatch(gammaSteps, {
    params: {
      ...common,
      offsetCount: table.length / 4,
      evaluatedSizeIjk: evaluatedGrid.sizeIjk,
      origin,
      stepI: columns[0],
      stepJ: columns[1],
      stepK: columns[2],
    },
    constants: { ...constants, FRACTION_BITS: fractionBits },
    buffers: { reference, evaluated, offsets, dst },
  });
  backend.release(offsets);
  return dst;
}

/** 1/Gy, or without unit where the tolerance is local. */
function checkedPerTolerance({ distanceMm, tolerance, thresholdGy, cap, stepsPerDistance = 1 }: GammaCriteria): number {
  const allowed = 'localShare' in tolerance ? tolerance.localShare : tolerance.globalGy;
  for (const [name, value] of Object.entries({ distanceMm, tolerance: allowed, cap, stepsPerDistance }))
    if (!(value > 0 && Number.isFinite(value)))
      throw new RangeError(`gamma: ${name} is ${value}, more than 0 was expected`);
  if (!Number.isFinite(thresholdGy)) throw new RangeError(`gamma: a threshold of ${thresholdGy} Gy`);
  return 1 / allowed;
}

/** The evaluated dose on the grid of the reference. */
function onGrid(backend: Backend, { evaluated, evaluatedGrid, referenceGrid }: GammaRequest): DeviceBuffer {
  return resample(backend, {
    source: deviceVolumeFromF32(evaluated, evaluatedGrid.sizeIjk),
    rescale: uniformRescale(evaluatedGrid.sizeIjk[2], 1, 0),
    sourceGrid: evaluatedGrid,
    targetGrid: referenceGrid,
    interpolation: 'trilinear',
    outsideValue: NO_DOSE,
  });
}

/**
 * Multiples of three steps nearer than the cap, nearest first, as the kernels take them: three integers that `encode`
 * makes, and the bits of the squared distance in units of the distance to agreement.
 */
function searchTable(
  stepsLps: readonly Vec3[],
  { distanceMm, cap }: GammaCriteria,
  encode: (multiples: Vec3, offsetLps: Vec3) => readonly number[],
): Int32Array {
  const m = [0, 1, 2].flatMap((r) => [stepsLps[0][r], stepsLps[1][r], stepsLps[2][r], 0]);
  const toMultiples = invert(m);
  // Half the box around the sphere: rows of the inverse are the normals of its faces.
  const reach = [0, 1, 2].map((r) =>
    Math.floor(length([toMultiples[4 * r], toMultiples[4 * r + 1], toMultiples[4 * r + 2]]) * cap * distanceMm + 1e-9),
  );
  const box = reach.reduce((product, n) => product * (2 * n + 1), 1);
  if (!(box <= 2 * MAX_OFFSETS))
    throw new RangeError(`gamma: ${box} candidates a voxel; a smaller cap, distance or number of steps was expected`);
  const found: { readonly squared: number; readonly at: readonly number[] }[] = [];
  for (let k = -reach[2]; k <= reach[2]; k++)
    for (let j = -reach[1]; j <= reach[1]; j++)
      for (let i = -reach[0]; i <= reach[0]; i++) {
        const offsetLps = transformVector(m, [i, j, k]);
        const squared = (length(offsetLps) / distanceMm) ** 2;
        if (squared < cap * cap) found.push({ squared, at: encode([i, j, k], offsetLps) });
      }
  found.sort((a, b) => a.squared - b.squared);
  const table = new Int32Array(allocateShared(16 * found.length));
  const squares = new Float32Array(table.buffer);
  found.forEach(({ squared, at }, n) => {
    if (at.some((v) => Math.abs(v) > MAX_OFFSET))
      throw new RangeError('gamma: the search is too wide for the voxels; a smaller cap or distance was expected');
    table.set(at, 4 * n);
    squares[4 * n + 3] = squared;
  });
  return table;
}
