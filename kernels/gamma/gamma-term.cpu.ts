/** Result where the reference dose is below the threshold. */
export const NOT_JUDGED = -1;

/** Evaluated doses up to here are none: voxels that the evaluated grid does not cover. */
export const NO_DOSE = Math.fround(-1e30);

/** Gy. Keeps local tolerances of a dose of 0 above 0. */
const LEAST_DOSE = Math.fround(1e-9);

/** 1/Gy: what a difference of doses is multiplied by. `perTolerance` is 1/Gy, or without unit when it is local. */
export function perGy(reference: number, perTolerance: number, isLocal: boolean): number {
  return isLocal ? perTolerance / Math.max(Math.abs(reference), LEAST_DOSE) : perTolerance;
}
