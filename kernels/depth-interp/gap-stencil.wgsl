// Planes (see stencil.wgsl) of the gradient of an energy of a surface on the pixels that are there, and which of them
// are free to move. Membrane: half the squares of the differences to the right and below, five points. Plate: half the
// squares of the second differences along u and v and twice the mixed one, where all their pixels are there, thirteen
// points. Both: half of pull times the squared distances from goal. Pixels that are not there are a natural boundary.
// One invocation makes all planes of one pixel. No shared memory, no barriers.
#import dispatch
#import stencil

override WG_X: u32 = 64;
override IS_PLATE: bool = false;

struct Params {
  // Pixels.
  size_px: vec2<u32>,
  // Words of a row of bits.
  words_per_row: u32,
  // Per pixel.
  pull: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Bits of pixels to be filled.
@group(0) @binding(1) var<storage, read> gap: array<u32>;
// Bits of pixels that have a value.
@group(0) @binding(2) var<storage, read> valid: array<u32>;
// Where pixels are drawn to; not read without pull.
@group(0) @binding(3) var<storage, read> goal: array<f32>;
@group(0) @binding(4) var<storage, read_write> planes: array<f32>;
// 1 where a pixel may move, else 0.
@group(0) @binding(5) var<storage, read_write> free: array<f32>;
// pull·goal.
@group(0) @binding(6) var<storage, read_write> load: array<f32>;

fn word_of(p: vec2<i32>) -> u32 {
  return u32(p.y) * params.words_per_row + (u32(p.x) >> 5u);
}

fn bit_of(word: u32, p: vec2<i32>) -> bool {
  return ((word >> (u32(p.x) & 31u)) & 1u) == 1u;
}

fn is_there(p: vec2<i32>) -> bool {
  return is_pixel(p) && bit_of(gap[word_of(p)] | valid[word_of(p)], p);
}

// 1 when the pixels p, p + a and p + b are there.
fn have(p: vec2<i32>, a: vec2<i32>, b: vec2<i32>) -> f32 {
  return select(0.0, 1.0, is_there(p) && is_there(p + a) && is_there(p + b));
}

fn have_square(p: vec2<i32>) -> f32 {
  return have(p, vec2<i32>(1, 0), vec2<i32>(0, 1)) * select(0.0, 1.0, is_there(p + vec2<i32>(1, 1)));
}

fn membrane(p: vec2<i32>, at: u32) -> f32 {
  let zero = vec2<i32>(0, 0);
  let right = have(p, vec2<i32>(1, 0), zero);
  let below = have(p, vec2<i32>(0, 1), zero);
  planes[plane_size() + at] = -right;
  planes[2u * plane_size() + at] = -below;
  return right + below + have(p, vec2<i32>(-1, 0), zero) + have(p, vec2<i32>(0, -1), zero);
}

fn plate(p: vec2<i32>, at: u32) -> f32 {
  let u = vec2<i32>(1, 0);
  let v = vec2<i32>(0, 1);
  // Second differences centred on p, before and after it; squares with p at their first corner, and left and above.
  let u_here = have(p, -u, u);
  let u_after = have(p + u, -u, u);
  let v_here = have(p, -v, v);
  let v_after = have(p + v, -v, v);
  let square = have_square(p);
  let square_left = have_square(p - u);
  let square_above = have_square(p - v);
  let n = plane_size();
  planes[n + at] = -2.0 * (u_here + u_after + square + square_above);
  planes[2u * n + at] = -2.0 * (v_here + v_after + square + square_left);
  planes[3u * n + at] = u_after;
  planes[4u * n + at] = v_after;
  planes[5u * n + at] = 2.0 * square;
  planes[6u * n + at] = 2.0 * square_left;
  let ends = u_after + v_after + have(p - u, -u, u) + have(p - v, -v, v);
  return 4.0 * (u_here + v_here) + ends + 2.0 * (square + square_left + square_above + have_square(p - u - v));
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = linear_invocation(workgroup, count, local, WG_X);
  if (at >= plane_size()) {
    return;
  }
  let v = at / params.size_px.x;
  let p = vec2<i32>(vec2<u32>(at - v * params.size_px.x, v));
  var diagonal = 0.0;
  if (IS_PLATE) {
    diagonal = plate(p, at);
  } else {
    diagonal = membrane(p, at);
  }
  diagonal += select(0.0, params.pull, is_there(p));
  planes[at] = diagonal;
  if (params.pull > 0.0) {
    load[at] = params.pull * goal[at];
  } else {
    load[at] = 0.0;
  }
  free[at] = select(0.0, 1.0, bit_of(gap[word_of(p)], p) && diagonal > 0.0);
}
