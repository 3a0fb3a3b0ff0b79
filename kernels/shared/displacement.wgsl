// A dense field on top of an affine map, mm LPS of the source. The importing shader declares params.per_mm_x, _y, _z and
// displacement: array<f32>, three for each target voxel.
override HAS_DISPLACEMENT: bool = false;
// A displacement moves by at most this along each term; it keeps sums within 31 bits.
const MOST_FIXED: f32 = 268435456.0;

// A product alone, then an integer: nothing a compiler may contract, so the integers are those of the twin.
fn fixed_from(columns: vec3<f32>, mm: f32) -> vec3<i32> {
  return vec3<i32>(clamp(columns * mm, vec3<f32>(-MOST_FIXED), vec3<f32>(MOST_FIXED)));
}

// Position `at` of target voxel `index` with its displacement, source voxels in fixed point.
fn displaced(at: vec3<i32>, index: u32) -> vec3<i32> {
  if (!HAS_DISPLACEMENT) {
    return at;
  }
  return at + fixed_from(params.per_mm_x, displacement[3u * index])
    + fixed_from(params.per_mm_y, displacement[3u * index + 1u])
    + fixed_from(params.per_mm_z, displacement[3u * index + 2u]);
}
