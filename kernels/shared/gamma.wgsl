// What both searches of the gamma index share.
override IS_LOCAL: bool = false;

// Result where the reference dose is below the threshold.
const NOT_JUDGED: f32 = -1.0;
// Evaluated doses up to here are none: voxels that the evaluated grid does not cover.
const NO_DOSE: f32 = -1e30;
// Gy. Keeps local tolerances of a dose of 0 above 0.
const LEAST_DOSE: f32 = 1e-9;

// 1/Gy: what a difference of doses is multiplied by. per_tolerance is 1/Gy, or without unit when it is local.
fn per_gy(reference: f32, per_tolerance: f32) -> f32 {
  return select(per_tolerance, per_tolerance / max(abs(reference), LEAST_DOSE), IS_LOCAL);
}
