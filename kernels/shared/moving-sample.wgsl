// Where samples of a fixed image lie in a moving image, in fixed point with FRACTION_BITS fractional bits: the same
// integers as the twin's, so both decide alike what overlaps. The importing shader declares params, displacement (3 f32
// per fixed voxel), fixed_mask, moving_mask and `moving_at(index) -> f32`.
#import displacement

override FRACTION_BITS: u32 = 16u;
override HAS_FIXED_MASK: bool = false;
override HAS_MOVING_MASK: bool = false;

// The eight corners around a position: first index, index steps to the far corners, position within.
struct Cell {
  first: u32,
  step: vec3<u32>,
  t: vec3<f32>,
}

fn sample_of(index: u32) -> vec3<u32> {
  let row = index / params.sample_size_ijk.x;
  let k = row / params.sample_size_ijk.y;
  return vec3<u32>(index - row * params.sample_size_ijk.x, row - k * params.sample_size_ijk.y, k);
}

fn fixed_index_of(p: vec3<u32>) -> u32 {
  return (p.z * params.fixed_size_ijk.y + p.y) * params.fixed_size_ijk.x + p.x;
}

fn moving_position(s: vec3<u32>, fixed_index: u32) -> vec3<i32> {
  let p = params.origin + params.step_i * i32(s.x) + params.step_j * i32(s.y) + params.step_k * i32(s.z);
  return displaced(p, fixed_index);
}

fn is_bit_set(word: u32, i: u32) -> bool {
  return ((word >> (i & 31u)) & 1u) == 1u;
}

fn is_counted(p: vec3<u32>, at: vec3<i32>) -> bool {
  if (any(at < vec3<i32>(0)) || any(at > (vec3<i32>(params.moving_size_ijk) - 1) << vec3<u32>(FRACTION_BITS))) {
    return false;
  }
  if (HAS_FIXED_MASK) {
    let words = (params.fixed_size_ijk.x + 31u) >> 5u;
    if (!is_bit_set(fixed_mask[(p.z * params.fixed_size_ijk.y + p.y) * words + (p.x >> 5u)], p.x)) {
      return false;
    }
  }
  if (HAS_MOVING_MASK) {
    let words = (params.moving_size_ijk.x + 31u) >> 5u;
    let m = vec3<u32>((at + (1 << (FRACTION_BITS - 1u))) >> vec3<u32>(FRACTION_BITS));
    return is_bit_set(moving_mask[(m.z * params.moving_size_ijk.y + m.y) * words + (m.x >> 5u)], m.x);
  }
  return true;
}

fn cell_of(at: vec3<i32>) -> Cell {
  let size = params.moving_size_ijk;
  // The last centre belongs to the last cell, so that the gradient there is the one from inside.
  let low = min(at >> vec3<u32>(FRACTION_BITS), max(vec3<i32>(size) - 2, vec3<i32>(0)));
  let t = vec3<f32>(at - (low << vec3<u32>(FRACTION_BITS))) * (1.0 / f32(1 << FRACTION_BITS));
  let l = vec3<u32>(low);
  let step = select(vec3<u32>(0u), vec3<u32>(1u, size.x, size.x * size.y), size > vec3<u32>(1u));
  return Cell((l.z * size.y + l.y) * size.x + l.x, step, t);
}

// Gradient of the trilinear interpolant per moving voxel (x, y, z) and its value (w).
fn interpolate(cell: Cell) -> vec4<f32> {
  let t = cell.t;
  let near = cell.first;
  let far = near + cell.step.z;
  // Edges along i at the four (j, k) corners: starts and differences.
  let start = vec4<f32>(
    moving_at(near), moving_at(near + cell.step.y), moving_at(far), moving_at(far + cell.step.y));
  let end = vec4<f32>(
    moving_at(near + cell.step.x), moving_at(near + cell.step.y + cell.step.x),
    moving_at(far + cell.step.x), moving_at(far + cell.step.y + cell.step.x));
  let d = end - start;
  let v = start + d * t.x;
  let dy = v.yw - v.xz;
  let along_y = v.xz + dy * t.y;
  let along_x = d.xz + (d.yw - d.xz) * t.y;
  return vec4<f32>(
    along_x.x + (along_x.y - along_x.x) * t.z,
    dy.x + (dy.y - dy.x) * t.z,
    along_y.y - along_y.x,
    along_y.x + (along_y.y - along_y.x) * t.z);
}

// Gradient per moving voxel to gradient per mm along LPS.
fn per_mm(g: vec3<f32>) -> vec3<f32> {
  return vec3<f32>(dot(g, params.per_mm_x), dot(g, params.per_mm_y), dot(g, params.per_mm_z))
    * (1.0 / f32(1 << FRACTION_BITS));
}

// The sample in [−½, ½)³ and 1: what the partial sums multiply the gradient with.
fn lattice_position(s: vec3<u32>) -> vec4<f32> {
  return vec4<f32>(vec3<f32>(s) / vec3<f32>(params.sample_size_ijk) - 0.5, 1.0);
}
