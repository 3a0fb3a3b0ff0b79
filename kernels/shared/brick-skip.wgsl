// Empty space along a ray by bricks of 8³ cells. The importing shader declares `reach: array<u32>` (bricks to the nearest
// one that may reach the threshold; 0 is that one) and has `params.size_ijk` and `params.bricks_ijk`.
// Samples, the one at p included, that surely lie in bricks which cannot reach the threshold; 0 when that at p might.
fn samples_to_skip(p: vec3<f32>, per_step: vec3<f32>) -> u32 {
  let last_cell = vec3<i32>(max(params.size_ijk, vec3<u32>(2u))) - 2;
  let brick = clamp(vec3<i32>(floor(p)), vec3<i32>(0), last_cell) >> vec3<u32>(3u);
  let at = vec3<u32>(brick);
  let around = i32(reach[(at.z * params.bricks_ijk.y + at.y) * params.bricks_ijk.x + at.x]);
  if (around == 0) {
    return 0u;
  }
  // A 64th of a voxel stands for the rounding of positions.
  let low = vec3<f32>((brick - around + 1) * 8) + 0.015625;
  let high = vec3<f32>((brick + around) * 8) - 0.015625;
  let exit = (select(low, high, per_step > vec3<f32>(0.0)) - p) * per_step;
  return u32(clamp(min(exit.x, min(exit.y, exit.z)), 0.0, 1000.0)) + 1u;
}
