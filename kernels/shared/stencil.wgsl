// Symmetric operators on a picture that reach two pixels: plane n holds the coefficient between pixel p and
// p + STENCIL_OFFSETS[n], so half of them; the first PLANES planes are there (3: five points, 7: thirteen, 13: all 25).
// The importing shader declares params.size_px and planes: array<f32>.
override PLANES: u32 = 13u;

const STENCIL_OFFSETS = array<vec2<i32>, 13>(
  vec2<i32>(0, 0), vec2<i32>(1, 0), vec2<i32>(0, 1), vec2<i32>(2, 0), vec2<i32>(0, 2), vec2<i32>(1, 1), vec2<i32>(-1, 1),
  vec2<i32>(2, 1), vec2<i32>(-2, 1), vec2<i32>(1, 2), vec2<i32>(-1, 2), vec2<i32>(2, 2), vec2<i32>(-2, 2),
);

fn is_pixel(p: vec2<i32>) -> bool {
  return all(p >= vec2<i32>(0)) && all(p < vec2<i32>(params.size_px));
}

fn pixel_index(p: vec2<i32>) -> u32 {
  return u32(p.y) * params.size_px.x + u32(p.x);
}

fn plane_size() -> u32 {
  return params.size_px.x * params.size_px.y;
}
