// A dense field on top of an affine map. The importing shader declares displacement: array<f32>, three for each target
// voxel (source voxels along i, j, k), and imports fixed-point.
override HAS_FIELD: bool = false;

// Position `at` of target voxel `index` with its displacement. Scaling by a power of two is exact and the sum with 0.5
// rounds once, so the integers are those of the twin. What lies further away than positions reach is cut.
fn displaced(at: vec3<i32>, index: u32) -> vec3<i32> {
  if (!HAS_FIELD) {
    return at;
  }
  let one = f32(1u << FRACTION_BITS);
  let reach = f32((1u << (30u - FRACTION_BITS)) - 1u);
  let voxels = vec3<f32>(displacement[3u * index], displacement[3u * index + 1u], displacement[3u * index + 2u]);
  return at + vec3<i32>(floor(clamp(voxels, vec3<f32>(-reach), vec3<f32>(reach)) * one + 0.5));
}
