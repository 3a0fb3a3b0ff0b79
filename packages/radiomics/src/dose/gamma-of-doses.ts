import { type Backend } from '@efface/compute';
import { gammaIndex, volumeInRealUnits } from '@efface/kernels';
import { EffaceError, type ExitReason, type Volume } from '@efface/volume';
import { type RegionSamples } from './region-samples.ts';

/** When doses agree, as clinics say it. */
export interface GammaSettings {
  /** Difference of doses, % of the largest reference dose, or of the reference dose at each voxel (`isLocal`). */
  readonly dosePercent: number;
  /** Distance to agreement, mm. */
  readonly distanceMm: number;
  readonly isLocal: boolean;
  /** Voxels with less reference dose than this percentage of the largest are not judged. */
  readonly thresholdPercent: number;
  /** Largest gamma. */
  readonly cap: number;
  /** Candidates between the voxels: see GammaCriteria. Default: the voxels. */
  readonly stepsPerDistance?: number;
}

/** A gamma volume. */
export interface DoseGamma {
  /** On the grid of the reference, f32; GAMMA_NOT_JUDGED where the reference dose is below the threshold. */
  readonly volume: Volume;
  readonly passRate: GammaPassRate;
  /** What percentages are of, Gy. */
  readonly largestGy: number;
}

/** How much of what was judged passes: its gamma is 1 at most. Counts of voxels, or volumes in mm³. */
export interface GammaPassRate {
  readonly judged: number;
  readonly passed: number;
}

const REASONS = {
  /** A dose holds voxels that are no number. */
  DOSE_NOT_FINITE: 'inputCorrupt',
  /** The reference has no dose above 0. */
  DOSE_EMPTY: 'inputRefused',
  /** The search would look at too many places. */
  GAMMA_TOO_WIDE: 'usage',
} as const satisfies Record<string, ExitReason>;

/** Doses that cannot be compared, or not as asked for. */
export class DoseError extends EffaceError {
  constructor(code: keyof typeof REASONS, message: string) {
    super(code, REASONS[code], message);
  }
}

/**
 * Gamma index of an evaluated dose against a reference one, voxels of the reference.
 * @param names what to call them in errors, reference first
 * @throws DoseError DOSE_NOT_FINITE for voxels that are no number, DOSE_EMPTY for a reference without a dose above 0,
 * GAMMA_TOO_WIDE for settings whose search would take hours
 */
export async function gammaOfDoses(
  backend: Backend,
  doses: { readonly reference: Volume; readonly evaluated: Volume },
  settings: GammaSettings,
  names: readonly [string, string] = ['the reference dose', 'the evaluated dose'],
): Promise<DoseGamma> {
  const reference = volumeInRealUnits(doses.reference);
  const evaluated = volumeInRealUnits(doses.evaluated);
  const largestGy = largestDoseGy(reference, names[0]);
  largestDoseGy(evaluated, names[1]);
  if (!(largestGy > 0))
    throw new DoseError('DOSE_EMPTY', `${names[0]}: no voxel has a dose above 0 Gy; a dose in Gy was expected`);
  const share = settings.dosePercent / 100;
  const { distanceMm, cap, stepsPerDistance } = settings;
  const upload = (label: string, { voxels }: Volume) => backend.createBuffer(label, voxels.byteLength, voxels);
  const onDevice = [upload('gamma/reference', reference), upload('gamma/evaluated', evaluated)];
  let voxels: Float32Array;
  try {
    const gamma = gammaIndex(backend, {
      reference: onDevice[0],
      referenceGrid: reference.grid,
      evaluated: onDevice[1],
      evaluatedGrid: evaluated.grid,
      distanceMm,
      cap,
      tolerance: settings.isLocal ? { localShare: share } : { globalGy: share * largestGy },
      thresholdGy: (settings.thresholdPercent / 100) * largestGy,
      ...(stepsPerDistance === undefined ? {} : { stepsPerDistance }),
    });
    voxels = new Float32Array(await backend.read(gamma), 0, reference.voxels.length);
    backend.release(gamma);
  } catch (error) {
    throw error instanceof RangeError ? new DoseError('GAMMA_TOO_WIDE', error.message) : error;
  } finally {
    for (const buffer of onDevice) backend.release(buffer);
  }
  return {
    volume: { ...reference, voxels, unit: 'arbitrary' },
    passRate: passRateOf([{ sampleMm3: 1, values: [voxels] }], 0),
    largestGy,
  };
}

/** Pass rate of a region: of volumes, by the gamma at the centre of each part. `field` is the place of the gamma. */
export function passRateOf(groups: RegionSamples['groups'], field: number): GammaPassRate {
  let judged = 0;
  let passed = 0;
  for (const { sampleMm3, values } of groups) {
    let [nJudged, nPassed] = [0, 0];
    for (const gamma of values[field]) {
      if (gamma >= 0) nJudged++;
      if (gamma >= 0 && gamma <= 1) nPassed++;
    }
    judged += sampleMm3 * nJudged;
    passed += sampleMm3 * nPassed;
  }
  return { judged, passed };
}

function largestDoseGy({ voxels }: Volume, name: string): number {
  let largest = -Infinity;
  for (const gy of voxels as Float32Array) {
    if (!Number.isFinite(gy))
      throw new DoseError('DOSE_NOT_FINITE', `${name}: holds voxels that are no number; a dose in Gy was expected`);
    if (gy > largest) largest = gy;
  }
  return largest;
}
