// Where a voxel lies in front of a window (see DepthWindow in depth-interp): u, v in pixels and depth in mm, in fixed
// point with WINDOW_BITS fractional bits, so that every backend finds the same; and surfaces of the window there.
// The importing shader declares params with size_ijk: vec3<u32>, size_px: vec2<u32>, origin, step_i, step_j, step_k:
// vec3<i32> and no_bits (0); and pairs: array<vec2<f32>>, two surfaces for each pixel, NO_SURFACE where there are none.
const WINDOW_BITS: u32 = 18u;
const DEPTH_SHIFT: u32 = 6u;
const PER_DEPTH: f32 = 0.000244140625;
const PER_PIXEL: f32 = 0.000003814697265625;
const NO_SURFACE: f32 = -1e30;

fn window_fixed(ijk: vec3<u32>) -> vec3<i32> {
  let p = vec3<i32>(ijk);
  return params.origin + params.step_i * p.x + params.step_j * p.y + params.step_k * p.z;
}

// mm; 24 bits, so exact.
fn window_depth(fixed: vec3<i32>) -> f32 {
  return f32(fixed.z >> DEPTH_SHIFT) * PER_DEPTH;
}

// WGSL lets a compiler fuse a product into a sum, which then rounds once instead of twice. Bits that only the host
// knows to be 0 stand between them, so that both results must exist as f32.
fn rounded(value: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(value) | params.no_bits);
}

fn between(a: vec2<f32>, b: vec2<f32>, w: f32) -> vec2<f32> {
  let product = (b - a) * w;
  return vec2<f32>(rounded(a.x + rounded(product.x)), rounded(a.y + rounded(product.y)));
}

// Both surfaces between the four pixels around, NO_SURFACE when one of these has none or the window ends before.
fn window_surfaces(fixed: vec3<i32>) -> vec2<f32> {
  let none = vec2<f32>(NO_SURFACE);
  let last = vec2<i32>(params.size_px) - 1;
  let cell = fixed.xy >> vec2<u32>(WINDOW_BITS);
  let part = fixed.xy & vec2<i32>((1 << WINDOW_BITS) - 1);
  // At the last pixel's centre nothing of the one beyond is needed.
  if (any(cell < vec2<i32>(0)) || any(cell > last) || any((cell == last) & (part > vec2<i32>(0)))) {
    return none;
  }
  let next = min(cell + 1, last);
  let width = i32(params.size_px.x);
  let p00 = pairs[cell.y * width + cell.x];
  let p10 = pairs[cell.y * width + next.x];
  let p01 = pairs[next.y * width + cell.x];
  let p11 = pairs[next.y * width + next.x];
  if (min(min(p00.y, p10.y), min(p01.y, p11.y)) == NO_SURFACE) {
    return none;
  }
  let w = vec2<f32>(part) * PER_PIXEL;
  return between(between(p00, p10, w.x), between(p01, p11, w.x), w.y);
}
