// dst = src + the solution x of A·x = load − A·src on the free pixels of a picture of at most MAX_PIXELS: Gauss-Jordan
// elimination without pivoting, as A is positive definite there; a row that the rows before it span adds nothing.
// One workgroup makes the picture, one invocation each row of the matrix, all in workgroup memory; a barrier a column.
#import stencil-row

override WG_X: u32 = 64;
const MAX_PIXELS: u32 = 49u;
// Of a diagonal: what is left of one below this is rounding.
const LEAST_SHARE: f32 = 1e-5;

struct Params {
  // Pixels.
  size_px: vec2<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> planes: array<f32>;
@group(0) @binding(2) var<storage, read> free: array<f32>;
@group(0) @binding(3) var<storage, read> load: array<f32>;
@group(0) @binding(4) var<storage, read> src: array<f32>;
@group(0) @binding(5) var<storage, read_write> dst: array<f32>;

// The right-hand side is the last column.
var<workgroup> matrix: array<array<f32, 50>, 49>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let count = plane_size();
  let is_row = workgroup.x == 0u && local < count;
  let p = vec2<i32>(vec2<u32>(local % params.size_px.x, local / params.size_px.x));
  let is_free = is_row && free[min(local, count - 1u)] > 0.0;
  var diagonal = 0.0;
  if (is_free) {
    diagonal = planes[local];
    matrix[local][local] = diagonal;
    matrix[local][MAX_PIXELS] = load[local] - stencil_row(p).x;
    for (var n = 1u; n < PLANES; n++) {
      let ahead = p + STENCIL_OFFSETS[n];
      if (is_pixel(ahead) && free[pixel_index(ahead)] > 0.0) {
        matrix[local][pixel_index(ahead)] = planes[n * count + local];
      }
      let behind = p - STENCIL_OFFSETS[n];
      if (is_pixel(behind) && free[pixel_index(behind)] > 0.0) {
        matrix[local][pixel_index(behind)] = planes[n * count + pixel_index(behind)];
      }
    }
  }
  for (var k = 0u; k < count; k++) {
    workgroupBarrier();
    // Rows that add nothing are cleared by their own invocation before others look at them.
    if (local == k && is_free && matrix[k][k] <= LEAST_SHARE * diagonal) {
      matrix[k][k] = 0.0;
    }
    workgroupBarrier();
    let pivot = matrix[k][k];
    if (is_free && local != k && pivot > 0.0) {
      let factor = matrix[local][k] / pivot;
      for (var column = k; column < count; column++) {
        matrix[local][column] -= factor * matrix[k][column];
      }
      matrix[local][MAX_PIXELS] -= factor * matrix[k][MAX_PIXELS];
    }
  }
  if (is_row) {
    var solution = 0.0;
    if (is_free && matrix[local][local] > 0.0) {
      solution = matrix[local][MAX_PIXELS] / matrix[local][local];
    }
    dst[local] = src[local] + solution;
  }
}
