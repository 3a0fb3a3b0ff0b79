// Continuous source index of target voxel (i, j, k) in fixed point with FRACTION_BITS fractional bits: the same
// integers as the twin computes, so both decide alike which voxel is nearest and what lies outside.
override FRACTION_BITS: u32 = 16u;

fn source_fixed(target_ijk: vec3<u32>, origin: vec3<i32>, step_i: vec3<i32>, step_j: vec3<i32>, step_k: vec3<i32>) -> vec3<i32> {
  return origin + step_i * i32(target_ijk.x) + step_j * i32(target_ijk.y) + step_k * i32(target_ijk.z);
}
